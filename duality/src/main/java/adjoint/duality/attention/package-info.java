/// Published attention mechanisms, each as a kernel: [adjoint.duality.attention.Mechanisms] has them all by name.
package adjoint.duality.attention;
