/// Modules, losses, optimisers, the trainer and checkpoints.
module adjoint.nn {
    requires transitive adjoint.autodiff;

    exports adjoint.nn;
    exports adjoint.nn.files;
    exports adjoint.nn.logs;
    exports adjoint.nn.metrics;
    exports adjoint.nn.optim;
}
