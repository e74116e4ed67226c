package adjoint.testkit;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.GradCheck;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/// The laws of a kernel κ(x, y) between rows, given by its Gram matrices.
///
/// ```
/// KernelLaws.of("rbf", new Rbf(1.5)::gram).symmetric().positive().range(0, 1).hold(x, y);
/// ```
///
/// | law | held where |
/// |---|---|
/// | shape, purity, empty sets of rows | always |
/// | batches: leading axes change nothing | unless rows are tokens |
/// | an element depends on its two rows alone | unless [#rowStochastic] |
/// | rows sum to 1 | [#rowStochastic] |
/// | κ(x, y) = κ(y, x) | [#symmetric] |
/// | no eigenvalue below 0 | [#positive] |
/// | low ≤ κ ≤ high | [#range] |
/// | κ(x, x) | [#diagonal] |
/// | primal equals kernel, for values and gradients | [#features] |
/// | gradients equal differences of values | of F64 rows, unless [#kinked] |
///
/// Rows of `I32` are sequences of tokens, which have no gradients, and come in one matrix.
public final class KernelLaws {
    private final String name;
    private final BinaryOperator<Tensor> gram;
    private double said = Double.NaN;
    private double tolerance;
    private boolean kinked;
    private boolean symmetric;
    private boolean positive;
    private boolean rowStochastic;
    private double low = Double.NEGATIVE_INFINITY;
    private double high = Double.POSITIVE_INFINITY;
    private UnaryOperator<Tensor> diagonal;
    private UnaryOperator<Tensor> query;
    private UnaryOperator<Tensor> key;

    private KernelLaws(String name, BinaryOperator<Tensor> gram) {
        this.name = name;
        this.gram = gram;
    }

    /// The laws of the kernel with these Gram matrices, `[…, N, d]` and `[…, M, d]` to `[…, N, M]`.
    public static KernelLaws of(String name, BinaryOperator<Tensor> gram) {
        return new KernelLaws(name, gram);
    }

    public KernelLaws symmetric() {
        symmetric = true;
        return this;
    }

    public KernelLaws positive() {
        positive = true;
        return this;
    }

    public KernelLaws rowStochastic() {
        rowStochastic = true;
        return this;
    }

    public KernelLaws range(double low, double high) {
        this.low = low;
        this.high = high;
        return this;
    }

    /// What κ(x, x) is, `[…, N, d]` to `[…, N]`.
    public KernelLaws diagonal(UnaryOperator<Tensor> diagonal) {
        this.diagonal = diagonal;
        return this;
    }

    /// Maps with κ(x, y) = φ(x)ᵀψ(y).
    public KernelLaws features(UnaryOperator<Tensor> phi, UnaryOperator<Tensor> psi) {
        query = phi;
        key = psi;
        return this;
    }

    /// The rows are where values have kinks, rows of zeros for instance: differences of values are no gradients there.
    public KernelLaws kinked() {
        kinked = true;
        return this;
    }

    /// How far values may be apart, relative to the largest one; 1e-12 if not said, or 2e-5 in single precision.
    public KernelLaws tolerance(double tolerance) {
        said = tolerance;
        return this;
    }

    /// Holds the kernel to its laws.
    ///
    /// @param x `F64`, `F32` or `I32` `[N, d]`, N ≥ 2
    /// @param y of the same type `[M, d]`, M ≥ 2
    /// @throws AssertionError naming the law, the element and both values
    public void hold(Tensor x, Tensor y) {
        boolean single = x.dtype() == DType.F32;
        tolerance = !Double.isNaN(said) ? said : single ? 2e-5 : 1e-12;
        Tensor k = gram.apply(x, y);
        same("shape and purity", k, gram.apply(x, y), 0);
        if (k.dim(0) != x.dim(0) || k.dim(1) != y.dim(0)) {
            throw new AssertionError(
                    name + ": the Gram matrix of " + x.shape() + " and " + y.shape() + " is " + k.shape());
        }
        local(x, y, k);
        bounded(k);
        square(x);
        Tensor none = gram.apply(x.slice(0, 0, 0), y);
        if (none.dim(0) != 0 || none.dim(1) != y.dim(0)) {
            throw new AssertionError(name + ": the Gram matrix of no rows is " + none.shape());
        }
        if (query != null) {
            BinaryOperator<Tensor> primal =
                    (a, b) -> query.apply(a).matmul(key.apply(b).transpose(-1, -2));
            same("primal equals kernel", k, primal.apply(x, y), tolerance);
            same("primal equals kernel, gradient", slope(gram, x, y), slope(primal, x, y), tolerance);
        }
        if (x.dtype() == DType.F64 && !kinked) {
            GradCheck.check(name, in -> gram.apply(in.get(0), in.get(1)), x, y);
        }
    }

    private void local(Tensor x, Tensor y, Tensor k) {
        if (x.dtype().isFloating()) {
            Tensor batched = gram.apply(Tensor.stack(0, x, x.flip(0)), y);
            same("batches", k, batched.select(0, 0), tolerance);
            same("batches", k.flip(0), batched.select(0, 1), tolerance);
        }
        Tensor halves = Tensor.concat(0, gram.apply(x.slice(0, 0, 1), y), gram.apply(x.slice(0, 1, x.dim(0)), y));
        same("rows of x one by one", k, halves, tolerance);
        if (rowStochastic) {
            same("row sums", Tensor.ones(k.dtype(), k.dim(0)), k.sum(-1), tolerance);
        } else {
            same("columns one by one", k.slice(1, 1, y.dim(0)), gram.apply(x, y.slice(0, 1, y.dim(0))), tolerance);
        }
        if (symmetric) {
            same("symmetry", k.transpose(0, 1), gram.apply(y, x), tolerance);
        }
    }

    private void square(Tensor x) {
        Tensor k = gram.apply(x, x);
        double near = Math.max(tolerance, x.dtype() == DType.F32 ? 1e-3 : 1e-7);
        bounded(k);
        if (diagonal != null) {
            same("diagonal", k.diagonal(0), diagonal.apply(x), near);
        }
        if (positive) {
            double[] values =
                    Linalg.eigenvalues(k.add(k.transpose(0, 1)).mul(0.5)).toDoubles();
            double floor = -near * Math.max(1, values[values.length - 1]);
            if (!(values[0] >= floor)) {
                throw new AssertionError(name + ": the smallest eigenvalue is " + values[0]);
            }
        }
    }

    private void bounded(Tensor k) {
        for (double value : k.toDoubles()) {
            double slack = tolerance * Math.max(1, Math.abs(value));
            if (!(value >= low - slack && value <= high + slack)) {
                throw new AssertionError(name + ": " + value + " is outside of [" + low + ", " + high + "]");
            }
        }
    }

    private static Tensor slope(BinaryOperator<Tensor> gram, Tensor x, Tensor y) {
        return Autodiff.grad(a -> gram.apply(a, y).square().sum()).apply(x);
    }

    private void same(String law, Tensor expected, Tensor actual, double tolerance) {
        Differences.require(name + ", " + law, expected, actual, tolerance);
    }
}
