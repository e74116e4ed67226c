package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;
import org.junit.jupiter.api.Test;

class GradCheckTest {
    private final Tensor x = Tensor.of(new double[] {2, 3});

    @Test
    void aRightGradientPasses() {
        GradCheck.check("square", v -> v.getFirst().square(), x);
        GradCheck.checkSecondOrder("square", v -> v.getFirst().square(), x);
    }

    @Test
    void aWrongGradientIsReported() {
        AssertionError e = assertThrows(
                AssertionError.class,
                () -> GradCheck.check(
                        "half", v -> v.get(1).mul(v.get(0)).mul(v.get(0).detach()), x, x));
        String text = e.getMessage();
        assertTrue(text.startsWith("half: gradient of input 0 [2] at coordinate 0 (x = 2.0) is "), text);
        assertTrue(text.contains(", differences say ") && text.endsWith("(weights of seed 20240229)"), text);
    }

    @Test
    void aWrongSecondOrderGradientIsReported() {
        AssertionError e = assertThrows(
                AssertionError.class,
                () -> GradCheck.checkSecondOrder("cube", v -> cubeWithWrongCurvature(v.getFirst()), x));
        assertTrue(e.getMessage().startsWith("gradient of cube: gradient of input 0"), e.getMessage());
    }

    /// x³ and its slope 3x² at every point, but with a slope that is a constant to whoever differentiates it again.
    private static Tensor cubeWithWrongCurvature(Tensor v) {
        Tensor slope = v.square().mul(3).detach();
        return v.sub(v.detach()).mul(slope).add(v.mul(v).mul(v).detach());
    }

    @Test
    void aNaNIsNotRight() {
        assertThrows(
                AssertionError.class,
                () -> GradCheck.check("sqrt", v -> v.getFirst().sub(5).sqrt(), Tensor.of(new double[] {1})));
    }

    @Test
    void differencesNeedDoubles() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> GradCheck.check("exp", v -> v.getFirst().exp(), Tensor.of(new float[] {1})));
        assertEquals("GradCheck of exp: input 0 is F32, differences need F64", e.getMessage());
    }

    /// A rule that is not linear in the tangent has no transpose, and so no gradient that fits it.
    @Test
    void aWrongTangentIsReported() {
        Function<Tensor, Tensor> wrong = Autodiff.customJvp((Tensor v) -> v.mul(1), (v, y, t) -> t.square());
        AssertionError e = assertThrows(
                AssertionError.class, () -> GradCheck.checkTangents("wrong", v -> wrong.apply(v.getFirst()), x));
        assertTrue(e.getMessage().startsWith("wrong: the tangent gives ⟨w, J·v⟩ = "), e.getMessage());
    }

    @Test
    void aRightTangentPasses() {
        GradCheck.checkTangents("products", v -> v.get(0).mul(v.get(1)).tanh(), x, x.neg());
    }

    /// The values of f are a million times its gradient, and so is what rounding leaves of them.
    @Test
    void roundingOfLargeValuesIsGranted() {
        GradCheck.check("shifted", v -> v.getFirst().add(1e6), x);
    }
}
