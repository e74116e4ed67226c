package adjoint.bench.training;

import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.bench.autodiff.Single;

/// A training step of a workload: forward, cross-entropy, backward, AdamW.
public record TrainingStep(Workload workload, Aspect aspect) implements Single {
    /// How many losses a curve has.
    public static final int CURVE = 50;

    /// By how much two curves may differ, absolutely.
    static final double AGREEMENT = 1e-4;

    /// What is measured of it.
    public enum Aspect {
        /// How long it takes.
        TIME(Unit.MILLISECONDS),
        /// The most memory in use, parameters, gradients and moments included.
        MEMORY(Unit.MEGABYTES),
        /// The loss of step [#CURVE]; the result is that of all steps up to it.
        CURVE(Unit.NATS);

        private final Unit unit;

        Aspect(Unit unit) {
            this.unit = unit;
        }
    }

    @Override
    public String kernel() {
        return workload.name();
    }

    @Override
    public String shape() {
        return workload.shape();
    }

    @Override
    public Unit unit() {
        return aspect.unit;
    }

    @Override
    public double work() {
        return 1;
    }

    @Override
    public double allowed(double largest) {
        return AGREEMENT;
    }

    @Override
    public double[] sketch(Object result) {
        return aspect == Aspect.CURVE ? Operation.samples(result) : new double[0];
    }
}
