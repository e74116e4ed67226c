package adjoint.duality.convex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.GradCheck;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.linalg.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConvexTest {
    static Stream<ConvexFunction> functions() {
        return Stream.of(
                        ConvexFunction.squares(1.7, normal("b", 6)),
                        ConvexFunction.l1(0.6),
                        ConvexFunction.norm(0.8),
                        ConvexFunction.box(-0.3, 0.9),
                        ConvexFunction.box(0, Double.POSITIVE_INFINITY),
                        ConvexFunction.simplex(),
                        ConvexFunction.zero())
                .flatMap(f -> Stream.of(f, f.conjugate()));
    }

    /// Moreau's identity, the optimality of the proximal point, Fenchel's inequality, and when it is an equation.
    @ParameterizedTest
    @MethodSource("functions")
    void laws(ConvexFunction f) {
        ConvexFunction conjugate = f.conjugate();
        for (int t = 0; t < 20; t++) {
            Tensor x = Tensor.normal(Rng.of(t), 0, 1, DType.F64, 6);
            for (double gamma : new double[] {0.4, 1, 3}) {
                Tensor p = f.prox(x, gamma);
                Tensor dual = conjugate.prox(x.div(gamma), 1 / gamma);
                assertClose(x, p.add(dual.mul(gamma)), 1e-12);
                assertEquals(0, f.fenchelYoungGap(p, dual), 1e-8, "at the subgradient");
                double best = f.value(p) + p.sub(x).square().sum().item() / (2 * gamma);
                for (int other = 0; other < 5; other++) {
                    Tensor u = f.prox(p.add(Tensor.normal(Rng.of(97 * t + other), 0, 0.3, DType.F64, 6)), 1e-3);
                    double worse = f.value(u) + u.sub(x).square().sum().item() / (2 * gamma);
                    assertTrue(worse >= best - 1e-8, worse + " < " + best);
                }
            }
            Tensor inside = f.prox(x, 1);
            Tensor y = conjugate.prox(Tensor.normal(Rng.of(t + 500), 0, 1, DType.F64, 6), 1);
            assertTrue(f.fenchelYoungGap(inside, y) >= -1e-8);
        }
    }

    /// z = (1, 0), p = (½, ½), α = 2: τ = 1, so that the gap is 1 + ⅛ − ¼ − ½, above the loss, ¼. And of many rows: at
    /// least the loss, 0 for p(z) alone.
    @Test
    void theGapOfAnAnswerBoundsItsLoss() {
        Tensor two = Tensor.of(new double[] {1, 0}, 1, 2);
        Tensor half = Tensor.full(0.5, DType.F64, 1, 2);
        assertEquals(
                0.375, FenchelYoung.gap(two, half, Tensor.scalar(2, DType.F64)).item(), 1e-15);
        Tensor z = Tensor.normal(Rng.of(31), 0, 1, DType.F64, 20, 1, 5);
        Tensor p = Tensor.normal(Rng.of(32), 0, 1, DType.F64, 20, 1, 5).softmax(-1);
        for (double alpha : new double[] {1.1, 1.5, 2, 3}) {
            FenchelYoung entmax = FenchelYoung.entmax(alpha);
            Tensor order = Tensor.scalar(alpha, DType.F64);
            assertEquals(alpha, entmax.alpha());
            assertEquals(0, FenchelYoung.gap(z, entmax.predict(z), order).max().item(), 1e-13);
            Tensor loss = entmax.loss(z, p).squeeze(1);
            assertTrue(FenchelYoung.gap(z, p, order).sub(loss).min().item() >= -1e-13);
            assertTrue(loss.min().item() > 0);
        }
    }

    /// Rows of a simplex by the loss of α = 1; negative entries, other sums and rows of nothing by hand.
    @Test
    void theDivergenceOfAnyRow() {
        Tensor z = Tensor.normal(Rng.of(31), 0, 1, DType.F64, 20, 1, 5);
        Tensor r = Tensor.normal(Rng.of(32), 0, 1, DType.F64, 20, 1, 5).softmax(-1);
        Tensor loss = FenchelYoung.entmax(1).loss(z, r).squeeze(1);
        Tensor found = FenchelYoung.divergence(z.softmax(-1), r);
        assertEquals(0, found.sub(loss).abs().max().item(), 1e-14);
        Tensor p = Tensor.of(new double[] {0.5, 0.5, 0, 0}, 2, 2);
        Tensor odd = Tensor.of(new double[] {1, -0.25, 0, 0}, 2, 2);
        assertEquals(Math.log(2), FenchelYoung.divergence(p, odd).item(), 1e-15);
        assertEquals(0, FenchelYoung.divergence(p, p).item());
        Tensor nothing = Tensor.zeros(DType.F64, 2, 2);
        assertEquals(0, FenchelYoung.divergence(nothing, nothing).item());
        Tensor broken = Tensor.of(new double[] {Double.NaN, 0.5, 0, 0}, 2, 2);
        assertTrue(Double.isNaN(FenchelYoung.divergence(p, broken).item()));
    }

    @Test
    void valuesByHand() {
        Tensor x = Tensor.of(new double[] {3, -4});
        assertEquals(3.5, ConvexFunction.l1(0.5).value(x));
        assertEquals(10, ConvexFunction.norm(2).value(x));
        assertEquals(Double.POSITIVE_INFINITY, ConvexFunction.box(-1, 1).value(x));
        assertEquals(8 + 4, ConvexFunction.box(-1, 4).conjugate().value(Tensor.of(new double[] {2, 1})));
        assertArrayEquals(
                new double[] {2.5, -3.5}, ConvexFunction.l1(0.5).prox(x, 1).toDoubles());
        assertArrayEquals(
                new double[] {1, 0}, ConvexFunction.simplex().prox(x, 1).toDoubles(), 1e-15);
        assertEquals(0.25, ConvexFunction.box(-1, 1).shrink(x));
    }

    /// Identity 45: the gap of the lasso at convergence, by both algorithms, and the conditions of optimality.
    @Test
    void identity45Lasso() {
        Tensor a = normal("a", 20, 8);
        Tensor b = normal("c", 20);
        Composite lasso = new Composite(a, ConvexFunction.squares(1, b), ConvexFunction.l1(4));
        Tensor zero = Tensor.zeros(DType.F64, 8);
        Composite.Solution forward = lasso.forwardBackward(zero, 1e-12, 5000);
        Composite.Solution primalDual = lasso.primalDual(zero, 1, 1e-11, 20_000);
        for (Composite.Solution solution : List.of(forward, primalDual)) {
            assertEquals(Certificate.Kind.DUALITY_GAP, solution.certificate().kind());
            assertTrue(
                    solution.certificate().value() <= 1e-10,
                    solution.certificate().toString());
            Tensor correlation = a.transpose(0, 1).matmul(b.sub(a.matmul(solution.x())));
            for (int j = 0; j < 8; j++) {
                double w = solution.x().get(j);
                double c = correlation.get(j);
                assertTrue(Math.abs(c) <= 4 + 1e-4);
                assertTrue(Math.abs(w) < 1e-5 || Math.abs(c - 4 * Math.signum(w)) < 1e-4, w + " " + c);
            }
        }
        assertClose(forward.x(), primalDual.x(), 1e-5);
        assertTrue(forward.x().abs().greater(1e-6).sum().item() < 8, "sparse");
    }

    /// Without a smooth part: min ‖Ax − b‖₁ over a box, against a fine grid in one variable.
    @Test
    void primalDualOfAbsoluteErrors() {
        Tensor a = normal("a", 9, 1);
        Tensor b = normal("b", 9);
        ConvexFunction shifted = new ConvexFunction() {
            @Override
            public double value(Tensor x) {
                return x.sub(b).abs().sum().item();
            }

            @Override
            public Tensor prox(Tensor x, double gamma) {
                return ConvexFunction.l1(1).prox(x.sub(b), gamma).add(b);
            }

            @Override
            public ConvexFunction conjugate() {
                ConvexFunction box = ConvexFunction.box(-1, 1);
                return ConvexFunction.conjugateOf(
                        this, y -> box.value(y) + b.mul(y).sum().item(), box::shrink);
            }
        };
        Composite problem = new Composite(a, shifted, ConvexFunction.box(-2, 2));
        Composite.Solution solution = problem.primalDual(Tensor.zeros(DType.F64, 1), 1, 1e-9, 100_000);
        double best = Double.POSITIVE_INFINITY;
        for (int i = -20_000; i <= 20_000; i++) {
            best = Math.min(best, problem.primal(Tensor.of(new double[] {i * 1e-4})));
        }
        assertTrue(
                solution.certificate().value() <= 1e-9, solution.certificate().toString());
        assertEquals(best, problem.primal(solution.x()), 1e-3);
        assertTrue(problem.primal(solution.x()) <= best + 1e-8);
        var error = assertThrows(
                IllegalArgumentException.class, () -> problem.forwardBackward(Tensor.zeros(DType.F64, 1), 0, 1));
        assertTrue(error.getMessage().contains("need a smooth f"), error.getMessage());
    }

    /// Identity 27: published values of entmax.
    @Test
    void identity27EntmaxValues() {
        Tensor sparse = FenchelYoung.entmax(2).predict(Tensor.of(new double[] {1.2, 0.9, -0.3}));
        assertArrayEquals(new double[] {0.65, 0.35, 0}, sparse.toDoubles(), 1e-12);
        Tensor half = FenchelYoung.entmax(1.5).predict(Tensor.of(new double[] {1, 0}));
        assertArrayEquals(new double[] {0.8307189138830738, 0.1692810861169262}, half.toDoubles(), 1e-12);
        Tensor z = normal("z", 3, 5);
        assertClose(z.softmax(-1), FenchelYoung.entmax(1 + 1e-7).predict(z), 1e-6);
        Tensor hidden = Tensor.of(new double[] {Double.NEGATIVE_INFINITY, 1, 0.9});
        assertArrayEquals(
                new double[] {0, 0.55, 0.45},
                FenchelYoung.entmax(2).predict(hidden).toDoubles(),
                1e-12);
        assertTrue(Double.isNaN(FenchelYoung.entmax(2)
                .predict(Tensor.of(new double[] {Double.NaN, 1}))
                .get(1)));
    }

    /// Identity 27: the Jacobian, and the loss: not negative, 0 at p(z), of the gradient p(z) − p.
    @ParameterizedTest
    @ValueSource(doubles = {1, 1.25, 1.5, 2, 3})
    void identity27JacobianAndLoss(double alpha) {
        FenchelYoung entmax = FenchelYoung.entmax(alpha);
        Tensor z = normal("z", 3, 5);
        GradCheck.check("entmax " + alpha, in -> entmax.predict(in.getFirst()), z);
        if (alpha > 1) {
            Tensor rows = Tensor.of(new double[] {alpha, alpha + 0.1, alpha + 0.4}, 3, 1);
            GradCheck.check("entmax of rows", in -> FenchelYoung.predict(in.get(0), in.get(1)), z, rows);
        }
        Tensor p = normal("p", 3, 5).softmax(-1);
        assertTrue(entmax.loss(z, p).min().item() > 0);
        Tensor own = entmax.predict(z);
        assertEquals(0, entmax.loss(z, own).abs().max().item(), 1e-12);
        assertTrue(entmax.certificate(z, own).value() < 1e-12);
        Tensor slope = Autodiff.grad(x -> entmax.loss(x, p).sum()).apply(z);
        assertClose(own.sub(p), slope, 1e-10);
        GradCheck.check("loss " + alpha, in -> entmax.loss(in.getFirst(), p), z);
    }

    /// Identity 27: long rows, among them flat ones and such with hidden entries, against a bisection; the same bits
    /// again, and in single precision nearly the same.
    @ParameterizedTest
    @ValueSource(doubles = {1.01, 1.3, 1.5, 1.7, 2, 3, 8})
    void identity27LongRows(double alpha) {
        Tensor scales = Tensor.of(new double[] {0, 0.01, 1, 3, 50}, 5, 1);
        Tensor z = normal("rows", 5, 300).mul(scales);
        z = Tensor.concat(1, z, Tensor.full(Double.NEGATIVE_INFINITY, DType.F64, 5, 3));
        Tensor p = FenchelYoung.entmax(alpha).predict(z);
        for (int row = 0; row < 5; row++) {
            double[] expected = bisected(z.select(0, row).toDoubles(), alpha);
            assertArrayEquals(expected, p.select(0, row).toDoubles(), 1e-12, "row " + row);
        }
        assertArrayEquals(p.toDoubles(), FenchelYoung.entmax(alpha).predict(z).toDoubles());
        Tensor single = FenchelYoung.entmax(alpha).predict(z.to(DType.F32));
        Tensor again = FenchelYoung.entmax(alpha).predict(z.to(DType.F32).to(DType.F64));
        assertClose(again, single.to(DType.F64), 1e-7);
    }

    private static double[] bisected(double[] z, double alpha) {
        double largest = Arrays.stream(z).max().orElseThrow();
        double low = -1;
        double high = 0;
        double[] p = new double[z.length];
        for (int step = 0; step < 200; step++) {
            double tau = (low + high) / 2;
            Arrays.setAll(p, i -> Math.pow(Math.max(0, (alpha - 1) * (z[i] - largest) - tau), 1 / (alpha - 1)));
            if (Arrays.stream(p).sum() >= 1) {
                low = tau;
            } else {
                high = tau;
            }
        }
        double sum = Arrays.stream(p).sum();
        return Arrays.stream(p).map(x -> x / sum).toArray();
    }

    /// Identity 27: gradients of gradients, by the scores and by α.
    @ParameterizedTest
    @ValueSource(doubles = {1.25, 1.5, 2})
    void identity27SecondOrder(double alpha) {
        Tensor z = normal("z", 2, 5);
        Tensor weight = normal("weight", 2, 5);
        FenchelYoung entmax = FenchelYoung.entmax(alpha);
        GradCheck.check(
                "slope of entmax " + alpha,
                in -> Autodiff.grad(x -> entmax.predict(x).square().mul(weight).sum())
                        .apply(in.getFirst()),
                z);
        Tensor rows = Tensor.of(new double[] {alpha, alpha + 0.1}, 2, 1);
        for (int part = 0; part < 2; part++) {
            int which = part;
            GradCheck.check(
                    "slope of entmax of rows",
                    in -> Autodiff.grads(x -> FenchelYoung.predict(x.get(0), x.get(1))
                                    .square()
                                    .mul(weight)
                                    .sum())
                            .apply(in)
                            .get(which),
                    z,
                    rows);
        }
    }

    /// Identity 27: for softmax the gap is the Kullback–Leibler divergence.
    @Test
    void identity27GapIsDivergence() {
        Tensor z = normal("z", 3, 5);
        Tensor p = normal("p", 3, 5).softmax(-1);
        Tensor divergence = p.mul(p.log().sub(z.logSoftmax(-1))).sum(-1);
        assertClose(divergence, FenchelYoung.entmax(1).loss(z, p), 1e-12);
    }

    /// Identities 29 and 45: row and column sums, and the gap at convergence.
    @Test
    void identity29And45EntropicTransport() {
        Tensor cost = normal("cost", 7, 5);
        Tensor a = Tensor.ones(DType.F64, 7).div(7);
        Tensor b = normal("b", 5).softmax(-1);
        EntropicTransport transport = EntropicTransport.solve(cost, a, b, 0.3, 1e-15, 2000);
        assertClose(a, transport.plan().sum(1), 1e-12);
        assertClose(b, transport.plan().sum(0), 1e-12);
        assertTrue(
                transport.certificate().value() <= 1e-10,
                transport.certificate().toString());
        EntropicTransport early = EntropicTransport.solve(cost, a, b, 0.3, 0, 1);
        assertTrue(early.certificate().value() > 1e-4);

        Tensor square = normal("square", 2, 6, 6);
        Tensor ones = Tensor.ones(DType.F64, 2, 6);
        Tensor doubly =
                EntropicTransport.solve(square, ones, ones, 1, 1e-14, 2000).plan();
        assertClose(ones, doubly.sum(1), 1e-10);
        assertClose(ones, doubly.sum(2), 1e-10);
        Tensor once = EntropicTransport.solve(square, ones, ones, 1, 0, 0).plan();
        assertClose(square.neg().softmax(-1), once, 1e-12);
        GradCheck.check(
                "transport",
                in -> EntropicTransport.solve(in.getFirst(), ones, ones, 1, 0, 5)
                        .plan(),
                square);
    }

    /// Identity 46: ⟨G, UVᵀ⟩ = ‖G‖_*, U and V of the singular vectors: the polar factor.
    @Test
    void identity46NuclearNorm() {
        Tensor g = normal("g", 6, 4);
        Tensor polar = Linalg.polar(g);
        double nuclear = Linalg.singularValues(g).sum().item();
        assertEquals(nuclear, g.mul(polar).sum().item(), 1e-10 * nuclear);
        Tensor x = g.div(g.square().sum().sqrt());
        for (int i = 0; i < 30; i++) {
            x = x.mul(1.5).sub(x.matmul(x.transpose(0, 1)).matmul(x).mul(0.5));
        }
        assertClose(polar, x, 1e-10);
    }

    @Test
    void refusals() {
        assertRefused("must be positive and finite, not -1.0", () -> ConvexFunction.l1(-1));
        assertRefused("a box needs low ≤ high", () -> ConvexFunction.box(1, 0));
        assertRefused("α must be in [1, 8], not 0.5", () -> FenchelYoung.entmax(0.5));
        assertRefused(
                "its norm is 0.0",
                () -> new Composite(Tensor.zeros(DType.F64, 2, 2), ConvexFunction.zero(), ConvexFunction.zero())
                        .primalDual(Tensor.zeros(DType.F64, 2), 1, 0, 1));
        assertThrows(
                ShapeError.class,
                () -> new Composite(Tensor.zeros(DType.F64, 2), ConvexFunction.zero(), ConvexFunction.zero()));
        Tensor ones = Tensor.ones(DType.F64, 3);
        assertThrows(ShapeError.class, () -> EntropicTransport.solve(normal("c", 2, 3), ones, ones, 1, 0, 1));
    }

    private static void assertRefused(String message, org.junit.jupiter.api.function.Executable call) {
        Throwable error = assertThrows(IllegalArgumentException.class, call);
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape());
        double scale = Math.max(1, expected.abs().max().item());
        assertArrayEquals(expected.toDoubles(), actual.toDoubles(), tolerance * scale);
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(41).child(name), 0, 1, DType.F64, shape);
    }
}
