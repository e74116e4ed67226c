package adjoint.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Kernels;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LbfgsTest {
    /// Σ 100·(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², with its only minimum near the start at 1.
    private static double rosenbrock(double[] x, double[] gradient) {
        double f = 0;
        Arrays.fill(gradient, 0);
        for (int i = 0; i + 1 < x.length; i++) {
            double a = 1 - x[i];
            double b = x[i + 1] - x[i] * x[i];
            f += a * a + 100 * b * b;
            gradient[i] += -2 * a - 400 * x[i] * b;
            gradient[i + 1] += 200 * b;
        }
        return f;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 10, 100})
    void findsTheMinimumOfRosenbrock(int memory) {
        double[] x = {-1.2, 1, 0.3};
        Lbfgs.Result result = new Lbfgs(memory, 500, 1e-10).minimize(Kernels.f64(), x, LbfgsTest::rosenbrock);
        assertEquals(Lbfgs.Ending.CONVERGED, result.ending(), result::toString);
        assertArrayEquals(new double[] {1, 1, 1}, x, 1e-9);
        assertTrue(result.gradientNorm() <= 1e-10);
        assertTrue(result.evaluations() >= result.iterations() && result.iterations() > 3, result::toString);
    }

    @Test
    void findsItInSinglePrecision() {
        float[] x = {-1.2f, 1};
        Lbfgs.Result result = new Lbfgs(5, 200, 1e-3).minimize(Kernels.f32(), x, (at, gradient) -> {
            double[] exact = new double[2];
            double f = rosenbrock(new double[] {at[0], at[1]}, exact);
            gradient[0] = (float) exact[0];
            gradient[1] = (float) exact[1];
            return f;
        });
        assertEquals(Lbfgs.Ending.CONVERGED, result.ending(), result::toString);
        assertArrayEquals(new float[] {1, 1}, x, 1e-3f);
    }

    /// Each accepted step meets both conditions, and each step after the first follows the direction that the dense
    /// BFGS formula gives from the same pairs: `H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ`, from γI of the last pair.
    @Test
    void directionsAndStepsAreThoseOfTheBook() {
        int n = 6;
        double[] x = new double[n];
        Rng.of(5).fillNormal(x, 0, n, 0, 1);
        Lbfgs settings = new Lbfgs(4, 100, 1e-5);
        LbfgsRun<double[]> run = new LbfgsRun<>(settings, Kernels.f64(), x, LbfgsTest::rosenbrock);
        List<double[][]> pairs = new ArrayList<>();
        int checked = 0;
        while (!run.converged()) {
            double[] before = x.clone();
            double[] g0 = new double[n];
            double f0 = rosenbrock(before, g0);
            double[] d = direction(pairs.subList(Math.max(0, pairs.size() - 4), pairs.size()), g0);
            assertTrue(run.iterate());
            double[] s = new double[n];
            double[] y = new double[n];
            double[] g1 = new double[n];
            double f1 = rosenbrock(x, g1);
            double dd = 0;
            double sd = 0;
            for (int i = 0; i < n; i++) {
                s[i] = x[i] - before[i];
                y[i] = g1[i] - g0[i];
                dd += d[i] * d[i];
                sd += s[i] * d[i];
            }
            double alpha = sd / dd;
            for (int i = 0; i < n; i++) {
                // The dense formula and the two loops lose different bits: the condition of H is about 1e4. The step is
                // a difference of positions around 1.
                assertEquals(alpha * d[i], s[i], 1e-8 * Math.sqrt(dd) * alpha + 1e-15);
            }
            assertTrue(f1 <= f0 + settings.c1() * alpha * dot(g0, d) + 1e-14 * f0);
            assertTrue(Math.abs(dot(g1, d)) <= settings.c2() * Math.abs(dot(g0, d)) * (1 + 1e-6));
            pairs.add(new double[][] {s, y});
            checked++;
        }
        assertTrue(checked > 15, "only " + checked + " steps");
    }

    private static double[] direction(List<double[][]> pairs, double[] g) {
        int n = g.length;
        double[][] h = new double[n][n];
        double gamma = 1;
        if (!pairs.isEmpty()) {
            double[][] last = pairs.getLast();
            gamma = dot(last[0], last[1]) / dot(last[1], last[1]);
        }
        for (int i = 0; i < n; i++) {
            h[i][i] = gamma;
        }
        for (double[][] pair : pairs) {
            double[] s = pair[0];
            double[] y = pair[1];
            double rho = 1 / dot(s, y);
            double[] hy = new double[n];
            for (int i = 0; i < n; i++) {
                hy[i] = dot(h[i], y);
            }
            double yhy = dot(y, hy);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    h[i][j] += (1 + rho * yhy) * rho * s[i] * s[j] - rho * (hy[i] * s[j] + s[i] * hy[j]);
                }
            }
        }
        double[] d = new double[n];
        for (int i = 0; i < n; i++) {
            d[i] = -dot(h[i], g);
        }
        return d;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Test
    void resumesBitForBit() {
        double[] straight = {-1.2, 1, 0.3, -0.7};
        double[] first = straight.clone();
        Lbfgs settings = new Lbfgs(3, 100, 0);
        LbfgsRun<double[]> unbroken = new LbfgsRun<>(settings, Kernels.f64(), straight, LbfgsTest::rosenbrock);
        LbfgsRun<double[]> begun = new LbfgsRun<>(settings, Kernels.f64(), first, LbfgsTest::rosenbrock);
        for (int i = 0; i < 12; i++) {
            assertTrue(unbroken.iterate());
        }
        for (int i = 0; i < 7; i++) {
            assertTrue(begun.iterate());
        }
        double[] second = first.clone();
        SortedMap<String, Tensor> state = new TreeMap<>(begun.state());
        LbfgsRun<double[]> resumed = new LbfgsRun<>(settings, Kernels.f64(), second, LbfgsTest::rosenbrock);
        resumed.restore(state);
        for (int i = 0; i < 5; i++) {
            assertTrue(resumed.iterate());
        }
        assertArrayEquals(straight, second);
        assertEquals(
                "the state of L-BFGS needs count, I64 [1]; it is missing",
                assertThrows(IllegalArgumentException.class, () -> resumed.restore(Map.of()))
                        .getMessage());
    }

    /// A wall of NaN and infinity beyond the minimum is found by no step.
    @Test
    void whatIsNotFiniteIsTooFar() {
        double[] x = {3};
        Lbfgs.Result result = new Lbfgs(5, 100, 1e-9).minimize(Kernels.f64(), x, (at, gradient) -> {
            // x − log x, minimal at 1, undefined below 0.
            gradient[0] = 1 - 1 / at[0];
            return at[0] - Math.log(at[0]);
        });
        assertEquals(Lbfgs.Ending.CONVERGED, result.ending(), result::toString);
        assertEquals(1, x[0], 1e-8);
    }

    @Test
    void aWrongGradientMakesNoProgressAndChangesNothing() {
        double[] x = {3};
        Lbfgs.Result result = new Lbfgs(5, 100, 1e-9).minimize(Kernels.f64(), x, (at, gradient) -> {
            gradient[0] = -2 * at[0];
            return at[0] * at[0];
        });
        assertEquals(Lbfgs.Ending.NO_PROGRESS, result.ending());
        assertEquals(0, result.iterations());
        assertEquals(3, x[0]);
    }

    @Test
    void theStartMustBeFinite() {
        assertEquals(
                "the loss at the start is NaN, its gradient's norm 0.0; both must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Lbfgs(1, 1, 0)
                                        .minimize(Kernels.f64(), new double[] {1}, (_, _) -> Double.NaN))
                        .getMessage());
    }

    @Test
    void endsAtTheMinimumAtOnce() {
        double[] x = {1, 1};
        Lbfgs.Result result = new Lbfgs(5, 100, 1e-9).minimize(Kernels.f64(), x, LbfgsTest::rosenbrock);
        assertEquals(0, result.iterations());
        assertEquals(Lbfgs.Ending.CONVERGED, result.ending());
        assertFalse(result.evaluations() > 1);
    }
}
