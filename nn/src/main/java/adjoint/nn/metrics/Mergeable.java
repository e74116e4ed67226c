package adjoint.nn.metrics;

/// A metric of a stream of samples. However the stream is cut into parts, and in whatever order the parts are merged,
/// the result is that of the whole.
///
/// @param <M> the metric itself
public interface Mergeable<M extends Mergeable<M>> {
    /// Adds what another one has seen, which stays as it is.
    void merge(M other);
}
