/// Readers, simulators and loaders.
package adjoint.data;
