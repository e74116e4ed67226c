package adjoint.duality.pair;

import adjoint.autodiff.DotProductAttention;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.FeatureMap;
import adjoint.duality.kernel.ExponentialForm;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.RandomFeatures;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Attention declared once, as a kernel with its features, a normaliser and a mask, and executed in several ways.
///
/// `out_i = Σ_j κ(q_i, k_j)·v_j`, over the keys that i sees; divided by `Σ_j κ(q_i, k_j)` with [Normaliser#ROW].
///
/// ```java
/// Pair pair = Pair.of(new Polynomial(2, 1)).rows().masked();
/// Tensor out = pair.attend(q, k, v, null, Execution.AUTO);      // q, k [B, H, N, d], v [B, H, N, c]
/// Pair.Result result = pair.certified(q, k, v, null, Execution.CHUNKED, 16);
/// ```
///
/// An exact pair gives the same numbers by every execution. A random one ([#of(RandomFeatures)]) estimates: what goes
/// through its features has the variance that they state, and [Execution#DUAL] is exact. A kernel without features has
/// the dual side alone. Keys that the mask hides, and their values, have no influence, whatever is in them.
///
/// With [Normaliser#ROW] the dual side of `e^…` kernels ([Kernel#exponential]) is a softmax, fused and without
/// overflow;
/// and with [Execution#PRIMAL] not all weights of a row vanish. Exponential features ([FeatureMap#exponential]) are
/// scaled, by the largest of each feature among all keys, and then of each query; causal ones by the largest of each
/// token. Rows that are normalised stay so, and nothing overflows; others are infinite where a result is. Other
/// features
/// that overflow are refused.
///
/// @param kernel κ
/// @param features its primal side, or empty
/// @param random the features' source, if they are random
/// @param normaliser what becomes of rows
/// @param causal whether query i sees the keys 0 … i only
public record Pair(
        Kernel kernel,
        Optional<FeaturePair> features,
        Optional<RandomFeatures> random,
        Normaliser normaliser,
        boolean causal) {
    private static final int CHUNK = 64;

    /// @throws IllegalArgumentException if rows shall be normalised whose entries, or estimates of them, may be
    ///     negative, or a kernel that depends on all keys shall be causal
    public Pair {
        if (normaliser == Normaliser.ROW && !(kernel.range().low() >= 0)) {
            throw new IllegalArgumentException("rows of " + kernel + " cannot be normalised: its values are in ["
                    + kernel.range().low() + ", " + kernel.range().high() + "], and a sum of both signs may vanish");
        }
        if (normaliser == Normaliser.ROW && random.isPresent() && !random.get().nonNegative()) {
            throw new IllegalArgumentException(
                    "rows of " + kernel + " cannot be normalised with these features: they"
                            + " are of both signs, and a sum of estimates may vanish; take positive, hyperbolic or optimal ones");
        }
        if (causal && !kernel.pointwise()) {
            throw new IllegalArgumentException(
                    kernel + " depends on all keys of a query, so it cannot hide those that come later");
        }
    }

    /// An exact pair: the kernel and the features it knows.
    public static Pair of(Kernel kernel) {
        return new Pair(kernel, kernel.features(), Optional.empty(), Normaliser.NONE, false);
    }

    /// A random pair: the kernel, estimated by its features.
    public static Pair of(RandomFeatures random) {
        return new Pair(random.kernel(), Optional.of(random.pair()), Optional.of(random), Normaliser.NONE, false);
    }

    /// With normalised rows.
    public Pair rows() {
        return new Pair(kernel, features, random, Normaliser.ROW, causal);
    }

    /// Where query i sees the keys 0 … i.
    public Pair masked() {
        return new Pair(kernel, features, random, normaliser, true);
    }

    /// The executions it has, [Execution#AUTO] and [Execution#FEWEST] not among them.
    public Set<Execution> executions() {
        Set<Execution> all = EnumSet.of(Execution.DUAL);
        if (features.isPresent()) {
            all.addAll(causal ? EnumSet.of(Execution.RECURRENT, Execution.CHUNKED) : EnumSet.of(Execution.PRIMAL));
        }
        return all;
    }

    /// Attends.
    ///
    /// @param q `[B, H, N, d]`
    /// @param k `[B, H, M, d]`; M = N where causal
    /// @param v `[B, H, M, c]`
    /// @param mask `[B, M]`, 0 for keys that nobody sees, or null
    /// @return `[B, H, N, c]`
    /// @throws ShapeError if shapes do not fit
    /// @throws IllegalArgumentException if the pair has no such execution, or its kernel cannot honour a mask
    /// @throws ArithmeticException if features of finite rows overflow
    public Tensor attend(Tensor q, Tensor k, Tensor v, Tensor mask, Execution execution) {
        check(q, k, v, mask);
        Execution chosen = chosen(q, k, v, execution);
        if (!executions().contains(chosen)) {
            throw new IllegalArgumentException("this pair has no execution " + chosen + ": it has " + executions()
                    + (features.isPresent() ? "" : ", since no features of " + kernel + " are known")
                    + (chosen == Execution.PRIMAL && causal ? "; causal sums are RECURRENT or CHUNKED" : "")
                    + (chosen != Execution.DUAL && chosen != Execution.PRIMAL && !causal ? "; it is not causal" : ""));
        }
        Tensor keys = visible(k, mask);
        Tensor values = visible(v, mask);
        Optional<ExponentialForm> form = kernel.exponential();
        if (chosen == Execution.DUAL && normaliser == Normaliser.ROW && form.isPresent()) {
            return softmax(form.get().of(q, keys, false), values, mask);
        }
        if (normaliser == Normaliser.NONE) {
            return weighted(chosen, q, keys, values, mask);
        }
        Tensor ones = Tensor.ones(v.dtype(), v.dim(0), v.dim(1), v.dim(2), 1);
        return quotient(weighted(chosen, q, keys, Tensor.concat(-1, values, visible(ones, mask)), mask));
    }

    Execution chosen(Tensor q, Tensor k, Tensor v, Execution execution) {
        return switch (execution) {
            case AUTO -> CostModel.of(this).choose(q, k, v);
            case FEWEST -> fewest(q, k, v);
            default -> execution;
        };
    }

    /// What AUTO and FEWEST choose among for rows of d components: neither the exact side of an estimate, nor features
    /// that are refused.
    Set<Execution> choices(int d) {
        Set<Execution> all = executions();
        if (features.isPresent() && random.isPresent()) {
            all.remove(Execution.DUAL);
        } else if (features.isPresent() && isRefused(features.get().query(), d)) {
            all.retainAll(EnumSet.of(Execution.DUAL));
        }
        return all;
    }

    private static boolean isRefused(FeatureMap map, int d) {
        try {
            return map.dimension(d) < 0;
        } catch (IllegalArgumentException | ArithmeticException e) {
            return true;
        }
    }

    Execution fewest(Tensor q, Tensor k, Tensor v) {
        Set<Execution> all = choices(q.dim(3));
        if (all.size() == 1) {
            return all.iterator().next();
        }
        double n = q.dim(2);
        double c = v.dim(3) + (normaliser == Normaliser.ROW ? 1 : 0);
        double m = features.get().query().dimension(q.dim(3));
        double dual = n * k.dim(2) * (q.dim(3) + c);
        double linear = causal ? n * (CHUNK * (m + c) + 2 * m * c) : (n + k.dim(2)) * m * c;
        return all.contains(Execution.DUAL) && dual <= linear
                ? Execution.DUAL
                : causal ? Execution.CHUNKED : Execution.PRIMAL;
    }

    /// All columns but the last, divided by the last; 0 where that is 0.
    static Tensor quotient(Tensor sums) {
        int c = sums.dim(3) - 1;
        Tensor total = sums.slice(3, c, c + 1);
        Tensor some = total.notEqual(0);
        return sums.slice(3, 0, c).div(total.where(some, 1)).where(some, 0);
    }

    /// A result, how it was worked out, and how far it is from the dual side.
    public record Result(Tensor output, Execution execution, Certificate certificate) {}

    /// [#attend], with the relative error of the output beside the exact kernel's, over `rows` evenly spaced queries:
    /// exact if these are all.
    public Result certified(Tensor q, Tensor k, Tensor v, Tensor mask, Execution execution, int rows) {
        Execution chosen = chosen(q, k, v, execution);
        Tensor out = attend(q, k, v, mask, chosen);
        int n = q.dim(2);
        if (rows < 1) {
            throw new IllegalArgumentException("a certificate needs at least 1 row, not " + rows);
        }
        boolean all = rows >= n || causal;
        int[] sample = new int[all ? n : rows];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = all ? i : (int) ((i + 0.5) * n / rows);
        }
        Tensor exact = attend(q.detach().take(sample, 2), k.detach(), v.detach(), mask, Execution.DUAL);
        Tensor error = out.detach().take(sample, 2).sub(exact);
        double size = exact.square().sum().item();
        double squared = error.square().sum().item();
        double relative = squared == 0 ? 0 : Math.sqrt(squared / size);
        return new Result(out, chosen, new Certificate(Certificate.Kind.RELATIVE_ERROR, relative, all));
    }

    /// With [Normaliser#ROW] each row is scaled as suits, since that cancels.
    private Tensor weighted(Execution execution, Tensor q, Tensor k, Tensor v, Tensor mask) {
        if (execution == Execution.DUAL) {
            Tensor gram = kernel.gram(q, k);
            return (causal ? gram.tril(0) : gram).matmul(v);
        }
        FeaturePair map = features.orElseThrow();
        Logarithms logarithms = logarithms(q, k);
        Tensor asked = logarithms.query();
        Tensor log = logarithms.key();
        if (log != null && mask != null) {
            log = log.where(shown(mask), Double.NEGATIVE_INFINITY);
        }
        if (execution == Execution.PRIMAL) {
            Tensor most = Running.largest(log, 2);
            if (most != null) {
                // What each feature of all keys is divided by is given back to the queries.
                asked = asked.add(most);
            }
            Tensor scale = Running.largest(asked, -1);
            Tensor phiQ = Running.features(map.query(), q, asked, scale);
            Tensor phiK = Running.features(map.key(), k, log, most);
            return unscaled(phiQ.matmul(phiK.transpose(-1, -2).matmul(v)), scale);
        }
        Tensor exponent = Running.largest(log, -1);
        Tensor scale = Running.largest(asked, -1);
        Tensor phiQ = Running.features(map.query(), q, asked, scale);
        Tensor phiK = Running.features(map.key(), k, log, exponent);
        int n = v.dim(2);
        int chunk = execution == Execution.RECURRENT ? 1 : CHUNK;
        Tensor[] parts = new Tensor[Math.ceilDiv(n, chunk)];
        Running sums = new Running();
        for (int i = 0; i < parts.length; i++) {
            int from = i * chunk;
            int to = Math.min(n, from + chunk);
            parts[i] = unscaled(
                    sums.add(
                            phiQ.slice(2, from, to),
                            phiK.slice(2, from, to),
                            exponent == null ? null : exponent.slice(2, from, to),
                            v.slice(2, from, to)),
                    sums,
                    scale == null ? null : scale.slice(2, from, to));
        }
        return n == 0 ? v : Tensor.concat(2, parts);
    }

    /// Of features: both or none.
    record Logarithms(Tensor query, Tensor key) {}

    Logarithms logarithms(Tensor q, Tensor k) {
        FeaturePair map = features.orElseThrow();
        Tensor query = map.query().logarithm(q);
        Tensor key = query == null ? null : map.key().logarithm(k);
        return new Logarithms(key == null ? null : query, key);
    }

    /// Rows that were divided by `e^scale`, of which null has none; with [Normaliser#ROW] as they are, since it
    /// cancels.
    private Tensor unscaled(Tensor rows, Tensor scale) {
        return normaliser == Normaliser.ROW ? rows : Running.multiplied(rows, scale);
    }

    /// Rows of running sums, whose queries were divided by `e^scale`.
    Tensor unscaled(Tensor rows, Running sums, Tensor scale) {
        return unscaled(rows, scale == null ? null : scale.add(sums.tops()));
    }

    /// `softmax(a·bᵀ + β)·v`, with β as one more component; α is the same for a whole row.
    private Tensor softmax(ExponentialForm.Sides sides, Tensor v, Tensor mask) {
        Tensor a = sides.a().pad(1, 0, 1);
        Tensor b = Tensor.concat(-1, sides.b(), sides.beta().unsqueeze(-1));
        DotProductAttention attention = DotProductAttention.scaled(1).keyMask(mask);
        return (causal ? attention.causal() : attention).attend(a, b, v);
    }

    /// With 0 for what the mask hides.
    private static Tensor visible(Tensor x, Tensor mask) {
        return mask == null ? x : x.where(shown(mask), 0);
    }

    private static Tensor shown(Tensor mask) {
        return mask.notEqual(0).reshape(mask.dim(0), 1, mask.dim(1), 1);
    }

    private void check(Tensor q, Tensor k, Tensor v, Tensor mask) {
        boolean fits = q.rank() == 4
                && k.rank() == 4
                && v.rank() == 4
                && k.dim(0) == q.dim(0)
                && k.dim(1) == q.dim(1)
                && v.dim(0) == q.dim(0)
                && v.dim(1) == q.dim(1)
                && v.dim(2) == k.dim(2)
                && (mask == null || mask.rank() == 2 && mask.dim(0) == q.dim(0) && mask.dim(1) == k.dim(2));
        if (!fits) {
            throw new ShapeError("a pair needs q [B, H, N, d], k [B, H, M, d], v [B, H, M, c] and a mask [B, M], got "
                    + q.shape() + ", " + k.shape() + ", " + v.shape()
                    + (mask == null ? " and none" : " and " + mask.shape()));
        }
        if (causal && k.dim(2) != q.dim(2)) {
            throw new ShapeError(
                    "causal attention needs as many keys as queries, got " + k.dim(2) + " and " + q.dim(2));
        }
        if (mask != null && !kernel.pointwise()) {
            throw new IllegalArgumentException(kernel
                    + " normalises over all keys, so it cannot honour a mask: use a pointwise kernel and rows()");
        }
    }
}
