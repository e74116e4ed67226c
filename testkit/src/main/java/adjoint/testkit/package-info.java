/// Arbitraries for shapes and tensors, and law suites, for jqwik.
package adjoint.testkit;
