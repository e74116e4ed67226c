package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.apache.commons.math3.ode.FirstOrderDifferentialEquations;
import org.apache.commons.math3.ode.nonstiff.DormandPrince853Integrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SymplecticTest {
    private static final SeparableHamiltonian SYSTEM = Oscillators.system(1, 4, 0.35);
    private static final double[] Q = {0.7, -0.4, 0.2, 0.9, -0.6, 0.1};
    private static final double[] P = {0.1, 0.8, -0.5, 0.3, 0.4, -0.9};

    private static double[] motion(Symplectic integrator, double h, int steps) {
        double[] q = Q.clone();
        double[] p = P.clone();
        integrator.advance(SYSTEM, q, p, h, steps);
        return join(q, p);
    }

    private static double[] join(double[] q, double[] p) {
        double[] both = new double[12];
        System.arraycopy(q, 0, both, 0, 6);
        System.arraycopy(p, 0, both, 6, 6);
        return both;
    }

    /// The same motion by a method of another family.
    private static double[] oracle(double time) {
        FirstOrderDifferentialEquations equations = new FirstOrderDifferentialEquations() {
            @Override
            public int getDimension() {
                return 12;
            }

            @Override
            public void computeDerivatives(double t, double[] y, double[] rate) {
                double[] half = new double[6];
                SYSTEM.velocity(Arrays.copyOfRange(y, 6, 12), half);
                System.arraycopy(half, 0, rate, 0, 6);
                SYSTEM.force(Arrays.copyOf(y, 6), half);
                System.arraycopy(half, 0, rate, 6, 6);
            }
        };
        double[] y = join(Q, P);
        new DormandPrince853Integrator(1e-8, 1, 1e-13, 1e-13).integrate(equations, 0, y, time, y);
        return y;
    }

    @Test
    void agreesWithDormandPrince() {
        assertArrayEquals(oracle(40), motion(Symplectic.YOSHIDA, 0.005, 8000), 1e-8);
        assertArrayEquals(oracle(40), motion(Symplectic.YOSHIDA, 0.1, 400), 2e-3);
    }

    /// Halving h divides the error by 2^order.
    @ParameterizedTest
    @CsvSource({"LEAPFROG, 2", "YOSHIDA, 4"})
    void hasItsOrder(Symplectic integrator, int order) {
        double[] exact = oracle(8);
        double coarse = distance(exact, motion(integrator, 0.1, 80));
        double fine = distance(exact, motion(integrator, 0.05, 160));
        assertEquals(order, Math.log(coarse / fine) / Math.log(2), 0.1);
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }

    /// The energy error neither grows with time nor passes its bound over a thousand periods.
    @ParameterizedTest
    @CsvSource({"LEAPFROG, 2e-3", "YOSHIDA, 1e-5"})
    void keepsTheEnergy(Symplectic integrator, double bound) {
        double[] q = Q.clone();
        double[] p = P.clone();
        double energy = SYSTEM.energy(q, p);
        double worst = 0;
        for (int i = 0; i < 6000; i++) {
            integrator.advance(SYSTEM, q, p, 0.1, 10);
            worst = Math.max(worst, Math.abs(SYSTEM.energy(q, p) / energy - 1));
        }
        assertTrue(worst < bound && worst > bound / 100, "worst energy error " + worst);
    }

    @ParameterizedTest
    @EnumSource
    void aStepBackUndoesAStep(Symplectic integrator) {
        double[] q = Q.clone();
        double[] p = P.clone();
        integrator.advance(SYSTEM, q, p, 0.1, 1000);
        assertTrue(distance(join(q, p), join(Q, P)) > 0.1);
        integrator.advance(SYSTEM, q, p, -0.1, 1000);
        assertArrayEquals(join(Q, P), join(q, p), 1e-11);
    }

    /// The force is −∂V/∂q and the velocity ∂T/∂p of the energy.
    @Test
    void equationsOfMotionAreThoseOfTheEnergy() {
        double[] force = new double[6];
        double[] velocity = new double[6];
        SYSTEM.force(Q, force);
        SYSTEM.velocity(P, velocity);
        for (int i = 0; i < 6; i++) {
            double[] up = Q.clone();
            double[] down = Q.clone();
            up[i] += 1e-5;
            down[i] -= 1e-5;
            assertEquals(force[i], -(SYSTEM.energy(up, P) - SYSTEM.energy(down, P)) / 2e-5, 1e-9);
            up = P.clone();
            down = P.clone();
            up[i] += 1e-5;
            down[i] -= 1e-5;
            assertEquals(velocity[i], (SYSTEM.energy(Q, up) - SYSTEM.energy(Q, down)) / 2e-5, 1e-9);
        }
    }
}
