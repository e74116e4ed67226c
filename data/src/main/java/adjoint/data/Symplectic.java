package adjoint.data;

/// Explicit symplectic integrators: the energy error stays bounded over all time, and a step taken backwards undoes a
/// step.
///
/// A step of length h is a composition of kick–drift–kick steps of lengths w·h:
/// ```
/// p ← p − (w·h/2)·∂V/∂q,   q ← q + w·h·∂T/∂p,   p ← p − (w·h/2)·∂V/∂q
/// ```
public enum Symplectic {
    /// Störmer–Verlet, order 2: one step with w = 1.
    LEAPFROG(1),
    /// Order 4: three steps with w = a, 1 − 2a, a for a = 1/(2 − ∛2). H. Yoshida, Physics Letters A 150 (1990).
    YOSHIDA(1 / (2 - StrictMath.cbrt(2)));

    private final double[] weights;

    Symplectic(double outer) {
        weights = outer == 1 ? new double[] {1} : new double[] {outer, 1 - 2 * outer, outer};
    }

    /// Moves (q, p) on by `steps` steps of length h, in place.
    public void advance(SeparableHamiltonian system, double[] q, double[] p, double h, int steps) {
        double[] force = new double[q.length];
        double[] velocity = new double[q.length];
        // The force after one kick–drift–kick is that before the next: the position does not change between them.
        system.force(q, force);
        for (int step = 0; step < steps; step++) {
            for (double w : weights) {
                add(w * h / 2, force, p);
                system.velocity(p, velocity);
                add(w * h, velocity, q);
                system.force(q, force);
                add(w * h / 2, force, p);
            }
        }
    }

    private static void add(double factor, double[] rate, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * rate[i];
        }
    }
}
