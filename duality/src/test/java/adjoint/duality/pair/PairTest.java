package adjoint.duality.pair;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.BufferPool;
import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.FeatureMap;
import adjoint.duality.kernel.ArcCosine;
import adjoint.duality.kernel.ExponentialDot;
import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Frequencies;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.Laplace;
import adjoint.duality.kernel.Polynomial;
import adjoint.duality.kernel.Positive;
import adjoint.duality.kernel.RandomFeatures;
import adjoint.duality.kernel.Rbf;
import adjoint.duality.kernel.Sne;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import adjoint.testkit.PairLaws;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class PairTest {
    private final Tensor q = normal("q", 2, 2, 5, 3);
    private final Tensor k = normal("k", 2, 2, 5, 3);
    private final Tensor v = normal("v", 2, 2, 5, 4);

    static Stream<Pair> pairs() {
        Kernel elu = Polynomial.linear().compose(PairTest::elu);
        Kernel positive = new FeatureKernel(elu.features().orElseThrow(), Kernel.Range.NOT_NEGATIVE);
        return Stream.of(
                        Pair.of(Polynomial.linear()),
                        Pair.of(new Polynomial(2, 1)),
                        Pair.of(new Polynomial(2, 1)).rows(),
                        Pair.of(new Polynomial(1, 0).normalised()),
                        Pair.of(FeatureKernel.cosine()),
                        Pair.of(positive).rows(),
                        Pair.of(Polynomial.linear().compose(PairTest::elu, x -> x.mul(2))),
                        Pair.of(new ExponentialDot(0.5)).rows(),
                        Pair.of(new ExponentialDot(0.5).compose(PairTest::elu, x -> x.mul(2)))
                                .rows(),
                        Pair.of(new Rbf(1.2)).rows(),
                        Pair.of(new Laplace(1.2)).rows(),
                        Pair.of(new ArcCosine(1)))
                .flatMap(pair -> Stream.of(pair, pair.masked()));
    }

    private static Tensor elu(Tensor x) {
        return x.relu().add(x.minimum(0).exp());
    }

    /// One line per pair: all of its executions, held by the suite.
    @ParameterizedTest
    @MethodSource("pairs")
    void laws(Pair pair) {
        laws(pair.toString(), pair).hold(q, k, v);
    }

    /// Rows of zeros, other numbers of queries than of keys, and single precision.
    @ParameterizedTest
    @MethodSource("pairs")
    void lawsAtZero(Pair pair) {
        Tensor rest = Tensor.of(new double[] {1, 1, 0, 1, 1}, 5, 1);
        Tensor a = q.mul(rest);
        Tensor b = k.mul(rest.roll(0, 1));
        laws(pair.toString(), pair).hold(a, b, v);
        int from = pair.causal() ? 0 : 2;
        // Short rows, of whose kernels none is almost 0: its row is divided by it.
        laws(pair + " in F32", pair)
                .hold(a.mul(0.3).slice(2, from, 5).to(DType.F32), b.mul(0.3).to(DType.F32), v.to(DType.F32));
        if (!pair.causal()) {
            laws(pair + ", few queries", pair).hold(a.slice(2, 2, 5), b, v);
            laws(pair + ", few keys", pair).hold(a, b.slice(2, 1, 4), v.slice(2, 1, 4));
        }
    }

    static PairLaws laws(String name, Pair pair) {
        PairLaws laws = PairLaws.of(name);
        for (Execution execution : pair.executions()) {
            laws.execution(execution.name(), (q, k, v, mask) -> pair.attend(q, k, v, mask, execution));
        }
        if (pair.causal()) {
            laws.causal();
        }
        if (pair.normaliser() == Normaliser.ROW) {
            laws.rows();
        }
        return laws;
    }

    /// Identity 13: parallel, recurrent and chunked are one, over several chunks.
    @Test
    void identity13CausalLinearAttention() {
        Pair pair = Pair.of(new Polynomial(2, 1)).rows().masked();
        Tensor q = normal("q", 1, 2, 150, 3);
        Tensor k = normal("k", 1, 2, 150, 3);
        Tensor v = normal("v", 1, 2, 150, 4);
        Tensor dual = pair.attend(q, k, v, null, Execution.DUAL);
        for (Execution execution : List.of(Execution.RECURRENT, Execution.CHUNKED)) {
            double error =
                    pair.attend(q, k, v, null, execution).sub(dual).abs().max().item();
            assertTrue(error <= 1e-12, execution + ": " + error);
        }
    }

    /// The fused softmax is the plain quotient.
    @Test
    void softmaxIsTheNormalisedExponential() {
        Tensor s = q.matmul(k.transpose(-1, -2)).mul(0.5);
        Tensor expected = s.softmax(-1).matmul(v);
        Tensor out = Pair.of(new ExponentialDot(0.5)).rows().attend(q, k, v, null, Execution.DUAL);
        assertTrue(out.sub(expected).abs().max().item() < 1e-13);
        Tensor gram = new Rbf(1.2).gram(q, k);
        Tensor weights = gram.div(gram.sum(true, -1));
        Tensor gaussian = Pair.of(new Rbf(1.2)).rows().attend(q, k, v, null, Execution.DUAL);
        assertTrue(gaussian.sub(weights.matmul(v)).abs().max().item() < 1e-13);
        Tensor far = Pair.of(new ExponentialDot(1)).rows().attend(q.mul(1e3), k, v, null, Execution.DUAL);
        assertEquals(1, far.isFinite().all().item());
    }

    /// Kernels made of exponential ones, whose values overflow single precision: rows are those of the exponents in
    /// double precision.
    @Test
    void softmaxOfCombinations() {
        Tensor w = normal("w", 3, 3);
        Tensor x = q.mul(5).add(Tensor.of(new double[] {10, 0, 0}));
        Tensor y = k.mul(5).add(Tensor.of(new double[] {10, 0, 0}));
        Tensor products = x.matmul(y.transpose(-1, -2));
        Tensor squares = x.unsqueeze(-2).sub(y.unsqueeze(-3)).square().sum(-1);
        Tensor mapped = x.matmul(y.matmul(w).transpose(-1, -2));
        ExponentialDot dot = new ExponentialDot(1);
        for (boolean causal : new boolean[] {false, true}) {
            assertSoftmax(products, dot.scaled(3), causal, x, y);
            assertSoftmax(mapped, dot.compose(t -> t, t -> t.matmul(w.to(t.dtype()))), causal, x, y);
            assertSoftmax(products.sub(squares.mul(0.5)), dot.times(new Rbf(1)), causal, x, y);
            assertSoftmax(squares.mul(-0.5), dot.normalised(), causal, x, y);
        }
        Tensor same = Tensor.of(new double[] {10, 0, 0}, 1, 1, 1, 3).to(DType.F32);
        Pair pair = Pair.of(dot.compose(t -> t, t -> t)).rows();
        assertEquals(
                0,
                pair.attend(same, same, same, null, Execution.DUAL)
                        .sub(same)
                        .abs()
                        .max()
                        .item());
    }

    private void assertSoftmax(Tensor exponents, Kernel kernel, boolean causal, Tensor x, Tensor y) {
        Tensor hidden = Tensor.ones(DType.F64, 5, 5).tril(causal ? 0 : 5);
        Tensor expected =
                exponents.where(hidden, Double.NEGATIVE_INFINITY).softmax(-1).matmul(v);
        Pair pair = Pair.of(kernel).rows();
        Tensor out = (causal ? pair.masked() : pair)
                .attend(x.to(DType.F32), y.to(DType.F32), v.to(DType.F32), null, Execution.DUAL);
        assertEquals(
                0,
                kernel.gram(x.to(DType.F32), y.to(DType.F32)).isFinite().all().item(),
                "overflow is tested");
        assertTrue(out.to(DType.F64).sub(expected).abs().max().item() < 2e-3, kernel.toString());
    }

    /// Features that overflow say so, with how long the rows are; what is not finite in rows goes on.
    @Test
    void featuresThatOverflow() {
        RandomFeatures map = RandomFeatures.trigonometric(3, 8, Frequencies.ORTHOGONAL, Rng.of(2));
        Pair pair = Pair.of(map);
        Tensor x = Tensor.of(new double[] {0, 9, 12, 0.1, 0.2, 0.3, 0, 0, 0}, 1, 1, 3, 3);
        Tensor single = x.to(DType.F32);
        String message = "features of random trigonometric features[3 to 16] overflow F32: the largest norm of the rows"
                + " is 15.0; scale the rows down, or use features with a logarithm";
        for (Pair each : List.of(pair, pair.masked())) {
            for (Execution execution : each.executions()) {
                if (execution != Execution.DUAL) {
                    var error = assertThrows(
                            ArithmeticException.class, () -> each.attend(single, single, single, null, execution));
                    assertEquals(message, error.getMessage());
                    assertEquals(
                            1,
                            each.attend(x, x, x, null, execution)
                                    .isFinite()
                                    .all()
                                    .item());
                }
            }
        }
        AttentionMechanism.Memory memory = new PairMechanism(pair, Execution.PRIMAL).memory(3);
        var error = assertThrows(ArithmeticException.class, () -> memory.attend(single, single, single));
        assertEquals(message, error.getMessage());
        Tensor nan = single.mul(Double.NaN);
        assertTrue(Double.isNaN(pair.attend(single.mul(0.1), nan, single, null, Execution.PRIMAL)
                .get(0, 0, 1, 0)));
    }

    /// Features are looked at, but not inside vmap, where there is nothing to see.
    @Test
    void examplesOfVmap() {
        Pair pair = Pair.of(new Polynomial(2, 1)).rows();
        Tensor out =
                Autodiff.vmap(x -> pair.attend(x, k, v, null, Execution.PRIMAL)).apply(Tensor.stack(0, q, q.mul(2)));
        Tensor expected = pair.attend(q.mul(2), k, v, null, Execution.PRIMAL);
        assertTrue(out.select(0, 1).sub(expected).abs().max().item() < 1e-13);
    }

    /// The features of every random pair are within the bounds of their own variance.
    @Test
    void randomPairsKeepToTheirVariance() {
        Tensor x = normal("x", 6, 3).mul(0.4);
        Tensor y = normal("y", 5, 3).mul(0.4);
        for (Frequencies how : Frequencies.values()) {
            for (RandomFeatures map : List.of(
                    RandomFeatures.fourier(3, 20_000, how, Rng.of(1)),
                    RandomFeatures.trigonometric(3, 20_000, how, Rng.of(2)),
                    RandomFeatures.positive(3, 20_000, how, Rng.of(3)),
                    RandomFeatures.hyperbolic(3, 20_000, how, Rng.of(4)),
                    RandomFeatures.optimal(3, 20_000, -0.05, how, Rng.of(5)),
                    RandomFeatures.arcCosine(0, 3, 20_000, how, Rng.of(6)),
                    RandomFeatures.arcCosine(1, 3, 20_000, how, Rng.of(7)))) {
                PairLaws.holdRandom(
                        map.kernel().toString(),
                        map.kernel().gram(x, y),
                        map.pair().gram(x, y),
                        map.variance(x, y),
                        0.999);
            }
        }
    }

    @Test
    void certificates() {
        Pair exact = Pair.of(new Polynomial(2, 1)).rows();
        Pair.Result all = exact.certified(q, k, v, null, Execution.PRIMAL, 5);
        assertTrue(all.certificate().exact() && all.certificate().value() < 1e-13);
        assertEquals(Certificate.Kind.RELATIVE_ERROR, all.certificate().kind());
        Pair.Result some = exact.certified(q, k, v, null, Execution.AUTO, 2);
        assertTrue(!some.certificate().exact() && some.certificate().value() < 1e-13);

        double few = randomError(64);
        double many = randomError(64 * 256);
        assertTrue(many < few / 4 && few < 0.5, few + " " + many);
    }

    private double randomError(int m) {
        RandomFeatures map = RandomFeatures.positive(3, m, Frequencies.ORTHOGONAL, Rng.of(5));
        Pair pair = Pair.of(map).rows();
        return pair.certified(q.mul(0.3), k.mul(0.3), v, null, Execution.PRIMAL, 5)
                .certificate()
                .value();
    }

    @Test
    void autoTakesOneOfTheExecutions() {
        Pair pair = Pair.of(Polynomial.linear());
        Tensor small = normal("q", 1, 1, 4, 2);
        Tensor out = pair.attend(small, small, small, null, Execution.AUTO);
        Tensor dual = pair.attend(small, small, small, null, Execution.DUAL);
        assertTrue(out.sub(dual).abs().max().item() < 1e-13);
        Tensor huge = Tensor.zeros(DType.F64, 1, 1, 1, 2).expand(1, 1, 1 << 20, 2);
        assertEquals(Execution.PRIMAL, CostModel.of(pair).choose(huge, huge, huge));
        assertEquals(Set.of(Execution.DUAL), Pair.of(new Rbf(1)).executions());
        assertEquals(Execution.DUAL, CostModel.of(Pair.of(new Rbf(1))).choose(huge, huge, huge));
    }

    /// The clock may decide on rounding alone: the exact side of an estimate is no choice.
    @Test
    void autoEstimatesARandomPair() {
        Pair pair = Pair.of(RandomFeatures.positive(3, 40, Frequencies.ORTHOGONAL, Rng.of(5)))
                .rows();
        for (Execution execution : List.of(Execution.AUTO, Execution.FEWEST)) {
            assertArrayEquals(
                    pair.attend(q, k, v, null, Execution.PRIMAL).toDoubles(),
                    pair.attend(q, k, v, null, execution).toDoubles(),
                    execution.toString());
        }
        assertEquals(
                Execution.PRIMAL,
                pair.certified(q, k, v, null, Execution.AUTO, 5).execution());
        Execution causal = CostModel.of(pair.masked()).choose(q, k, v);
        assertTrue(Set.of(Execution.RECURRENT, Execution.CHUNKED).contains(causal), causal.toString());
        Tensor wide = normal("wide", 2, 2, 5, 4);
        assertRefused("drawn for rows of 3 components", () -> pair.attend(wide, wide, v, null, Execution.AUTO));
        assertRefused(
                "drawn for rows of 3 components", () -> pair.masked().attend(wide, wide, v, null, Execution.AUTO));
    }

    /// Measurements leave nothing on the caller's tape, and an interruption where it was.
    @Test
    void calibrationIsOnNoTape() {
        Pair pair =
                Pair.of(new Polynomial(2, 1, Positive.learned(DType.F64, 0.7))).rows();
        Tensor log = Parameters.of(pair.kernel()).values().get("log_scale");
        List<Tensor> leaves = List.of(log, q, k, v);
        BufferPool pool = new BufferPool();
        List<double[]> slopes;
        Thread.currentThread().interrupt();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(leaves);
            Tensor loss = pair.attend(q, k, v, null, Execution.AUTO).square().sum();
            assertTrue(Thread.interrupted());
            assertTrue(pool.peakBytes() < 1 << 16, () -> pool.peakBytes() + " bytes on the tape");
            slopes =
                    tape.gradients(loss, leaves).stream().map(Tensor::toDoubles).toList();
        }
        try (Tape tape = Tape.open(pool)) {
            tape.watch(leaves);
            Tensor loss = pair.attend(q, k, v, null, Execution.DUAL).square().sum();
            List<Tensor> expected = tape.gradients(loss, leaves);
            for (int i = 0; i < leaves.size(); i++) {
                assertArrayEquals(expected.get(i).toDoubles(), slopes.get(i), 1e-11);
            }
        }
    }

    /// A kernel that counts, or fails.
    private record Told(Supplier<RuntimeException> failure, AtomicInteger grams, boolean featured) implements Kernel {
        @Override
        public Tensor gram(Tensor x, Tensor y) {
            grams.incrementAndGet();
            if (failure != null) {
                throw failure.get();
            }
            return x.matmul(y.transpose(-1, -2)).square();
        }

        @Override
        public Range range() {
            return Range.NOT_NEGATIVE;
        }

        @Override
        public Optional<FeaturePair> features() {
            return featured ? new Polynomial(2, 0).features() : Optional.empty();
        }
    }

    @Test
    void whereThereIsNoChoiceNothingIsMeasured() {
        AtomicInteger grams = new AtomicInteger();
        Pair pair = Pair.of(new Told(null, grams, false)).rows();
        pair.attend(q, k, v, null, Execution.AUTO);
        assertEquals(1, grams.get());

        IllegalStateException failure = new IllegalStateException("no");
        Pair failing = Pair.of(new Told(() -> failure, grams, true)).rows();
        assertSame(
                failure,
                assertThrows(IllegalStateException.class, () -> failing.attend(q, k, v, null, Execution.AUTO)));
    }

    /// Features that are refused are no choice, and so many that measuring them takes long are counted.
    @Test
    void tooManyFeatures() {
        Tensor x = normal("x", 1, 1, 5, 128);
        Pair quartic = Pair.of(new Polynomial(4, 1, Positive.of(0.1))).rows();
        for (Pair pair : List.of(quartic, quartic.masked())) {
            Tensor expected = pair.attend(x, x, x, null, Execution.DUAL);
            for (Execution execution : List.of(Execution.AUTO, Execution.FEWEST)) {
                Tensor out = pair.attend(x, x, x, null, execution);
                assertArrayEquals(expected.toDoubles(), out.toDoubles(), execution.toString());
            }
        }
        Kernel product = new Polynomial(2, 1).times(new Polynomial(2, 1)).times(new Polynomial(2, 1));
        Pair overflowing = Pair.of(product.times(product)).rows();
        assertEquals(Execution.DUAL, CostModel.of(overflowing).choose(x, x, x));
        AtomicInteger calls = new AtomicInteger();
        FeatureMap many = FeatureMap.of(_ -> CostModel.MOST + 1, rows -> {
            calls.incrementAndGet();
            return rows;
        });
        Pair counted = Pair.of(new FeatureKernel(FeaturePair.of(many), Kernel.Range.NOT_NEGATIVE))
                .rows();
        Tensor huge = Tensor.zeros(DType.F64, 1, 1, 1, 128).expand(1, 1, 1 << 20, 128);
        assertEquals(Execution.DUAL, CostModel.of(counted).choose(x, x, x));
        assertEquals(Execution.PRIMAL, CostModel.of(counted).choose(huge, huge, huge));
        assertEquals(0, calls.get(), "nothing is measured");
    }

    @Test
    void oneTokenAndNone() {
        for (Pair pair : List.of(
                Pair.of(new Polynomial(2, 1)).rows(),
                Pair.of(new Polynomial(2, 1)).rows().masked())) {
            for (Execution execution : pair.executions()) {
                Tensor one = normal("q", 1, 1, 1, 3);
                Tensor value = normal("v", 1, 1, 1, 2);
                Tensor out = pair.attend(one, one, value, null, execution);
                assertTrue(out.sub(value).abs().max().item() < 1e-15);
                Tensor none = Tensor.zeros(DType.F64, 1, 1, 0, 3);
                assertEquals(0, pair.attend(none, none, none, null, execution).size());
            }
        }
    }

    /// A mechanism of nn gives what the pair gives, under the same masks, and token by token.
    @Test
    void pairsAreMechanisms() {
        Pair pair =
                Pair.of(new Polynomial(2, 1, Positive.learned(DType.F64, 0.7))).rows();
        PairMechanism mechanism = new PairMechanism(pair, Execution.PRIMAL);
        Pass pass = Pass.evaluation();
        Tensor mask = Tensor.of(new double[] {1, 1, 0, 1, 1, 1, 1, 1, 0, 0}, 2, 5);
        Tensor open = mechanism.attend(q, k, v, AttentionMask.keys(mask), pass);
        assertTrue(
                open.sub(pair.attend(q, k, v, mask, Execution.DUAL)).abs().max().item() < 1e-12);
        Tensor causal = mechanism.attend(q, k, v, AttentionMask.causal(), pass);
        Tensor expected = pair.masked().attend(q, k, v, null, Execution.DUAL);
        assertTrue(causal.sub(expected).abs().max().item() < 1e-12);

        AttentionMechanism.Memory memory = mechanism.memory(5);
        Tensor first = memory.attend(q.slice(2, 0, 3), k.slice(2, 0, 3), v.slice(2, 0, 3));
        Tensor fourth = memory.attend(q.slice(2, 3, 4), k.slice(2, 3, 4), v.slice(2, 3, 4));
        Tensor last = memory.attend(q.slice(2, 4, 5), k.slice(2, 4, 5), v.slice(2, 4, 5));
        assertTrue(
                Tensor.concat(2, first, fourth, last).sub(expected).abs().max().item() < 1e-12);
        assertEquals(5, memory.length());
        assertRefused(
                "holds 5 and has no room for 1 more",
                () -> memory.attend(q.slice(2, 0, 1), k.slice(2, 0, 1), v.slice(2, 0, 1)));

        assertEquals(
                Set.of("kernel.log_scale"), Parameters.of(mechanism).values().keySet());
        Tensor bias = Tensor.zeros(DType.F64, 5, 5);
        assertRefused("a pair of a kernel", () -> mechanism.attend(q, k, v, AttentionMask.bias(bias), pass));
        var none = assertThrows(
                UnsupportedOperationException.class,
                () -> new PairMechanism(Pair.of(new Rbf(1)), Execution.DUAL).memory(3));
        assertTrue(none.getMessage().startsWith("no features of Rbf"), none.getMessage());
    }

    @Test
    void refusals() {
        assertRefused(
                "a sum of both signs may vanish",
                () -> Pair.of(Polynomial.linear()).rows());
        for (RandomFeatures map : List.of(
                RandomFeatures.fourier(3, 8, Frequencies.INDEPENDENT, Rng.of(1)),
                RandomFeatures.trigonometric(3, 8, Frequencies.INDEPENDENT, Rng.of(1)))) {
            assertRefused(
                    "cannot be normalised with these features: they are of both signs",
                    () -> Pair.of(map).rows());
        }
        Pair.of(RandomFeatures.arcCosine(1, 3, 8, Frequencies.INDEPENDENT, Rng.of(1)))
                .rows();
        assertRefused(
                "cannot hide those that come later", () -> Pair.of(new Sne(1)).masked());
        Tensor mask = Tensor.ones(DType.F64, 2, 5);
        assertRefused("cannot honour a mask", () -> Pair.of(new Sne(1)).attend(q, k, v, mask, Execution.DUAL));
        assertRefused(
                "has no execution PRIMAL: it has [DUAL], since no features of Rbf",
                () -> Pair.of(new Rbf(1)).attend(q, k, v, null, Execution.PRIMAL));
        assertRefused(
                "causal sums are RECURRENT or CHUNKED",
                () -> Pair.of(Polynomial.linear()).masked().attend(q, k, v, null, Execution.PRIMAL));
        assertRefused("it is not causal", () -> Pair.of(Polynomial.linear()).attend(q, k, v, null, Execution.CHUNKED));
        var shapes = assertThrows(
                ShapeError.class,
                () -> Pair.of(Polynomial.linear()).attend(q, k, v.slice(2, 0, 4), null, Execution.DUAL));
        assertTrue(shapes.getMessage().startsWith("a pair needs q [B, H, N, d]"), shapes.getMessage());
    }

    private static void assertRefused(String message, org.junit.jupiter.api.function.Executable call) {
        Throwable error = assertThrows(IllegalArgumentException.class, call);
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(12).child(name), 0, 1, DType.F64, shape);
    }
}
