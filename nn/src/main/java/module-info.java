/// Modules, losses, optimisers, the trainer and checkpoints.
module adjoint.nn {
    requires transitive adjoint.autodiff;

    exports adjoint.nn;
}
