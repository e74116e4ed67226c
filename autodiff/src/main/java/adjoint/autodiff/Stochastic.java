package adjoint.autodiff;

import adjoint.linalg.Chains;
import adjoint.linalg.Rng;
import java.util.List;

/// Operations that draw random numbers, determined by a key and the position of the element alone.
final class Stochastic {
    private Stochastic() {}

    /// What decides a dropout: the probability of 0, and the key of the draws.
    record Drop(double p, Rng key) {}

    /// u ≥ p ? x/(1 − p) : 0 with a draw u from U[0, 1) per element. Nothing is stored: the backward pass draws again.
    static final LinearOp<Drop> DROPOUT = new LinearOp<>("dropout", "x/(1 − p) with probability 1 − p, else 0") {
        @Override
        void infer(Call call, Drop drop) {
            call.output(Elementwise.floating(this, call.in(0)), call.in(0).shape());
        }

        @Override
        Tensor batch(Batch batch, Drop drop) {
            return dropped(batch, 0, drop);
        }

        @Override
        void compute(Call call, Drop drop) {
            Tensor out = call.out(0);
            Sweep sweep = call.engine.sweep;
            sweep.elements(out.shape());
            sweep.add(call.in(0));
            sweep.addDense(out.array(), out.offset);
            drop(sweep, drop);
            sweep.plan();
            sweep.run(out.dtype().precision(), Chains.DROPOUT);
        }

        @Override
        void vjp(Call call, Drop drop, Flow flow) {
            flow.give(0, Engine.run(DROPOUT, drop, flow.gradient()));
        }

        @Override
        void fusedVjp(Call call, Drop drop, Flow flow) {
            dropGradient(0, drop, flow);
        }
    };

    /// x + dropout(branch).
    static final LinearOp<Drop> ADD_DROPOUT = new LinearOp<>("addDropout", "x + dropout(y)") {
        @Override
        void infer(Call call, Drop drop) {
            Tensor x = call.in(0);
            Tensor branch = call.in(1);
            DType dtype = Elementwise.floating(this, x, branch);
            if (!x.shape().equals(branch.shape())) {
                throw new ShapeError(
                        "addDropout: both must have the same shape, got " + x.shape() + " and " + branch.shape());
            }
            call.output(dtype, x.shape());
        }

        @Override
        Tensor batch(Batch batch, Drop drop) {
            return batch.in(0).add(dropped(batch, 1, drop));
        }

        @Override
        void compute(Call call, Drop drop) {
            Tensor out = call.out(0);
            Sweep sweep = call.engine.sweep;
            sweep.elements(out.shape());
            sweep.add(call.in(0));
            sweep.add(call.in(1));
            sweep.addDense(out.array(), out.offset);
            drop(sweep, drop);
            sweep.plan();
            sweep.run(out.dtype().precision(), Chains.RESIDUAL_DROPOUT);
        }

        @Override
        void vjp(Call call, Drop drop, Flow flow) {
            if (flow.wants(0)) {
                flow.give(0, flow.gradient());
            }
            if (flow.wants(1)) {
                flow.give(1, Engine.run(DROPOUT, drop, flow.gradient()));
            }
        }

        @Override
        void fusedVjp(Call call, Drop drop, Flow flow) {
            if (flow.wants(0)) {
                flow.give(0, flow.gradient());
            }
            if (flow.wants(1)) {
                dropGradient(1, drop, flow);
            }
        }
    };

    static final List<Op<?>> ALL = List.of(DROPOUT, ADD_DROPOUT);

    /// A dropout of `op` with a probability that must be in [0, 1).
    static Drop drop(String op, double p, Rng key) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException(op + ": the probability must be in [0, 1), got " + p);
        }
        return new Drop(p, key);
    }

    /// All examples draw the same, as they have the same key.
    private static Tensor dropped(Batch batch, int i, Drop drop) {
        Tensor x = batch.in(i);
        Shape shape = batch.isBatched(i) ? x.shape().tail() : x.shape();
        Tensor factor = Engine.run(DROPOUT, drop, Tensor.full(1, x.dtype(), shape));
        return x.mul(factor).where(factor, 0);
    }

    private static void drop(Sweep sweep, Drop drop) {
        sweep.scalar(drop.p);
        sweep.draws(drop.key.key0(), drop.key.key1());
    }

    private static void dropGradient(int i, Drop drop, Flow flow) {
        flow.into(i, true);
        Sweep sweep = flow.engine().sweep;
        sweep.elements(flow.gradient().shape());
        sweep.add(flow.gradient());
        drop(sweep, drop);
        flow.run(i, Chains.DROPOUT);
    }
}
