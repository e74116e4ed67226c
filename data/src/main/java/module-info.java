/// Readers, simulators and loaders.
module adjoint.data {
    requires transitive adjoint.linalg;

    exports adjoint.data;
}
