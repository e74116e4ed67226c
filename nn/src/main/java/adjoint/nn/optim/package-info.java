/// Optimisers as fused passes over flat arrays, parameter groups, schedules, clipping and averages of weights.
///
/// Nothing here knows modules: [FlatParameters] takes names and shapes, and `adjoint.nn.Trainer` moves a model into it.
package adjoint.nn.optim;
