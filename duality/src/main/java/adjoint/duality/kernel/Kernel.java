package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Module;
import adjoint.nn.Parts;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// A kernel κ(x, y) between rows: a similarity, symmetric or not.
///
/// An implementation says what it claims ([#symmetric()], [#positive()], [#range()], [#features()]); the law suite
/// `KernelLaws` of the test kit holds it to that. Kernels are modules: hyperparameters that are learned ([Positive])
/// are their parameters.
///
/// ```java
/// Kernel kernel = new Rbf(2).times(new Polynomial(1, 1)).normalised();
/// Tensor k = kernel.gram(x, y);    // x [N, d], y [M, d]: [N, M]
/// ```
///
/// | combination | κ(x, y) | features |
/// |---|---|---|
/// | [#plus] | κ₁ + κ₂ | side by side |
/// | [#times] | κ₁·κ₂ | all products |
/// | [#scaled(Positive)] | c·κ | √c times as long |
/// | [#normalised()] | κ(x, y)/√(κ(x, x)·κ(y, y)) | of length 1 |
/// | [#compose(UnaryOperator)] | κ(f(x), f(y)) | of f(x) |
/// | [#compose(UnaryOperator, UnaryOperator)] | κ(f(x), g(y)) | of f(x) and g(y) |
public interface Kernel extends Module {
    /// The Gram matrix `K[…, i, j] = κ(x[…, i, :], y[…, j, :])`.
    ///
    /// @param x `[…, N, d]`
    /// @param y `[…, M, d]`; leading axes broadcast
    /// @return `[…, N, M]`
    Tensor gram(Tensor x, Tensor y);

    /// The Gram matrix with any rows y, in which what a kernel that is not pointwise takes of all rows of y is taken of
    /// `reference`: where y are rows of it, columns of `gram(x, reference)`.
    ///
    /// @param reference `[…, R, d]`
    /// @throws IllegalArgumentException if this is not pointwise, and has no such extension
    default Tensor gram(Tensor x, Tensor y, Tensor reference) {
        if (!pointwise()) {
            throw new IllegalArgumentException(
                    this + " depends on all rows of y, and does not say what it is for others: gram(x, y, reference)");
        }
        return gram(x, y);
    }

    /// `κ(x_i, x_i)`, `[…, N]` for x `[…, N, d]`.
    default Tensor diagonal(Tensor x) {
        Tensor rows = x.unsqueeze(-2);
        return gram(rows, rows).squeeze(-1).squeeze(-1);
    }

    /// Whether κ(x, y) = κ(y, x).
    default boolean symmetric() {
        return true;
    }

    /// Whether every Gram matrix of rows with themselves is positive semidefinite.
    default boolean positive() {
        return symmetric();
    }

    /// Whether κ(x, y) depends on the two rows alone; a kernel that normalises over the rows of y does not.
    default boolean pointwise() {
        return true;
    }

    /// Bounds of all values.
    default Range range() {
        return Range.ALL;
    }

    /// Maps with `κ(x, y) = φ(x)ᵀψ(y)`, if it has finite ones that are known.
    default Optional<FeaturePair> features() {
        return Optional.empty();
    }

    /// Its exponent, if it is `e^(aᵀb + α + β)`. Products, scales, norms and compositions of such kernels are, too.
    default Optional<ExponentialForm> exponential() {
        return Optional.empty();
    }

    @Override
    default void describe(Parts parts) {}

    default Kernel plus(Kernel other) {
        return new Combination.Two(this, other, false);
    }

    default Kernel times(Kernel other) {
        return new Combination.Two(this, other, true);
    }

    default Kernel scaled(double factor) {
        return scaled(Positive.of(factor));
    }

    default Kernel scaled(Positive factor) {
        return new Combination.Scaled(this, factor);
    }

    /// With 1 on the diagonal; 0 wherever κ(x, x) is 0.
    ///
    /// @throws IllegalArgumentException if this is not symmetric, or not pointwise
    default Kernel normalised() {
        return new Combination.Normalised(this);
    }

    /// Of what `f` makes of the rows, a feature net for instance. If it is a module, its parameters are the kernel's,
    /// and
    /// rows are cast to their precision and back; else `f` has to take rows of any precision, double that of machines.
    default Kernel compose(UnaryOperator<Tensor> f) {
        return compose(f, f);
    }

    /// Of what `f` makes of x and `g` of y: in general asymmetric.
    default Kernel compose(UnaryOperator<Tensor> f, UnaryOperator<Tensor> g) {
        return new Combination.Composed(this, f, g);
    }

    /// The closed interval from `low` to `high`.
    record Range(double low, double high) {
        public static final Range ALL = new Range(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
        public static final Range NOT_NEGATIVE = new Range(0, Double.POSITIVE_INFINITY);
        public static final Range UNIT = new Range(0, 1);
        public static final Range COSINE = new Range(-1, 1);

        /// The sums of one number of each.
        Range plus(Range y) {
            return new Range(low + y.low, high + y.high);
        }

        /// The products of one number of each.
        Range times(Range y) {
            double[] corners = {times(low, y.low), times(low, y.high), times(high, y.low), times(high, y.high)};
            Arrays.sort(corners);
            return new Range(corners[0], corners[3]);
        }

        private static double times(double a, double b) {
            return a == 0 || b == 0 ? 0 : a * b;
        }
    }
}
