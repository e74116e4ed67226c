package adjoint.nn;

import adjoint.autodiff.Tensor;

/// What a [Trainer] minimises and [Trainer#evaluate] measures.
///
/// ```
/// Objective<Batch> objective = new Objective<>() {
///     public int size(Batch batch) { return batch.size(); }
///
///     public Tensor loss(Batch batch, int from, int to, Pass pass) {
///         Tensor logits = model.forward(batch.x(from, to), pass);
///         Tensor labels = batch.labels(from, to);
///         pass.observe(logits, labels);
///         return logits.crossEntropy(labels);
///     }
/// };
/// ```
///
/// @param <B> what a batch is
public interface Objective<B> {
    /// The number of samples in a batch.
    int size(B batch);

    /// The mean loss, a scalar, of the samples `from … to-1` of a batch. Several threads call this at once, for
    /// different samples of one batch. Auxiliary losses go to [Pass#addLoss].
    Tensor loss(B batch, int from, int to, Pass pass);
}
