package adjoint.data;

/// A Hamiltonian H(q, p) = T(p) + V(q) of n degrees of freedom, with the equations of motion
/// q' = ∂T/∂p and p' = −∂V/∂q.
public interface SeparableHamiltonian {
    /// H(q, p), which the exact motion keeps.
    double energy(double[] q, double[] p);

    /// Writes ∂T/∂p into `velocity`.
    void velocity(double[] p, double[] velocity);

    /// Writes −∂V/∂q into `force`.
    void force(double[] q, double[] force);
}
