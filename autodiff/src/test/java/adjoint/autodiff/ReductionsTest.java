package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Reductions and scans at their edges: ties, NaN, zeros, nothing at all. That they are what loops say is
/// [ReductionLaws].
class ReductionsTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private final Tensor x = Tensor.of(new double[] {1, 5, -2, 5, 0, -2}, 2, 3);

    private static double[] gradient(UnaryOperator<Tensor> f, Tensor at) {
        return Autodiff.grad(v -> f.apply(v).sum()).apply(at).toDoubles();
    }

    @Test
    void extremesShareTheGradientWhereTheyTie() {
        assertArrayEquals(new double[] {0, 0.5, 0, 0.5, 0, 0}, gradient(Tensor::max, x));
        assertArrayEquals(
                new double[] {0, 1, 1, 1, 0, 1}, gradient(v -> v.max(1).add(v.min()), x));
        assertArrayEquals(new double[] {0, 1, 0.5, 1, 0, 0.5}, gradient(v -> v.max(0), x));
    }

    @Test
    void notANumberIsExtreme() {
        Tensor y = Tensor.of(new double[] {1, NAN, 3, NAN});
        assertEquals(NAN, y.max().item());
        assertEquals(NAN, y.min().item());
        assertEquals(1, y.argmax().item());
        assertEquals(1, y.argmin().item());
        assertEquals(NAN, y.prod().item());
        assertEquals(NAN, y.var(0).item());
        assertArrayEquals(new double[] {1, NAN, NAN, NAN}, y.cumsum(0).toDoubles());
        assertArrayEquals(new double[] {1, NAN, NAN, NAN}, y.cumprod(0).toDoubles());
        assertEquals(1, y.any().item());
        assertEquals(4, y.countNonZero().item());
    }

    @Test
    void positionsOfExtremes() {
        assertEquals(1, x.argmax().item());
        assertEquals(2, x.argmin().item());
        assertArrayEquals(new int[] {2, 2}, x.argmin(1).toInts());
        assertArrayEquals(new int[] {0, 1, 0}, x.argmin(0).toInts());
        assertEquals(DType.I32, x.argmin(0).dtype());
    }

    @Test
    void reductionsOfNothing() {
        Tensor none = Tensor.zeros(DType.F64, 0, 3);
        assertArrayEquals(new double[] {1, 1, 1}, none.prod(0).toDoubles());
        assertArrayEquals(new double[] {NAN, NAN, NAN}, none.var(1, 0).toDoubles());
        assertArrayEquals(new double[] {NAN, NAN, NAN}, none.mean(0).toDoubles());
        assertArrayEquals(new double[] {0, 0, 0}, none.norm(2, 0).toDoubles());
        assertArrayEquals(new double[] {-INF, -INF, -INF}, none.logSumExp(0).toDoubles());
        assertArrayEquals(new double[] {0, 0, 0}, none.any(0).toDoubles());
        assertArrayEquals(new double[] {1, 1, 1}, none.all(0).toDoubles());
        assertEquals(0, none.countNonZero().item());
        assertEquals(Shape.of(0), none.max(1).shape());
        assertEquals(Shape.of(0, 3), none.cumsum(0).shape());
        assertEquals(Shape.of(0, 3), none.cumprod(1).shape());
        assertMessage("max: an axis of length 0 has no largest element, shape [0, 3]", () -> none.max(0));
        assertMessage("min: an axis of length 0 has no smallest element, shape [0, 3]", () -> none.min());
        assertMessage(
                "argmin: an axis of length 0 has no smallest element, shape [3, 0]",
                () -> Tensor.zeros(DType.F64, 3, 0).argmin(1));
        assertMessage("var: axis -1 of shape [0, 3] is named twice", () -> none.var(1, 1, -1));
    }

    private static void assertMessage(String text, org.junit.jupiter.api.function.Executable call) {
        assertEquals(text, assertThrows(ShapeError.class, call).getMessage());
    }

    @Test
    void scalarsAreReducedToThemselves() {
        Tensor s = Tensor.scalar(-3, DType.F64);
        assertEquals(-3, s.prod().item());
        assertEquals(-3, s.max().item());
        assertEquals(-3, s.logSumExp().item(), 1e-15);
        assertEquals(3, s.norm(2).item());
        assertEquals(0, s.var(0).item());
        assertEquals(NAN, s.var(1).item());
        assertEquals(1, s.countNonZero().item());
    }

    @Test
    void productsOfZerosHaveTheirGradients() {
        Tensor one = Tensor.of(new double[] {2, 0, 5});
        Tensor two = Tensor.of(new double[] {2, 0, 0});
        assertArrayEquals(new double[] {0, 10, 0}, gradient(Tensor::prod, one));
        assertArrayEquals(new double[] {0, 0, 0}, gradient(Tensor::prod, two));
        assertArrayEquals(new double[] {1, 12, 0}, gradient(v -> v.cumprod(0), one));
        assertArrayEquals(new double[] {1, 2, 0}, gradient(v -> v.cumprod(0), two));
        try (Tape tape = Tape.open()) {
            tape.watch(two);
            Tensor slope = tape.gradients(two.prod(), List.of(two)).getFirst();
            // ∂²/∂x₁∂x₂ is x₀ although both are 0.
            Tensor curvature =
                    tape.gradients(slope.slice(0, 1, 2).sum(), List.of(two)).getFirst();
            assertArrayEquals(new double[] {0, 0, 2}, curvature.toDoubles());
        }
    }

    @Test
    void norms() {
        Tensor y = Tensor.of(new double[] {3, -4, 0});
        assertEquals(7, y.norm(1).item());
        assertEquals(5, y.norm(2).item());
        assertEquals(4, y.norm(INF).item());
        assertEquals(0, y.norm(-INF).item());
        assertEquals(2, y.norm(0).item());
        assertEquals(Math.cbrt(27 + 64), y.norm(3).item(), 1e-14);
        Tensor zero = Tensor.zeros(DType.F64, 3);
        for (double p : new double[] {1, 2, 3, 1.5}) {
            assertEquals(0, zero.norm(p).item());
            assertArrayEquals(new double[3], gradient(v -> v.norm(p), zero), "p = " + p);
        }
    }

    @Test
    void deviationsOfEqualElementsHaveNoGradient() {
        Tensor equal = Tensor.full(7, DType.F64, 4);
        assertEquals(0, equal.std(1).item());
        assertArrayEquals(new double[4], gradient(v -> v.std(1), equal));
        try (Tape tape = Tape.open()) {
            tape.watch(equal);
            Tensor slope = tape.gradients(equal.std(1), List.of(equal)).getFirst();
            assertArrayEquals(
                    new double[4],
                    tape.gradients(slope.sum(), List.of(equal)).getFirst().toDoubles());
        }
    }

    @Test
    void truthOfMany() {
        assertArrayEquals(new double[] {1, 1, 1}, x.any(0).toDoubles());
        assertArrayEquals(new double[] {1, 0}, x.all(1).toDoubles());
        assertEquals(0, x.all().item());
        assertArrayEquals(new int[] {3, 2}, x.countNonZero(1).toInts());
        assertEquals(DType.I64, x.countNonZero(1).dtype());
    }
}
