/// Streaming metrics: what parts of a stream come to merges to what the whole comes to.
package adjoint.nn.metrics;
