package adjoint.nn.optim;

/// How parameters move along their gradients; a record of settings, which is part of a training's configuration.
///
/// An optimiser holds nothing that changes: its state lies in [FlatParameters]. Steps are counted from 1, and a
/// [Schedule] multiplies the learning rate.
public sealed interface Optimizer permits ElementwiseOptimizer, Lamb, MatrixOptimizer, DualPreconditionedSgd {
    /// γ, before the schedule's factor.
    double learningRate();
}
