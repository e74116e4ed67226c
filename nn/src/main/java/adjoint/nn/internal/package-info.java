/// Files: strict JSON and atomic writing.
package adjoint.nn.internal;
