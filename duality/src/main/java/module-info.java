/// Attention mechanisms as pairs of a primal and a dual execution.
module adjoint.duality {
    requires transitive adjoint.nn;

    exports adjoint.duality;
    exports adjoint.duality.attention;
    exports adjoint.duality.convex;
    exports adjoint.duality.kernel;
    exports adjoint.duality.machine;
    exports adjoint.duality.pair;
}
