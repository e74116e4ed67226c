package adjoint.autodiff;

import adjoint.autodiff.Fusion.Fused;
import adjoint.linalg.Expr;
import java.util.function.UnaryOperator;

/// Operations that are a formula for each element, and a formula for each gradient. A formula is written once in terms
/// of [Algebra]: fused into one kernel when nothing is recorded, carried out as operations on tensors when gradients
/// are to be differentiated again.
final class Formula {
    private Formula() {}

    /// y = f(x).
    abstract static class Pointwise extends Op<Void> {
        private final Fusion value;
        private final Fusion vjp;

        Pointwise(String name, String formula) {
            super(name, formula);
            value = new Fusion(name, 1, 0, f -> kernel(f[0]));
            vjp = isDifferentiable() ? new Fusion(name + "Backward", 3, 0, f -> vjp(f[0], f[1], f[2])) : null;
        }

        /// f in a kernel.
        abstract Fused kernel(Fused x);

        /// g·f'(x), where y = f(x).
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            throw new IllegalStateException(name() + " has no gradient");
        }

        @Override
        final void infer(Call call, Void none) {
            call.output(Elementwise.floating(this, call.in(0)), call.in(0).shape());
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

    /// y = f(x), where f is a formula of other operations.
    abstract static class Unary extends Pointwise {
        Unary(String name, String formula) {
            super(name, formula);
        }

        abstract <T extends Algebra<T>> T value(T x);

        @Override
        final Fused kernel(Fused x) {
            return value(x);
        }
    }

    /// y = f(x), where f is a function that kernels know.
    abstract static class Function extends Pointwise {
        private final UnaryOperator<Expr> function;

        Function(String name, String formula, UnaryOperator<Expr> function) {
            super(name, formula);
            this.function = function;
        }

        @Override
        final Fused kernel(Fused x) {
            return x.apply(function);
        }
    }

    /// y = f(x), where f is constant between its jumps.
    static final class Step extends Function {
        Step(String name, String formula, UnaryOperator<Expr> function) {
            super(name, formula, function);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
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
            call.output(Elementwise.floating(this, call.in(0)), call.in(0).shape());
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

        private Fusion gradient(String side, java.util.function.Function<Fused[], Fused> formula) {
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
            DType dtype = Elementwise.floating(this, call.in(0), call.in(1));
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
            DType dtype = Elementwise.floating(this, call.in(0), call.in(1));
            Elementwise.floating(this, call.in(0), call.in(2));
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
}
