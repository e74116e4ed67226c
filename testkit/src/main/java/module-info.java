/// Arbitraries for shapes and tensors, and law suites, for jqwik.
module adjoint.testkit {
    requires transitive adjoint.autodiff;
    requires transitive net.jqwik.api;
}
