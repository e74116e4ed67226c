/// Tensors, the tape, differentiable operations and their transformations.
module adjoint.autodiff {
    requires transitive adjoint.linalg;
    requires jdk.jfr;

    exports adjoint.autodiff;
}
