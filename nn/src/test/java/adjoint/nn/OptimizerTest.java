package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Known trajectories: p starts at (1, −2, 0.5), the gradient of step t is (sin t, 0.1·t·cos t, 0.001·(t − 4)),
/// lr 0.1, β₁ 0.8, ε 1e-6, weight decay 0.05.
class OptimizerTest {
    @Test
    void adamEqualsPyTorch() {
        // torch.optim.Adam 2.13 in float64, β₂ 0.9, after steps 4 and 8.
        check(
                new Adam(0.1, 0.8, 0.9, 1e-6, 0.05),
                new double[] {0.6937079092633268, -1.627546571271098, 0.11164689315054019},
                new double[] {0.6977811187375551, -1.6111415806538318, -0.16789025915769915});
    }

    @Test
    void adamWEqualsPyTorch() {
        // torch.optim.AdamW 2.13 in float64, β₂ 0.9, after steps 4 and 8.
        check(
                new AdamW(0.1, 0.8, 0.9, 1e-6, 0.05),
                new double[] {0.683430989754308, -1.873207118314592, 0.84176579429307},
                new double[] {0.693491169035905, -1.9179516369546719, 0.7445601855672621});
    }

    @Test
    void radamEqualsPyTorch() {
        // torch.optim.RAdam 2.13 in float64, β₂ 0.99, after steps 4 and 8: on both sides of ρ = 5, which is at t = 6.
        check(
                new RAdam(0.1, 0.8, 0.99, 1e-6, 0.05, RAdam.Variant.PYTORCH),
                new double[] {0.7392963870583277, -1.9320745018749224, 0.4908908682587922},
                new double[] {0.751932494515658, -1.918567651790381, 0.4568636661685248});
    }

    @Test
    void radamOfItsAuthors() {
        // The rule of the authors' program (its degenerated_to_sgd), β₂ 0.99, in plain double arithmetic.
        check(
                new RAdam(0.1, 0.8, 0.99, 1e-6, 0.05, RAdam.Variant.AUTHORS),
                new double[] {0.7403445274654133, -1.9322317769306785, 0.4909190917831745},
                new double[] {0.743633869835949, -1.8994685585200195, 0.46782828859003406});
    }

    private static void check(Optimizer optimizer, double[] after4, double[] after8) {
        Parameter p = Parameter.of(Tensor.of(new double[] {1, -2, 0.5}, 3));
        ParameterStore store = store(p);
        double[] gradient = (double[]) store.buffer();
        for (int t = 1; t <= 8; t++) {
            gradient[0] = Math.sin(t);
            gradient[1] = 0.1 * t * Math.cos(t);
            gradient[2] = 1e-3 * (t - 4);
            store.update(new Object[] {gradient}, 1, optimizer.update(t));
            if (t == 4) {
                assertArrayEquals(after4, p.value().toDoubles(), 1e-14);
            }
        }
        assertArrayEquals(after8, p.value().toDoubles(), 1e-14);
    }

    @Test
    void theFirstStepsOfRadamAreMomentumSteps() {
        // With β₂ = 0.999, ρ first passes 5 at t = 6: ρ₅ = 4.996, ρ₆ = 5.994.
        for (RAdam.Variant variant : RAdam.Variant.values()) {
            RAdam radam = new RAdam(1e-3, variant);
            for (int t = 1; t <= 5; t++) {
                assertTrue(!radam.update(t).adaptive());
                assertEquals(1e-3 / (1 - Math.pow(0.9, t)), radam.update(t).rate(), 1e-17);
            }
            assertTrue(radam.update(6).adaptive());
            // Long after, rectification and bias corrections have gone: the plain rate is left.
            assertEquals(1e-3, radam.update(1_000_000).rate(), 1e-12);
        }
    }

    static List<Optimizer> optimizers() {
        return List.of(
                new Adam(0.02, 0.9, 0.99, 1e-8, 0.1),
                new AdamW(0.02, 0.9, 0.99, 1e-8, 0.1),
                new RAdam(0.02, 0.9, 0.99, 1e-8, 0.1, RAdam.Variant.PYTORCH),
                new RAdam(0.02, 0.9, 0.99, 1e-8, 0.1, RAdam.Variant.AUTHORS));
    }

    /// Several parameters, shards and steps with clipping, against loops written after the definitions.
    @ParameterizedTest
    @MethodSource("optimizers")
    void fusedEqualsTheDefinition(Optimizer optimizer) {
        for (int shards = 1; shards <= 3; shards++) {
            double[] start = Tensor.uniform(Rng.of(1), -1, 1, DType.F64, 5000).toDoubles();
            Parameter a = Parameter.of(Tensor.of(start, 5000));
            Parameter b = Parameter.full(2, DType.F64, 3, 7);
            ParameterStore store = store(a, b);
            Reference first = new Reference(start);
            Reference second = new Reference(b.value().toDoubles());
            for (int t = 1; t <= 12; t++) {
                double[] sum = new double[5021];
                Object[] gradients = new Object[shards];
                for (int s = 0; s < shards; s++) {
                    double[] drawn = Tensor.normal(Rng.of(2).child(t).child(s), 0, 1, DType.F64, 5021)
                            .toDoubles();
                    double[] gradient = (double[]) store.buffer();
                    System.arraycopy(drawn, 0, gradient, 0, 5000);
                    // Parameters start at multiples of 16.
                    System.arraycopy(drawn, 5000, gradient, 5008, 21);
                    gradients[s] = gradient;
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] += drawn[i];
                    }
                }
                double squares = 0;
                for (double g : sum) {
                    squares += g * g;
                }
                assertEquals(Math.sqrt(squares), store.norm(gradients), 1e-12 * Math.sqrt(squares));
                store.update(gradients, 0.3, optimizer.update(t));
                first.step(optimizer, t, 0.3, sum, 0);
                second.step(optimizer, t, 0.3, sum, 5000);
            }
            assertArrayEquals(first.p, a.value().toDoubles(), 1e-12);
            assertArrayEquals(second.p, b.value().toDoubles(), 1e-12);
        }
    }

    /// Adam, AdamW and RAdam as their papers and programs state them.
    private static final class Reference {
        final double[] p;
        private final double[] m;
        private final double[] v;

        Reference(double[] start) {
            p = start.clone();
            m = new double[p.length];
            v = new double[p.length];
        }

        void step(Optimizer optimizer, int t, double clip, double[] gradients, int from) {
            for (int i = 0; i < p.length; i++) {
                double g = clip * gradients[from + i];
                switch (optimizer) {
                    case Adam o -> {
                        moments(i, g + o.weightDecay() * p[i], o.beta1(), o.beta2());
                        double vHat = v[i] / (1 - Math.pow(o.beta2(), t));
                        p[i] -= o.learningRate() * mHat(i, o.beta1(), t) / (Math.sqrt(vHat) + o.epsilon());
                    }
                    case AdamW o -> {
                        p[i] -= o.learningRate() * o.weightDecay() * p[i];
                        moments(i, g, o.beta1(), o.beta2());
                        double vHat = v[i] / (1 - Math.pow(o.beta2(), t));
                        p[i] -= o.learningRate() * mHat(i, o.beta1(), t) / (Math.sqrt(vHat) + o.epsilon());
                    }
                    case RAdam o -> radam(i, o, t, g);
                }
            }
        }

        private void radam(int i, RAdam o, int t, double g) {
            boolean authors = o.variant() == RAdam.Variant.AUTHORS;
            if (authors) {
                p[i] *= 1 - o.learningRate() * o.weightDecay();
            }
            moments(i, authors ? g : g + o.weightDecay() * p[i], o.beta1(), o.beta2());
            double power = Math.pow(o.beta2(), t);
            double limit = 2 / (1 - o.beta2()) - 1;
            double rho = limit - 2 * t * power / (1 - power);
            double mHat = mHat(i, o.beta1(), t);
            if (rho > 5) {
                double rectification = Math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho));
                p[i] -= o.learningRate()
                        * mHat
                        * rectification
                        * Math.sqrt(1 - power)
                        / (Math.sqrt(v[i]) + o.epsilon());
            } else {
                p[i] -= o.learningRate() * mHat;
            }
        }

        private void moments(int i, double g, double beta1, double beta2) {
            m[i] = beta1 * m[i] + (1 - beta1) * g;
            v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        }

        private double mHat(int i, double beta1, int t) {
            return m[i] / (1 - Math.pow(beta1, t));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 16})
    void theNumberOfThreadsShowsInNoBit(int threads) {
        assertArrayEquals(trajectory(1), trajectory(threads));
    }

    private static float[] trajectory(int threads) {
        int n = 300_000;
        Parameter p = Parameter.uniform(Rng.of(4), 1, DType.F32, n);
        ParameterStore store = store(p);
        Object[] gradients = {store.buffer(), store.buffer()};
        try (var _ = Parallel.with(threads)) {
            for (int t = 1; t <= 3; t++) {
                Rng.of(t).fillNormal(gradients[0], 0, n, 0, 1);
                Rng.of(-t).fillNormal(gradients[1], 0, n, 0, 1);
                double norm = store.norm(gradients);
                store.update(gradients, 1 / norm, new AdamW(1e-2).update(t));
            }
        }
        return p.value().toFloats();
    }

    @Test
    void theNormShowsWhatIsNotFinite() {
        Parameter a = Parameter.full(0, DType.F32, 20);
        Parameter b = Parameter.full(0, DType.F32, 2, 3);
        ParameterStore store = store(a, b);
        float[] gradient = (float[]) store.buffer();
        Object[] gradients = {gradient, store.buffer()};
        gradient[32 + 4] = Float.POSITIVE_INFINITY;
        assertEquals(Double.POSITIVE_INFINITY, store.norm(gradients));
        assertEquals("the gradient of p1 [2, 3] is Infinity at element 4", store.nonFiniteGradient(gradients));
        gradient[3] = Float.NaN;
        assertTrue(Double.isNaN(store.norm(gradients)));
        assertEquals("the gradient of p0 [20] is NaN at element 3", store.nonFiniteGradient(gradients));
    }

    @Test
    void settingsAreChecked() {
        assertEquals(
                "the optimiser's learning rate must be ≥ 0, got NaN",
                assertThrows(IllegalArgumentException.class, () -> new Adam(Double.NaN))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> new AdamW(-1));
        assertThrows(IllegalArgumentException.class, () -> new Adam(1, 1, 0.9, 1e-8, 0));
        assertThrows(IllegalArgumentException.class, () -> new Adam(1, 0.9, -0.1, 1e-8, 0));
        assertThrows(IllegalArgumentException.class, () -> new Adam(1, 0.9, 0.9, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Adam(1, 0.9, 0.9, 1e-8, -1));
    }

    @Test
    void aStoreNeedsParametersOfOneDtype() {
        assertEquals(
                "the model has no parameters",
                assertThrows(IllegalArgumentException.class, () -> store()).getMessage());
        assertEquals(
                "all parameters must be of one dtype: p0 is F32, p1 is F64",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> store(Parameter.full(0, DType.F32, 1), Parameter.full(0, DType.F64, 1)))
                        .getMessage());
    }

    private static ParameterStore store(Parameter... parameters) {
        return new ParameterStore(Parameters.of(parts -> {
            for (int i = 0; i < parameters.length; i++) {
                parts.parameter("p" + i, parameters[i]);
            }
        }));
    }
}
