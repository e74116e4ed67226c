package adjoint.nn.optim;

import java.util.List;

/// Takes the steps of one group, and holds what its optimiser remembers.
abstract sealed class GroupStep permits ElementwiseStep, LambStep, MatrixStep, DualStep {
    final Slice slice;
    final List<String> stateNames;

    /// Of the length of the group.
    final Object[] states;

    GroupStep(Slice slice, List<String> stateNames) {
        this.slice = slice;
        this.stateNames = stateNames;
        this.states = stateNames.stream().map(_ -> slice.state()).toArray();
    }

    static GroupStep of(Optimizer optimizer, Slice slice) {
        return switch (optimizer) {
            case ElementwiseOptimizer elementwise -> new ElementwiseStep(elementwise, slice);
            case Lamb lamb -> new LambStep(lamb, slice);
            case MatrixOptimizer matrix -> new MatrixStep(matrix, slice);
            case DualPreconditionedSgd dual -> new DualStep(dual, slice);
        };
    }

    /// Moves the parameters along the gradient `scale`·Σ `gradients`, of which no element counts for more than `limit`.
    ///
    /// @param step counted from 1
    /// @param factor what the learning rate is multiplied with
    abstract void step(Object[] gradients, double scale, double limit, long step, double factor);
}
