package adjoint.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.linalg.Rng;
import adjoint.nn.optim.DualPreconditionedSgd.Geometry;
import adjoint.nn.optim.DualPreconditionedSgd.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/// The mathematics of [DualPreconditionedSgd].
class DualPreconditionedLaws {
    /// h′, from the definition of h.
    private static double slope(Reference reference, double x) {
        double size = Math.abs(x);
        return Math.signum(x)
                * switch (reference) {
                    case QUADRATIC -> size;
                    case COSH -> Math.sinh(size);
                    case EXPONENTIAL -> Math.expm1(size);
                    case LOGARITHMIC -> size / (1 - size);
                    case CIRCULAR -> size / Math.sqrt((1 - size) * (1 + size));
                };
    }

    private static double h(Reference reference, double x) {
        double size = Math.abs(x);
        return switch (reference) {
            case QUADRATIC -> x * x / 2;
            case COSH -> Math.cosh(x) - 1;
            case EXPONENTIAL -> Math.expm1(size) - size;
            case LOGARITHMIC -> size >= 1 ? Double.POSITIVE_INFINITY : -size - Math.log1p(-size);
            case CIRCULAR -> size > 1 ? Double.POSITIVE_INFINITY : 1 - Math.sqrt(1 - x * x);
        };
    }

    /// ∇φ*∘∇φ = id: h*′ is the inverse of h′. What the slope lost to rounding near ±1 is no fault of the inverse.
    @Property
    void theConjugatesSlopeInvertsTheSlope(
            @ForAll Reference reference, @ForAll @DoubleRange(min = -0.9, max = 0.9) double x) {
        assertEquals(x, reference.preconditioned(slope(reference, x)), 4e-15 * Math.abs(x));
    }

    /// h*′ is odd and grows, and h* is its integral: Fenchel–Young holds with equality at x = h*′(y) and only there.
    @Property
    void fenchelYoung(
            @ForAll Reference reference,
            @ForAll @DoubleRange(min = -20, max = 20) double y,
            @ForAll @DoubleRange(min = -0.99, max = 0.99) double other) {
        double x = reference.preconditioned(y);
        double best = x * y - h(reference, x);
        assertTrue(other * y - h(reference, other) <= best + 1e-12 * (1 + Math.abs(best)));
        assertEquals(-x, reference.preconditioned(-y));
    }

    private static double[] step(
            DualPreconditionedSgd method, double[] start, double[] gradient, int steps, UnaryOperator<double[]> next) {
        int n = start.length;
        FlatParameters flat = new FlatParameters(
                DType.F64, List.of("x"), List.of(Shape.of(n)), ParameterGroup.all(method), Clipping.none(), 1);
        double[] x = (double[]) flat.values();
        System.arraycopy(start, 0, x, 0, n);
        double[] buffer = (double[]) flat.buffer();
        double[] g = gradient;
        for (int t = 1; t <= steps; t++) {
            System.arraycopy(g, 0, buffer, 0, n);
            flat.step(new Object[] {buffer}, 1, 1, t, 1);
            g = next.apply(Arrays.copyOf(x, n));
        }
        return Arrays.copyOf(x, n);
    }

    private static double[] draws(int seed, int n, double size) {
        double[] x = new double[n];
        Rng.of(seed).fillNormal(x, 0, n, 0, size);
        return x;
    }

    /// With a bounded h*′ no step is longer than γ: clipping.
    @Property
    void boundedIsotropicStepsClip(
            @ForAll @IntRange(min = 1, max = 1000) int seed,
            @ForAll @IntRange(min = 1, max = 50) int n,
            @ForAll @DoubleRange(min = 0.01, max = 1000) double size,
            @ForAll boolean circular) {
        double gamma = 0.37;
        Reference reference = circular ? Reference.CIRCULAR : Reference.LOGARITHMIC;
        double[] start = draws(seed, n, 1);
        double[] gradient = draws(-seed, n, size);
        double[] end =
                step(new DualPreconditionedSgd(gamma, 3, reference, Geometry.ISOTROPIC, 0), start, gradient, 1, x -> x);
        double squares = 0;
        double along = 0;
        for (int i = 0; i < n; i++) {
            squares += Math.pow(end[i] - start[i], 2);
            along += (end[i] - start[i]) * gradient[i];
        }
        assertTrue(Math.sqrt(squares) <= gamma * (1 + 1e-12));
        assertTrue(along < 0);
    }

    /// h = x²/2 is gradient descent with the rate γ·λ, isotropic and separable.
    @Property(tries = 50)
    void quadraticIsGradientDescent(@ForAll @IntRange(min = 1, max = 1000) int seed, @ForAll Geometry geometry) {
        double[] start = draws(seed, 9, 1);
        double[] gradient = draws(-seed, 9, 1);
        double[] end =
                step(new DualPreconditionedSgd(0.2, 1.5, Reference.QUADRATIC, geometry, 0), start, gradient, 1, x -> x);
        double[] expected = new double[9];
        Arrays.setAll(expected, i -> start[i] - 0.3 * gradient[i]);
        assertArrayEquals(expected, end, 1e-14);
    }

    /// A loss in one variable whose step is known to descend.
    private record Smooth(
            String name,
            Reference reference,
            double gamma,
            double lambda,
            ToDoubleFunction<double[]> f,
            UnaryOperator<double[]> gradient) {}

    /// f is smooth relative to the reference in the sense of the paper where `h*′(λ·f′)` has a slope of at most 1/γ·1
    /// in x (h*′∘λf′ is 1/γ-Lipschitz), which is what makes the forward step x − γ∇φ*(λf′) nonexpansive on a line:
    /// cosh with arsinh: arsinh(sinh x) = x, slope 1; the quartic x⁴/4 with the logarithm: ln(1 + |x|³) has the slope
    /// 3x²/(1 + |x|³) ≤ 2^(2/3); the same with y/(1 + |y|): 3x²/(1 + |x|³)² ≤ 1.06; neither is Lipschitz smooth.
    private static List<Smooth> losses() {
        ToDoubleFunction<double[]> cosh = x -> Arrays.stream(x).map(Math::cosh).sum();
        UnaryOperator<double[]> sinh = x -> Arrays.stream(x).map(Math::sinh).toArray();
        ToDoubleFunction<double[]> quartic =
                x -> Arrays.stream(x).map(v -> v * v * v * v / 4).sum();
        UnaryOperator<double[]> cubic =
                x -> Arrays.stream(x).map(v -> v * v * v).toArray();
        return List.of(
                new Smooth("cosh", Reference.COSH, 1, 1, cosh, sinh),
                new Smooth("cosh", Reference.CIRCULAR, 1, 1, cosh, sinh),
                new Smooth("quartic", Reference.EXPONENTIAL, 1 / 1.59, 1, quartic, cubic),
                new Smooth("quartic", Reference.LOGARITHMIC, 1 / 1.07, 1, quartic, cubic),
                new Smooth("quartic", Reference.COSH, 1 / 1.6, 1, quartic, cubic));
    }

    /// From anywhere, a step with γ = 1/L descends, where gradient descent with any fixed rate diverges from far away.
    @Property
    void descends(
            @ForAll @IntRange(min = 0, max = 4) int which,
            @ForAll @IntRange(min = 1, max = 1000) int seed,
            @ForAll @DoubleRange(min = 0.01, max = 30) double size) {
        Smooth loss = losses().get(which);
        double[] start = draws(seed, 6, size);
        double[] end = step(
                new DualPreconditionedSgd(loss.gamma, loss.lambda, loss.reference, Geometry.SEPARABLE, 0),
                start,
                loss.gradient.apply(start),
                1,
                loss.gradient);
        double before = loss.f.applyAsDouble(start);
        assertTrue(
                loss.f.applyAsDouble(end) <= before * (1 + 1e-15), () -> loss.name + " from " + Arrays.toString(start));
    }

    /// The descent inequality itself, for the pair (cosh, h = cosh − 1), which is (1, 1)-anisotropically smooth:
    /// `f(x) ≤ f(x̄) + h(x − ȳ) − h(x̄ − ȳ)` with `ȳ = x̄ − h*′(f′(x̄))`; here ȳ = 0 and it is an equality.
    @Property
    void anisotropicDescentInequality(
            @ForAll @DoubleRange(min = -20, max = 20) double x, @ForAll @DoubleRange(min = -20, max = 20) double at) {
        double y = at - Reference.COSH.preconditioned(Math.sinh(at));
        double bound = Math.cosh(at) + h(Reference.COSH, x - y) - h(Reference.COSH, at - y);
        // y is 0 but for rounding of `at`, and cosh magnifies it by its own size.
        double tolerance = 1e-13 * (Math.cosh(x) + Math.cosh(at));
        assertTrue(Math.cosh(x) <= bound + tolerance);
        assertEquals(Math.cosh(x), bound, tolerance);
    }

    /// With momentum it still goes to the minimum of cosh-like and quartic losses from far away.
    @Property(tries = 20)
    void convergesWithMomentum(@ForAll @IntRange(min = 1, max = 1000) int seed, @ForAll Geometry geometry) {
        UnaryOperator<double[]> sinh = x -> Arrays.stream(x).map(Math::sinh).toArray();
        double[] start = draws(seed, 4, 5);
        double[] end = step(
                new DualPreconditionedSgd(0.2, 1, Reference.COSH, geometry, 0.8), start, sinh.apply(start), 400, sinh);
        assertArrayEquals(new double[4], end, 1e-6);
    }
}
