package adjoint.nn;

import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Kernels;
import adjoint.linalg.Lanczos;
import adjoint.linalg.LinearOperator;
import adjoint.linalg.Rng;
import adjoint.linalg.Transpose;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// The largest eigenvalue of a loss's Hessian with respect to the weights of a model: its sharpness. Gradient descent
/// with a rate above 2/λ is unstable along its eigenvector.
///
/// ```
/// Sharpness found = Sharpness.of(
///         model, () -> model.forward(x, Pass.evaluation()).crossEntropy(labels), 1e-3, 100, Rng.of(1));
/// double largestRate = 2 / found.largest();
/// ```
///
/// The Hessian is known by its products with vectors, each the gradient of a slope, at the price of a few gradients;
/// the eigenvalue comes from them by [Lanczos].
///
/// @param largest λ
/// @param residual ‖H·v − λ·v‖ of its unit vector v: λ is within it of an eigenvalue
/// @param products with the Hessian
public record Sharpness(double largest, double residual, int products) {
    /// Measures at the model's present weights, which are not changed.
    ///
    /// @param loss a scalar of the parameters' present values, the same whenever it is asked for: without dropout
    /// @param tolerance of the residual, by the size of λ
    /// @param maxProducts after which it ends all the same
    /// @throws IllegalArgumentException if the model has no parameters, the tolerance is negative or NaN, or a product
    ///     is NaN or infinite
    public static Sharpness of(Module model, Supplier<Tensor> loss, double tolerance, int maxProducts, Rng key) {
        List<Tensor> leaves =
                Parameters.of(model).all().stream().map(Parameter::value).toList();
        if (leaves.isEmpty()) {
            throw new IllegalArgumentException("the model has no parameters");
        }
        Hessian hessian = new Hessian(leaves, loss);
        Lanczos<double[]> pairs = Lanczos.largest(Kernels.f64(), hessian, 1, tolerance, maxProducts, key);
        return new Sharpness(pairs.values()[0], pairs.residuals()[0], pairs.products());
    }

    private record Hessian(List<Tensor> leaves, Supplier<Tensor> loss) implements LinearOperator<double[]> {
        @Override
        public int rows() {
            return Math.toIntExact(leaves.stream().mapToLong(Tensor::size).sum());
        }

        @Override
        public int cols() {
            return rows();
        }

        /// Symmetric, so that the transpose makes no difference; x and y have `k` columns.
        @Override
        public void apply(Transpose transpose, int k, double[] x, int xOff, double[] y, int yOff) {
            for (int column = 0; column < k; column++) {
                apply(k, x, xOff + column, y, yOff + column);
            }
        }

        private void apply(int stride, double[] x, int xOff, double[] y, int yOff) {
            try (Tape tape = Tape.open()) {
                tape.watch(leaves);
                List<Tensor> along = new ArrayList<>();
                int next = xOff;
                for (Tensor leaf : leaves) {
                    double[] part = new double[leaf.size()];
                    for (int i = 0; i < part.length; i++, next += stride) {
                        part[i] = x[next];
                    }
                    along.add(Tensor.of(part, leaf.shape().dims()).to(leaf.dtype()));
                }
                Tensor slope = tape.tangent(loss.get(), leaves, along);
                next = yOff;
                for (Tensor gradient : tape.gradients(slope, leaves)) {
                    for (double value : gradient.toDoubles()) {
                        y[next] = value;
                        next += stride;
                    }
                }
            }
        }
    }
}
