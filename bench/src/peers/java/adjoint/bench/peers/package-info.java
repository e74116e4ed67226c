/// The libraries to compare with. Compiled in the Maven profile `peers` only.
package adjoint.bench.peers;
