package adjoint.autodiff;

import adjoint.autodiff.Fusion.Fused;
import java.util.List;
import java.util.function.Function;

/// Operations that work element by element, with broadcasting. The formulas of value and gradients stand side by side
/// and are written once: fused into one kernel when nothing is recorded, carried out as operations on tensors when
/// gradients are to be differentiated again.
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

    /// y = f(x).
    abstract static class Unary extends Op<Void> {
        private final Fusion value;
        private final Fusion vjp;

        Unary(String name, String formula) {
            super(name, formula);
            value = new Fusion(name, 1, 0, f -> value(f[0]));
            vjp = isDifferentiable() ? new Fusion(name + "Backward", 3, 0, f -> vjp(f[0], f[1], f[2])) : null;
        }

        abstract <T extends Algebra<T>> T value(T x);

        /// g·f'(x), where y = f(x).
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            throw new IllegalStateException(name() + " has no gradient");
        }

        @Override
        final void infer(Call call, Void none) {
            call.output(floating(this, call.in(0)), call.in(0).shape());
        }

        @Override
        final Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        final void compute(Call call, Void none) {
            evaluate(call, value, null);
        }

        @Override
        final void vjp(Call call, Void none, Flow flow) {
            flow.give(0, vjp(call.in(0), call.out(0), flow.gradient()));
        }

        /// Operand 0 of the formula is the input, 1 the output.
        @Override
        final int reads(int i) {
            int read = vjp.reads();
            return read & 1 | (read & 2) << 15;
        }

        @Override
        final void fusedVjp(Call call, Void none, Flow flow) {
            flow.fuse(0, vjp, flow.operands(call.in(0), call.out(0), flow.gradient()), null, true);
        }

        /// The Jacobian is diagonal, and so its own transpose.
        @Override
        final Tensor jvp(Call call, Void none, Tangents tangents) {
            return vjp(call.in(0), call.out(0), tangents.of(0));
        }
    }

    /// y = f(x, p) with a number p.
    abstract static class Scalar extends Op<Double> {
        private final Fusion value;
        private final Fusion vjp;

        Scalar(String name, String formula) {
            super(name, formula);
            value = new Fusion(name, 1, 1, f -> value(f[0], f[1]));
            vjp = new Fusion(name + "Backward", 2, 1, f -> vjp(f[0], f[2], f[1]));
        }

        abstract <T extends Algebra<T>> T value(T x, T p);

        /// g·∂f/∂x.
        abstract <T extends Algebra<T>> T vjp(T x, T p, T g);

        @Override
        final void infer(Call call, Double p) {
            call.output(floating(this, call.in(0)), call.in(0).shape());
        }

        @Override
        final Tensor batch(Batch batch, Double params) {
            return batch.aligned(this, params);
        }

        @Override
        final void compute(Call call, Double p) {
            evaluate(call, value, call.engine.parameter(p));
        }

        @Override
        final void vjp(Call call, Double p, Flow flow) {
            flow.give(0, vjp(call.in(0), Tensor.scalar(p, call.in(0).dtype()), flow.gradient()));
        }

        @Override
        final int reads(int i) {
            return vjp.reads() & 1;
        }

        @Override
        final void fusedVjp(Call call, Double p, Flow flow) {
            Tensor[] operands = flow.operands(call.in(0), flow.gradient(), null);
            flow.fuse(0, vjp, operands, call.engine.parameter(p), true);
        }

        @Override
        final Tensor jvp(Call call, Double p, Tangents tangents) {
            return vjp(call.in(0), Tensor.scalar(p, call.in(0).dtype()), tangents.of(0));
        }
    }

    /// y = f(a, b).
    abstract static class Binary extends Op<Void> {
        private final Fusion value;
        private final Fusion vjpLeft;
        private final Fusion vjpRight;

        Binary(String name, String formula) {
            super(name, formula);
            boolean differentiable = isDifferentiable();
            value = new Fusion(name, 2, 0, f -> value(f[0], f[1]));
            vjpLeft = differentiable ? gradient("Left", f -> vjpLeft(f[0], f[1], f[2], f[3])) : null;
            vjpRight = differentiable ? gradient("Right", f -> vjpRight(f[0], f[1], f[2], f[3])) : null;
        }

        private Fusion gradient(String side, Function<Fused[], Fused> formula) {
            return new Fusion(name() + "Backward" + side, 4, 0, formula);
        }

        abstract <T extends Algebra<T>> T value(T a, T b);

        /// g·∂f/∂a, where y = f(a, b).
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            throw new IllegalStateException(name() + " has no gradient");
        }

        /// g·∂f/∂b, where y = f(a, b).
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            throw new IllegalStateException(name() + " has no gradient");
        }

        @Override
        final void infer(Call call, Void none) {
            DType dtype = floating(this, call.in(0), call.in(1));
            call.output(
                    dtype,
                    Layout.broadcast(name(), call.in(0).shape(), call.in(1).shape()));
        }

        @Override
        final Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        final void compute(Call call, Void none) {
            evaluate(call, value, null);
        }

        @Override
        final void vjp(Call call, Void none, Flow flow) {
            if (flow.wants(0)) {
                flow.give(0, vjpLeft(call.in(0), call.in(1), call.out(0), flow.gradient()));
            }
            if (flow.wants(1)) {
                flow.give(1, vjpRight(call.in(0), call.in(1), call.out(0), flow.gradient()));
            }
        }

        /// Operands 0 and 1 of the formula are the inputs, 2 is the output.
        @Override
        final int reads(int i) {
            int read = (i == 0 ? vjpLeft : vjpRight).reads();
            return read & 3 | (read & 4) << 14;
        }

        @Override
        final void fusedVjp(Call call, Void none, Flow flow) {
            Tensor[] operands = flow.operands(call.in(0), call.in(1), call.out(0), flow.gradient());
            if (flow.wants(0)) {
                flow.fuse(0, vjpLeft, operands, null, !flow.wants(1));
            }
            if (flow.wants(1)) {
                flow.fuse(1, vjpRight, operands, null, true);
            }
        }

        @Override
        final Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor a = call.in(0);
            Tensor b = call.in(1);
            Tensor y = call.out(0);
            Tensor left = tangents.plus(null, 0, t -> vjpLeft(a, b, y, t));
            return tangents.plus(left, 1, t -> vjpRight(a, b, y, t)).expand(y.shape());
        }
    }

    /// y = f(a, m, b), where only `a` and `b` have gradients.
    abstract static class Ternary extends Op<Void> {
        private final Fusion value;
        private final Fusion vjpFirst;
        private final Fusion vjpThird;

        Ternary(String name, String formula) {
            super(name, formula);
            value = new Fusion(name, 3, 0, f -> value(f[0], f[1], f[2]));
            vjpFirst = new Fusion(name + "BackwardFirst", 2, 0, f -> vjpFirst(f[0], f[1]));
            vjpThird = new Fusion(name + "BackwardThird", 2, 0, f -> vjpThird(f[0], f[1]));
        }

        abstract <T extends Algebra<T>> T value(T a, T mask, T b);

        abstract <T extends Algebra<T>> T vjpFirst(T mask, T g);

        abstract <T extends Algebra<T>> T vjpThird(T mask, T g);

        @Override
        final void infer(Call call, Void none) {
            DType dtype = floating(this, call.in(0), call.in(1));
            floating(this, call.in(0), call.in(2));
            Shape shape =
                    Layout.broadcast(name(), call.in(0).shape(), call.in(1).shape());
            call.output(dtype, Layout.broadcast(name(), shape, call.in(2).shape()));
        }

        @Override
        final Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        final void compute(Call call, Void none) {
            evaluate(call, value, null);
        }

        @Override
        final void vjp(Call call, Void none, Flow flow) {
            if (flow.wants(0)) {
                flow.give(0, vjpFirst(call.in(1), flow.gradient()));
            }
            if (flow.wants(2)) {
                flow.give(2, vjpThird(call.in(1), flow.gradient()));
            }
        }

        @Override
        final int reads(int i) {
            return input(1);
        }

        @Override
        final void fusedVjp(Call call, Void none, Flow flow) {
            Tensor[] operands = flow.operands(call.in(1), flow.gradient(), null);
            if (flow.wants(0)) {
                flow.fuse(0, vjpFirst, operands, null, !flow.wants(2));
            }
            if (flow.wants(2)) {
                flow.fuse(2, vjpThird, operands, null, true);
            }
        }

        @Override
        final Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor mask = call.in(1);
            Tensor first = tangents.plus(null, 0, t -> vjpFirst(mask, t));
            Tensor both = tangents.plus(first, 2, t -> vjpThird(mask, t));
            return both == null ? null : both.expand(call.out(0).shape());
        }
    }

    private static void evaluate(Call call, Fusion value, double[] parameter) {
        Tensor out = call.out(0);
        value.run(call.engine, out.shape(), call.inputArray(), parameter, out.array(), out.offset, 0);
    }

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
