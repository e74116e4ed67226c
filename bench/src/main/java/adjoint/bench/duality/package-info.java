/// The suite `duality`: what linear attention, lazy Gram matrices and landmarks save, and how well an execution is
/// chosen.
package adjoint.bench.duality;
