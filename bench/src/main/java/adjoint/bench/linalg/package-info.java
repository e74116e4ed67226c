/// The suite of dense linear algebra: its operations, our side of them, and the machine's own limits.
package adjoint.bench.linalg;
