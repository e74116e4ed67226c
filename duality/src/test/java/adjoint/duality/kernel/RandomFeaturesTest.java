package adjoint.duality.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.GradCheck;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RandomFeaturesTest {
    private static final int DRAWS = 400_000;
    private static final Tensor X = Tensor.of(new double[] {0.5, -0.3, 0.2}, 1, 3);
    private static final Tensor Y = Tensor.of(new double[] {0.1, 0.4, 0.3}, 1, 3);

    static Stream<RandomFeatures> maps() {
        return Stream.of(Frequencies.values())
                .flatMap(how -> Stream.of(
                        RandomFeatures.fourier(3, DRAWS, how, Rng.of(1)),
                        RandomFeatures.trigonometric(3, DRAWS, how, Rng.of(2)),
                        RandomFeatures.positive(3, DRAWS, how, Rng.of(3)),
                        RandomFeatures.hyperbolic(3, DRAWS, how, Rng.of(4)),
                        RandomFeatures.optimal(3, DRAWS, RandomFeatures.damping(0.6, 3), how, Rng.of(5)),
                        RandomFeatures.arcCosine(0, 3, DRAWS, how, Rng.of(6)),
                        RandomFeatures.arcCosine(1, 3, DRAWS, how, Rng.of(7))));
    }

    /// Identities 19 and 20: the mean is the kernel within 4 standard errors, the variance of one direction the formula
    /// within 5 %.
    @ParameterizedTest
    @MethodSource("maps")
    void identity19And20MeanAndVariance(RandomFeatures map) {
        double[] estimates = perDirection(map, X, Y);
        double mean = 0;
        for (double e : estimates) {
            mean += e / estimates.length;
        }
        double variance = 0;
        for (double e : estimates) {
            variance += (e - mean) * (e - mean) / estimates.length;
        }
        double unit = map.unit().apply(X, Y).item();
        double kernel = map.kernel().gram(X, Y).item();
        assertEquals(kernel, mean, 4 * Math.sqrt(unit / DRAWS), "mean");
        assertEquals(unit, variance, 0.05 * unit, "variance");
        assertEquals(mean, map.pair().gram(X, Y).item(), 1e-9, "features");
        assertEquals(unit / DRAWS, map.variance(X, Y).item(), 1e-15);
    }

    /// Identity 20: optimal features have the published ratio to FAVOR+: less variance, none of it lost to A.
    @Test
    void identity20OptimalFeaturesHaveLessVariance() {
        Tensor z = X.add(Y);
        double damping = RandomFeatures.damping(z.square().sum().item(), 3);
        double best = optimalVariance(damping);
        assertTrue(best < optimalVariance(0));
        assertTrue(best <= optimalVariance(damping + 1e-3) && best <= optimalVariance(damping - 1e-3));
        assertEquals(0, RandomFeatures.damping(0, 3));
    }

    private static double optimalVariance(double damping) {
        return RandomFeatures.optimal(3, 1, damping, Frequencies.INDEPENDENT, Rng.of(1))
                .unit()
                .apply(X, Y)
                .item();
    }

    /// Identity 21: orthogonal directions, m = d = 8, over 60,000 draws: the mean square error is below that of
    /// independent ones, and below the bound MSE_iid − 2(m − 1)/(m(d + 2))·(SM − e^(−(‖q‖² + ‖k‖²)/2))², each with a
    /// confidence of 99.9 %. The first is of draws paired by their Gaussian block, the second of the same draws: each
    /// direction alone is an independent one, so its errors e_i have Σe_i²/m² where orthogonal ones have (Σe_i)²/m².
    @Test
    void identity21OrthogonalDirectionsHaveLessError() {
        int d = 8;
        Tensor q = Tensor.normal(Rng.of(21), 0, 0.25, DType.F64, 1, d);
        Tensor k = Tensor.normal(Rng.of(22), 0, 0.25, DType.F64, 1, d);
        double sm = new ExponentialDot(1).gram(q, k).item();
        int trials = 60_000;
        double[] paired = new double[trials];
        double[] same = new double[trials];
        double alone = 0;
        for (int t = 0; t < trials; t++) {
            Rng key = Rng.of(77).child(t);
            double squares = 0;
            double sum = 0;
            RandomFeatures map = RandomFeatures.positive(d, d, Frequencies.ORTHOGONAL, key);
            for (double estimate : perDirection(map, q, k)) {
                squares += (estimate - sm) * (estimate - sm) / (d * d);
                sum += (estimate - sm) / d;
            }
            RandomFeatures other = RandomFeatures.positive(d, d, Frequencies.INDEPENDENT, key.child(0));
            double error = other.pair().gram(q, k).item() - sm;
            paired[t] = error * error - sum * sum;
            same[t] = squares - sum * sum;
            alone += squares / trials;
        }
        RandomFeatures map = RandomFeatures.positive(d, d, Frequencies.INDEPENDENT, Rng.of(1));
        double iid = map.variance(q, k).item();
        double lengths = q.square().sum().add(k.square().sum()).item();
        double gap = sm - Math.exp(-lengths / 2);
        assertEquals(iid, alone, 0.05 * iid);
        assertMeanAbove(0, paired);
        assertMeanAbove(2.0 * (d - 1) / (d * (d + 2)) * gap * gap, same);
    }

    /// With a confidence of 99.9 %, on one side.
    private static void assertMeanAbove(double bound, double[] draws) {
        double mean = Arrays.stream(draws).average().orElseThrow();
        double variance =
                Arrays.stream(draws).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
        double error = Math.sqrt(variance / draws.length);
        assertTrue(mean - 3.1 * error > bound, mean + " ± " + error + ", bound " + bound);
    }

    @Test
    void directionsAreOrthogonalInBlocks() {
        Tensor omega = Frequencies.ORTHOGONAL.draw(7, 3, Rng.of(2));
        for (int from = 0; from < 7; from += 3) {
            Tensor block = omega.slice(0, from, Math.min(7, from + 3));
            Tensor gram = block.matmul(block.transpose(0, 1));
            double off =
                    gram.square().sum().item() - gram.diagonal(0).square().sum().item();
            assertEquals(0, off, 1e-24 + 1e-14 * gram.square().sum().item());
        }
    }

    @Test
    void gradients() {
        RandomFeatures map = RandomFeatures.hyperbolic(3, 4, Frequencies.ORTHOGONAL, Rng.of(4));
        GradCheck.check("hyperbolic", in -> map.pair().gram(in.get(0), in.get(1)), X, Y);
    }

    @Test
    void refusals() {
        RandomFeatures map = RandomFeatures.fourier(3, 4, Frequencies.INDEPENDENT, Rng.of(4));
        Tensor wide = KernelTest.normal("x", 2, 5);
        var width =
                assertThrows(IllegalArgumentException.class, () -> map.pair().gram(wide, wide));
        assertEquals("these random features were drawn for rows of 3 components, not 5", width.getMessage());
        var damping = assertThrows(
                IllegalArgumentException.class,
                () -> RandomFeatures.optimal(3, 4, 0.2, Frequencies.INDEPENDENT, Rng.of(4)));
        assertTrue(damping.getMessage().contains("must be below 1/8, not 0.2"), damping.getMessage());
    }

    /// The estimates of the directions, whose mean is φ(x)ᵀφ(y).
    private static double[] perDirection(RandomFeatures map, Tensor x, Tensor y) {
        Tensor products = map.pair().query().features(x).mul(map.pair().key().features(y));
        int perSample = products.size() / map.samples();
        return products.reshape(perSample, map.samples())
                .sum(0)
                .mul(map.samples())
                .toDoubles();
    }
}
