package adjoint.duality.convex;

import adjoint.autodiff.Tensor;
import java.util.function.ToDoubleFunction;

/// The functions of [ConvexFunction].
final class Functions {
    private static final double ROUNDING = 1e-9;

    private Functions() {}

    record Conjugate(ConvexFunction of, ToDoubleFunction<Tensor> values, ToDoubleFunction<Tensor> domain)
            implements ConvexFunction {
        @Override
        public double value(Tensor y) {
            return values.applyAsDouble(y);
        }

        @Override
        public Tensor prox(Tensor y, double gamma) {
            return y.sub(of.prox(y.div(gamma), 1 / gamma).mul(gamma));
        }

        @Override
        public ConvexFunction conjugate() {
            return of;
        }

        @Override
        public double shrink(Tensor y) {
            return domain.applyAsDouble(y);
        }
    }

    record Squares(double c, Tensor b) implements ConvexFunction {
        @Override
        public double value(Tensor x) {
            return x.sub(b).square().sum().item() * c / 2;
        }

        @Override
        public Tensor prox(Tensor x, double gamma) {
            return x.add(b.mul(gamma * c)).div(1 + gamma * c);
        }

        @Override
        public ConvexFunction conjugate() {
            return ConvexFunction.conjugateOf(
                    this,
                    y -> y.square().sum().item() / (2 * c) + b.mul(y).sum().item(),
                    _ -> 1);
        }
    }

    record Norm(double c) implements ConvexFunction {
        @Override
        public double value(Tensor x) {
            return c * length(x);
        }

        @Override
        public Tensor prox(Tensor x, double gamma) {
            double length = length(x);
            return x.mul(length <= gamma * c ? 0 : 1 - gamma * c / length);
        }

        @Override
        public ConvexFunction conjugate() {
            return ConvexFunction.conjugateOf(
                    this,
                    y -> length(y) <= c * (1 + ROUNDING) ? 0 : Double.POSITIVE_INFINITY,
                    y -> Math.min(1, c / Math.max(length(y), Double.MIN_NORMAL)));
        }
    }

    record Box(double low, double high) implements ConvexFunction {
        @Override
        public double value(Tensor x) {
            double slack = ROUNDING * Math.max(1, x.abs().max().item());
            boolean inside = x.min().item() >= low - slack && x.max().item() <= high + slack;
            return inside ? 0 : Double.POSITIVE_INFINITY;
        }

        @Override
        public Tensor prox(Tensor x, double gamma) {
            return x.maximum(low).minimum(high);
        }

        @Override
        public double shrink(Tensor x) {
            double most = x.max().item();
            double least = x.min().item();
            double t = 1;
            if (most > high) {
                t = Math.min(t, high / most);
            }
            if (least < low) {
                t = Math.min(t, low / least);
            }
            return Math.max(0, t);
        }

        /// The support function; with no bounds, 0 at 0 alone.
        @Override
        public ConvexFunction conjugate() {
            return ConvexFunction.conjugateOf(this, this::support, y -> support(y) < Double.POSITIVE_INFINITY ? 1 : 0);
        }

        private double support(Tensor y) {
            return product(high, y.maximum(0).sum().item())
                    + product(low, y.minimum(0).sum().item());
        }

        /// 0 for a rounding of 0 times ∞.
        private static double product(double bound, double sum) {
            return Double.isInfinite(bound) && Math.abs(sum) <= ROUNDING ? 0 : bound * sum;
        }
    }

    record Simplex() implements ConvexFunction {
        @Override
        public double value(Tensor x) {
            boolean inside = x.min().item() >= -ROUNDING && Math.abs(x.sum().item() - 1) <= ROUNDING;
            return inside ? 0 : Double.POSITIVE_INFINITY;
        }

        /// The projection on the simplex: sparsemax.
        @Override
        public Tensor prox(Tensor x, double gamma) {
            return FenchelYoung.entmax(2).predict(x.flatten()).reshape(x.shape().dims());
        }

        @Override
        public ConvexFunction conjugate() {
            return ConvexFunction.conjugateOf(this, y -> y.max().item(), _ -> 1);
        }
    }

    static double length(Tensor x) {
        return Math.sqrt(x.square().sum().item());
    }

    static void requirePositive(double c) {
        if (!(c > 0 && c < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the factor of a convex function must be positive and finite, not " + c);
        }
    }
}
