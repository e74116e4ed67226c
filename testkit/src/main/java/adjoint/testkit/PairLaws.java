package adjoint.testkit;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Functions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The laws of an attention mechanism that can be executed in several ways.
///
/// ```
/// PairLaws.of("linear")
///         .execution("primal", (q, k, v, mask) -> pair.attend(q, k, v, mask, Execution.PRIMAL))
///         .execution("dual", (q, k, v, mask) -> pair.attend(q, k, v, mask, Execution.DUAL))
///         .hold(q, k, v);
/// ```
///
/// | law | held where |
/// |---|---|
/// | all executions agree, in values and gradients, without a mask, with ragged ones, and with none to see | always |
/// | linear in the values | always |
/// | hidden keys have no influence, even if they are not finite, and a query without a key gets 0 | unless [#unmasked]
/// |
/// | other orders of queries, and of keys with their values | unless [#causal] or [#placed] |
/// | a token has no influence on those before it | [#causal] |
/// | weights sum to 1, and to 0 where there is no key | [#rows] |
public final class PairLaws {
    private final String name;
    private final Map<String, Attention> executions = new LinkedHashMap<>();
    private double said = Double.NaN;
    private double tolerance;
    private boolean causal;
    private boolean rows;
    private boolean placed;
    private boolean maskable = true;

    private PairLaws(String name) {
        this.name = name;
    }

    /// One way to attend.
    @FunctionalInterface
    public interface Attention {
        /// @param q `[B, H, N, d]`
        /// @param k `[B, H, M, d]`
        /// @param v `[B, H, M, c]`
        /// @param mask `[B, M]`, 0 for hidden keys, or null
        /// @return `[B, H, N, c]`
        Tensor attend(Tensor q, Tensor k, Tensor v, Tensor mask);
    }

    public static PairLaws of(String name) {
        return new PairLaws(name);
    }

    public PairLaws execution(String name, Attention attention) {
        executions.put(name, attention);
        return this;
    }

    public PairLaws causal() {
        causal = true;
        return this;
    }

    public PairLaws rows() {
        rows = true;
        return this;
    }

    /// Results depend on the places of tokens.
    public PairLaws placed() {
        placed = true;
        return this;
    }

    /// The mechanism takes no mask.
    public PairLaws unmasked() {
        maskable = false;
        return this;
    }

    /// How far results may be apart, relative to the largest; 1e-10 if not said, or 1e-4 in single precision.
    public PairLaws tolerance(double tolerance) {
        said = tolerance;
        return this;
    }

    /// Holds every execution to its laws, and all of them to each other.
    ///
    /// @param q `F64` or `F32` `[B, H, N, d]`, B ≥ 2
    /// @param k of the same type `[B, H, M, d]`, M ≥ 3; M = N where causal
    /// @param v `[B, H, M, c]`
    /// @throws AssertionError naming law, execution, element and both values
    public void hold(Tensor q, Tensor k, Tensor v) {
        tolerance = !Double.isNaN(said) ? said : q.dtype() == DType.F32 ? 1e-4 : 1e-10;
        agree("without a mask", q, k, v, null);
        Tensor ragged = maskable ? raggedMask(k) : null;
        if (maskable) {
            agree("with a ragged mask", q, k, v, ragged);
            agree("with nothing to see", q, k, v, Tensor.zeros(q.dtype(), k.dim(0), k.dim(2)));
        }
        executions.forEach((how, attention) -> {
            String here = name + ", " + how;
            Tensor out = attention.attend(q, k, v, ragged);
            require(here + ": linear in the values", out.mul(-3), attention.attend(q, k, v.mul(-3), ragged));
            if (maskable) {
                masked(here, attention, q, k, v, ragged);
            }
            if (rows) {
                sums(here, attention, q, k, v);
            }
            if (causal) {
                later(here, attention, q, k, v);
            } else if (!placed) {
                orders(here, attention, q, k, v, ragged);
            }
        });
    }

    /// Holds a random pair to its variance: each entry of `estimate` is within `z·√variance` of `exact`, z so large
    /// that with `confidence` no entry of a right pair is outside (Bonferroni, for nearly normal errors).
    public static void holdRandom(String name, Tensor exact, Tensor estimate, Tensor variance, double confidence) {
        double[] x = exact.toDoubles();
        double[] y = estimate.toDoubles();
        double[] squares = variance.toDoubles();
        double z = Math.sqrt(2) * Functions.erfinv(1 - (1 - confidence) / x.length);
        for (int i = 0; i < x.length; i++) {
            double bound = z * Math.sqrt(Math.max(0, squares[i])) + 1e-12 * Math.abs(x[i]);
            if (!(Math.abs(x[i] - y[i]) <= bound)) {
                throw new AssertionError(
                        name + ": element " + i + " is " + y[i] + " instead of " + x[i] + " ± " + bound);
            }
        }
    }

    private void agree(String where, Tensor q, Tensor k, Tensor v, Tensor mask) {
        Autodiff.ValueAndGrad<List<Tensor>> first = null;
        String firstName = null;
        for (Map.Entry<String, Attention> entry : executions.entrySet()) {
            Attention attention = entry.getValue();
            Tensor out = attention.attend(q, k, v, mask);
            Tensor weights = Tensor.range(out.size(), out.dtype())
                    .cos()
                    .reshape(out.shape().dims());
            var slopes = Autodiff.valueAndGrads(in -> attention
                            .attend(in.get(0), in.get(1), in.get(2), mask)
                            .mul(weights)
                            .sum())
                    .apply(List.of(q, k, v));
            var result = new Autodiff.ValueAndGrad<>(out, slopes.gradient());
            if (first == null) {
                first = result;
                firstName = entry.getKey();
                continue;
            }
            String here = name + ": " + firstName + " and " + entry.getKey() + " " + where;
            require(here, first.value(), result.value());
            for (int i = 0; i < 3; i++) {
                require(
                        here + ", gradient of " + "qkv".charAt(i),
                        first.gradient().get(i),
                        result.gradient().get(i));
            }
        }
    }

    private void masked(String here, Attention attention, Tensor q, Tensor k, Tensor v, Tensor mask) {
        Tensor seen = mask.reshape(mask.dim(0), 1, mask.dim(1), 1);
        Tensor out = attention.attend(q, k.where(seen, Double.NaN), v.where(seen, Double.NaN), mask);
        require(here + ": hidden keys", attention.attend(q, k, v, mask), out);
        Tensor none = Tensor.zeros(q.dtype(), k.dim(0), k.dim(2));
        Tensor zeros = Tensor.zeros(out.dtype(), out.shape().dims());
        require(here + ": nothing to see", zeros, attention.attend(q, k, v, none));
    }

    private void sums(String here, Attention attention, Tensor q, Tensor k, Tensor v) {
        Tensor ones = Tensor.ones(v.dtype(), v.shape().dims());
        Tensor sums = attention.attend(q, k, ones, null);
        require(here + ": row sums", Tensor.ones(v.dtype(), v.dim(0), v.dim(1), q.dim(2), v.dim(3)), sums);
        if (maskable) {
            Tensor none = Tensor.zeros(q.dtype(), k.dim(0), k.dim(2));
            require(here + ": row sums of nothing", sums.mul(0), attention.attend(q, k, ones, none));
        }
    }

    private void orders(String here, Attention attention, Tensor q, Tensor k, Tensor v, Tensor mask) {
        Tensor out = attention.attend(q, k, v, mask);
        Tensor flipped = mask == null ? null : mask.flip(1);
        require(here + ": another order of keys", out, attention.attend(q, k.flip(2), v.flip(2), flipped));
        require(here + ": another order of queries", out.flip(2), attention.attend(q.flip(2), k, v, mask));
    }

    private void later(String here, Attention attention, Tensor q, Tensor k, Tensor v) {
        int n = q.dim(2);
        Tensor out = attention.attend(q, k, v, null);
        for (int t = 1; t < n; t++) {
            Tensor late = Tensor.range(n, q.dtype()).greaterEqual(t).reshape(n, 1);
            Tensor other = attention.attend(q.add(late.mul(0.1)), k.sub(late.mul(0.2)), v.add(late.mul(7)), null);
            Differences.require(here + ": causality at " + t, out.slice(2, 0, t), other.slice(2, 0, t), 1e-14);
            if (other.slice(2, t, n).sub(out.slice(2, t, n)).abs().max().item() == 0) {
                throw new AssertionError(here + ": token " + t + " has no influence on itself");
            }
        }
    }

    /// Batch entry b sees all but its last b keys, and not key 1.
    private static Tensor raggedMask(Tensor k) {
        int batch = k.dim(0);
        int keys = k.dim(2);
        double[] mask = new double[batch * keys];
        for (int i = 0; i < mask.length; i++) {
            int key = i % keys;
            mask[i] = key < keys - i / keys && key != 1 ? 1 : 0;
        }
        return Tensor.of(mask, batch, keys).to(k.dtype());
    }

    private void require(String law, Tensor expected, Tensor actual) {
        Differences.require(law, expected, actual, tolerance);
    }
}
