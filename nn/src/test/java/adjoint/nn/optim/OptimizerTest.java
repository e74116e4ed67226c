package adjoint.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.nn.optim.DualPreconditionedSgd.Geometry;
import adjoint.nn.optim.DualPreconditionedSgd.Reference;
import adjoint.nn.optim.MatrixOptimizer.Ball;
import adjoint.nn.optim.MatrixOptimizer.Scaling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

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
        FlatParameters flat = flat(optimizer, Shape.of(3));
        double[] p = (double[]) flat.values();
        System.arraycopy(new double[] {1, -2, 0.5}, 0, p, 0, 3);
        double[] gradient = (double[]) flat.buffer();
        for (int t = 1; t <= 8; t++) {
            gradient[0] = Math.sin(t);
            gradient[1] = 0.1 * t * Math.cos(t);
            gradient[2] = 1e-3 * (t - 4);
            flat.step(new Object[] {gradient}, 1, 1, t, 1);
            if (t == 4) {
                assertArrayEquals(after4, Arrays.copyOf(p, 3), 1e-14);
            }
        }
        assertArrayEquals(after8, Arrays.copyOf(p, 3), 1e-14);
    }

    private static FlatParameters flat(Optimizer optimizer, Shape... shapes) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < shapes.length; i++) {
            names.add("p" + i);
        }
        return new FlatParameters(DType.F64, names, List.of(shapes), ParameterGroup.all(optimizer), Clipping.none(), 1);
    }

    @Test
    void theFirstStepsOfRadamAreMomentumSteps() {
        // With β₂ = 0.999, ρ first passes 5 at t = 6: ρ₅ = 4.996, ρ₆ = 5.994.
        for (RAdam.Variant variant : RAdam.Variant.values()) {
            RAdam radam = new RAdam(1e-3, variant);
            double[] numbers = new double[9];
            for (int t = 1; t <= 5; t++) {
                radam.numbers(t, 1e-3, new Numbers(numbers, 0));
                // rate·m/(0·√v + 1)
                assertArrayEquals(new double[] {0, 1}, Arrays.copyOfRange(numbers, 7, 9));
                assertEquals(1e-3 / (1 - Math.pow(0.9, t)), numbers[6], 1e-17);
            }
            radam.numbers(6, 1e-3, new Numbers(numbers, 0));
            assertArrayEquals(new double[] {1, 1e-8}, Arrays.copyOfRange(numbers, 7, 9));
            // Long after, rectification and bias corrections have gone: the plain rate is left.
            radam.numbers(1_000_000, 1e-3, new Numbers(numbers, 0));
            assertEquals(1e-3, numbers[6], 1e-12);
        }
    }

    @Test
    void theNormShowsWhatIsNotFinite() {
        FlatParameters flat = new FlatParameters(
                DType.F32,
                List.of("a", "b"),
                List.of(Shape.of(20), Shape.of(2, 3)),
                ParameterGroup.all(new Adam(1)),
                Clipping.none(),
                2);
        float[] gradient = (float[]) flat.buffer();
        Object[] gradients = {gradient, flat.buffer()};
        assertNull(flat.nonFinite(gradients));
        gradient[flat.offset(1) + 4] = Float.POSITIVE_INFINITY;
        assertEquals(Double.POSITIVE_INFINITY, flat.norm(gradients));
        assertEquals("b [2, 3] is Infinity at element 4", flat.nonFinite(gradients));
        gradient[3] = Float.NaN;
        assertTrue(Double.isNaN(flat.norm(gradients)));
        assertEquals("a [20] is NaN at element 3", flat.nonFinite(gradients));
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

    static Stream<Arguments> refused() {
        return Stream.of(
                refusal(() -> new Sgd(-1), "learning rate must be ≥ 0, got -1.0"),
                refusal(() -> new Sgd(1, 1, 0, 0, false), "momentum must be in [0, 1), got 1.0"),
                refusal(() -> new Sgd(1, 0.9, 1.5, 0, false), "dampening must be in [0, 1], got 1.5"),
                refusal(
                        () -> new Sgd(1, 0.9, 0.1, 0, true),
                        "Nesterov's method needs momentum > 0 and no dampening, got momentum 0.9 and dampening 0.1"),
                refusal(() -> new NAdam(1, 0.9, 0.99, 1e-8, 0, -1), "momentum decay must be ≥ 0, got -1.0"),
                refusal(() -> new Adagrad(1, -1, 0, 0, 1e-10), "decay of the learning rate must be ≥ 0, got -1.0"),
                refusal(() -> new Adagrad(1, 0, 0, -1, 1e-10), "initial sum must be ≥ 0, got -1.0"),
                refusal(() -> new RmsProp(1, 1, 1e-8, 0, 0, false), "alpha must be in [0, 1), got 1.0"),
                refusal(() -> new Adamax(1, 0.9, 0.9, 0, 0), "epsilon must be > 0, got 0.0"),
                refusal(() -> new Lion(1, 0.9, 0.99, Double.NaN), "weight decay must be ≥ 0, got NaN"),
                refusal(() -> new Lamb(Double.POSITIVE_INFINITY), "learning rate must be ≥ 0, got Infinity"),
                refusal(() -> new Muon(0.1, -0.1, true, 0, Scaling.NONE), "momentum must be in [0, 1), got -0.1"),
                refusal(
                        () -> new Scion(0.1, 0, 1, Ball.SIGN, Scaling.NONE, false),
                        "averaging must be in (0, 1], got 0.0"),
                refusal(() -> new Scion(0.1, 1, 0, Ball.SIGN, Scaling.NONE, false), "radius must be > 0, got 0.0"),
                refusal(
                        () -> new Scion(1.5, 1, 1, Ball.SIGN, Scaling.NONE, true),
                        "learning rate within a ball must be ≤ 1, got 1.5"),
                refusal(
                        () -> new DualPreconditionedSgd(1, 0, Reference.COSH, Geometry.SEPARABLE, 0),
                        "scale must be > 0, got 0.0"),
                refusal(() -> new Lbfgs(0, 1, 1e-8), "memory must be ≥ 1, got 0"),
                refusal(() -> new Lbfgs(5, 10, 20, 0, 0.9, 0.1), "c2 must be in (c1, 1), got 0.1"));
    }

    private static Arguments refusal(Executable creation, String message) {
        return Arguments.of(creation, message);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatIsOutOfRangeIsNamed(Executable creation, String expected) {
        String message = assertThrows(IllegalArgumentException.class, creation).getMessage();
        assertTrue(message.endsWith(expected), message);
    }

    @Test
    void theSpectralBallIsForMatrices() {
        assertEquals(
                "the spectral ball is one of matrices; p1 [4] belongs in a group with another optimiser",
                assertThrows(IllegalArgumentException.class, () -> flat(new Muon(0.1), Shape.of(2, 3), Shape.of(4)))
                        .getMessage());
    }

    /// What it says of 40000 steps at once, the bounded product says too.
    @Test
    void theProductOfMomentaOfNadamIsBounded() {
        double[] early = new double[9];
        double[] late = new double[9];
        NAdam nadam = new NAdam(1);
        nadam.numbers(40_000, 1, new Numbers(early, 0));
        nadam.numbers(40_000_000, 1, new Numbers(late, 0));
        double mu = 0.9 * (1 - 0.5 * Math.pow(0.96, 0.004 * 40_001));
        assertEquals(mu, early[5], 1e-15);
        assertEquals(0.9, late[5], 1e-15);
    }

    /// A formula with another number of scalars than the optimiser gives.
    @Test
    void aRuleOfYourOwnIsChecked() {
        record Forgetful(double learningRate) implements ElementwiseOptimizer {
            private static final StepRule RULE = StepRule.define(
                    "forgetful",
                    List.of(),
                    e -> e.next(e.parameter().sub(e.gradient().mul(e.number()))));

            @Override
            public StepRule rule() {
                return RULE;
            }

            @Override
            public void numbers(long step, double rate, Numbers numbers) {}
        }
        FlatParameters flat = flat(new Forgetful(1), Shape.of(2));
        assertEquals(
                "StepRule forgetful takes 1 numbers, the optimiser gave 0",
                assertThrows(IllegalStateException.class, () -> flat.step(new Object[] {flat.buffer()}, 1, 1, 1, 1))
                        .getMessage());
    }
}
