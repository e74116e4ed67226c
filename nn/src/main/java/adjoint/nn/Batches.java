package adjoint.nn;

/// Where the batches of an epoch come from.
///
/// @param <B> what a batch is; one object may be used again for the next batch
@FunctionalInterface
public interface Batches<B> {
    /// The batches of an epoch, counted from 0: the same ones in the same order whenever it is asked for, which is what
    /// lets a training that was stopped go on.
    Iterable<B> epoch(int epoch);
}
