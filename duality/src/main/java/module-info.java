/// Attention mechanisms as pairs of a primal and a dual execution.
module adjoint.duality {
    requires transitive adjoint.nn;

    exports adjoint.duality;
    exports adjoint.duality.kernel;
    exports adjoint.duality.pair;
}
