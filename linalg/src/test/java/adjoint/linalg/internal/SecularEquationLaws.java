package adjoint.linalg.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Rng;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class SecularEquationLaws {
    /// Poles and weights over many orders of magnitude. Each root lies strictly between its poles, the function
    /// vanishes there as well as its terms allow, and the roots sum up to the trace.
    @Property(tries = 300)
    void rootsInterlaceAndVanish(
            @ForAll @IntRange(min = 1, max = 40) int k,
            @ForAll @DoubleRange(min = 0, max = 30) double spread,
            @ForAll @DoubleRange(min = -20, max = 5) double logRho,
            @ForAll long seed) {
        Rng rng = Rng.of(seed);
        double[] d = new double[k];
        double[] z = new double[k];
        double next = rng.normal(0);
        double squares = 0;
        for (int i = 0; i < k; i++) {
            d[i] = next;
            next += Math.max(1e-13, Math.exp(-spread * rng.uniform(100 + i)));
            z[i] = Math.copySign(Math.exp(-spread / 3 * rng.uniform(200 + i)), rng.normal(300 + i));
            squares += z[i] * z[i];
        }
        for (int i = 0; i < k; i++) {
            z[i] /= Math.sqrt(squares);
        }
        double rho = Math.exp(logRho);
        double trace = rho;
        double[] delta = new double[k];
        double[] work = new double[k + SecularEquation.WORK];
        for (int i = 0; i < k; i++) {
            double lambda = SecularEquation.root(k, i, d, z, rho, 0x1p-53, delta, 0, work);
            assertTrue(delta[i] < 0 && (i == k - 1 || delta[i + 1] > 0), "interlaces");
            assertEquals(lambda, d[i] - delta[i], 2 * Math.ulp(Math.max(Math.abs(lambda), Math.abs(d[i]))));
            double f = 1 / rho;
            double size = 1 / rho;
            double slope = 0;
            for (int j = 0; j < k; j++) {
                double term = z[j] / delta[j] * z[j];
                f += term;
                size += Math.abs(term);
                slope += Math.abs(term / delta[j]);
            }
            double tau = Math.min(Math.abs(delta[i]), i == k - 1 ? rho : Math.abs(delta[i + 1]));
            assertTrue(
                    Math.abs(f) <= 0x1p-52 * (4 * k * size + 4 * tau * slope),
                    "f = " + f + " of terms of size " + size);
            trace -= -delta[i];
        }
        assertEquals(0, trace, 1e-13 * k * rho);
    }
}
