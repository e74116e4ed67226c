package adjoint.autodiff;

import adjoint.autodiff.Formula.Binary;
import adjoint.autodiff.Formula.Scalar;
import adjoint.autodiff.Formula.Ternary;
import adjoint.autodiff.Formula.Unary;
import java.util.List;

/// Arithmetic and the most used functions element by element, with broadcasting; the formulas of value and gradients
/// stand side by side.
final class Elementwise {
    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);

    private Elementwise() {}

    static final Unary NEG = new Unary("neg", "−x") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.neg();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.neg();
        }
    };

    static final Unary RECIPROCAL = new Unary("reciprocal", "1/x") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.reciprocal();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(y.square()).neg();
        }
    };

    static final Unary EXP = new Unary("exp", "eˣ") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.exp();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(y);
        }
    };

    static final Unary LOG = new Unary("log", "ln x") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.log();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(x);
        }
    };

    static final Unary SQRT = new Unary("sqrt", "√x") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.sqrt();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(0.5).div(y);
        }
    };

    static final Unary SQUARE = new Unary("square", "x²") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.square();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x).mul(2);
        }
    };

    static final Unary ABS = new Unary("abs", "|x|") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.abs();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x.sign());
        }
    };

    static final Unary SIGN = new Unary("sign", "1, −1, or x where it is 0 or NaN") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.sign();
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    };

    static final Unary TANH = new Unary("tanh", "tanh x") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.tanh();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(y.square().neg().add(1));
        }
    };

    static final Unary ERF = new Unary("erf", "2/√π ∫₀ˣ e^(−t²) dt") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.erf();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x.square().neg().exp().mul(2 / Math.sqrt(Math.PI)));
        }
    };

    static final Unary SIGMOID = new Unary("sigmoid", "1/(1 + e⁻ˣ)") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.sigmoid();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(y).mul(y.neg().add(1));
        }
    };

    static final Unary RELU = new Unary("relu", "max(x, 0)") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.maximum(0);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.where(y, 0);
        }
    };

    /// x·Φ(x), with the normal distribution Φ(x) = (1 + erf(x/√2))/2 and its density φ: the derivative is Φ + x·φ.
    static final Unary GELU = new Unary("gelu", "x·Φ(x), Φ the normal distribution") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.mul(distribution(x));
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            T density = x.square().mul(-0.5).exp().mul(INVERSE_SQRT_2PI);
            return g.mul(x.mul(density).add(distribution(x)));
        }

        private <T extends Algebra<T>> T distribution(T x) {
            return x.mul(SQRT_HALF).erf().mul(0.5).add(0.5);
        }

        @Override
        public boolean isFused() {
            return true;
        }
    };

    static final Scalar ADD_SCALAR = new Scalar("addScalar", "x + p") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.add(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g;
        }
    };

    static final Scalar MUL_SCALAR = new Scalar("mulScalar", "x·p") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.mul(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.mul(p);
        }
    };

    static final Scalar DIV_SCALAR = new Scalar("divScalar", "x/p") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.div(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.div(p);
        }
    };

    static final Scalar MAXIMUM_SCALAR = new Scalar("maximumScalar", "max(x, p)") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.maximum(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.mul(x.greater(p).add(x.equal(p).mul(0.5)));
        }
    };

    static final Scalar MINIMUM_SCALAR = new Scalar("minimumScalar", "min(x, p)") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.minimum(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.mul(p.greater(x).add(x.equal(p).mul(0.5)));
        }
    };

    static final Binary ADD = new Binary("add", "a + b") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.add(b);
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g;
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            return g;
        }
    };

    static final Binary SUB = new Binary("sub", "a − b") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.sub(b);
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g;
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            return g.neg();
        }
    };

    static final Binary MUL = new Binary("mul", "a·b, element by element") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.mul(b);
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g.mul(b);
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            return g.mul(a);
        }
    };

    static final Binary DIV = new Binary("div", "a/b") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.div(b);
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g.div(b);
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            return g.mul(y).div(b).neg();
        }
    };

    static final Binary MAXIMUM = new Binary("maximum", "max(a, b)") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.maximum(b);
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g.mul(a.greater(b).add(a.equal(b).mul(0.5)));
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            return g.mul(b.greater(a).add(a.equal(b).mul(0.5)));
        }
    };

    static final Binary MINIMUM = new Binary("minimum", "min(a, b)") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.minimum(b);
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g.mul(b.greater(a).add(a.equal(b).mul(0.5)));
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            return g.mul(a.greater(b).add(a.equal(b).mul(0.5)));
        }
    };

    static final Binary GREATER = new Binary("greater", "1 where a > b, else 0") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.greater(b);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    };

    static final Binary EQUAL = new Binary("equal", "1 where a = b, else 0") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.equal(b);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    };

    /// Value, mask, other value.
    static final Ternary WHERE = new Ternary("where", "a where the mask is not 0, else b") {
        @Override
        <T extends Algebra<T>> T value(T a, T mask, T b) {
            return a.where(mask, b);
        }

        @Override
        <T extends Algebra<T>> T vjpFirst(T mask, T g) {
            return g.where(mask, 0);
        }

        @Override
        <T extends Algebra<T>> T vjpThird(T mask, T g) {
            return g.where(mask.equal(0), 0);
        }
    };

    static final List<Op<?>> ALL = List.of(
            NEG,
            RECIPROCAL,
            EXP,
            LOG,
            SQRT,
            SQUARE,
            ABS,
            SIGN,
            TANH,
            ERF,
            SIGMOID,
            RELU,
            GELU,
            ADD_SCALAR,
            MUL_SCALAR,
            DIV_SCALAR,
            MAXIMUM_SCALAR,
            MINIMUM_SCALAR,
            ADD,
            SUB,
            MUL,
            DIV,
            MAXIMUM,
            MINIMUM,
            GREATER,
            EQUAL,
            WHERE);

    /// The common floating point type of the arguments.
    static DType floating(Op<?> op, Tensor a) {
        if (!a.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    op + ": needs F32 or F64, got " + a.dtype() + a.shape() + "; convert with to(DType.F32)");
        }
        return a.dtype();
    }

    static DType floating(Op<?> op, Tensor a, Tensor b) {
        DType dtype = floating(op, a);
        if (b.dtype() != dtype) {
            throw new IllegalArgumentException(op + ": dtypes differ, " + dtype + a.shape() + " and " + b.dtype()
                    + b.shape() + "; convert one with to(…)");
        }
        return dtype;
    }
}
