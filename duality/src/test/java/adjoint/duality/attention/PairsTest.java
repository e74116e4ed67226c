package adjoint.duality.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import adjoint.duality.kernel.ExponentialDot;
import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Frequencies;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.RandomFeatures;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Normaliser;
import adjoint.duality.pair.Pair;
import adjoint.duality.pair.PairMechanism;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Buffer;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import adjoint.testkit.PairLaws;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PairsTest {
    private final Tensor q = normal("q", 2, 2, 5, 4);
    private final Tensor k = normal("k", 2, 2, 5, 4);
    private final Tensor v = normal("v", 2, 2, 5, 3);

    /// Every execution of the pair of every mechanism that has one; random ones without the dual side.
    @ParameterizedTest
    @ValueSource(strings = {"linear", "polynomial", "cosine", "cosformer", "favor", "favor-iid", "favor-hyperbolic"})
    void laws(String name) {
        PairMechanism mechanism = MechanismsTest.pair(name, 4, 5);
        for (Pair pair : new Pair[] {mechanism.pair(), mechanism.pair().masked()}) {
            PairLaws laws = PairLaws.of(name);
            for (Execution execution : pair.executions()) {
                if (execution != Execution.DUAL || pair.random().isEmpty()) {
                    laws.execution(execution.name(), (q, k, v, mask) -> pair.attend(q, k, v, mask, execution));
                }
            }
            if (pair.causal()) {
                laws.causal();
            }
            if (pair.normaliser() == Normaliser.ROW && !MechanismsTest.UNNORMALISED.contains(name)) {
                laws.rows();
            }
            Tensor a = mechanism.rows().of(q, 0);
            Tensor b = mechanism.rows().of(k, 0);
            laws.hold(a, b, v);
            if (!pair.causal()) {
                laws.hold(a.slice(2, 0, 2), b, v);
                laws.hold(a, b.slice(2, 2, 5), v.slice(2, 2, 5));
            }
        }
    }

    @Test
    void linearAttentionWrittenOut() {
        DoubleUnaryOperator elu = x -> x > 0 ? x + 1 : Math.exp(x);
        assertWeights("linear", (i, j, a, b) -> {
            double sum = 0;
            for (int c = 0; c < 4; c++) {
                sum += elu.applyAsDouble(a[c]) * elu.applyAsDouble(b[c]);
            }
            return sum;
        });
    }

    @Test
    void polynomialAttentionWrittenOut() {
        assertWeights("polynomial", (i, j, a, b) -> Math.pow(dot(a, b) / 2 + 1, 2));
    }

    /// Identity 14: the split of the cosine.
    @Test
    void identity14CosFormer() {
        assertWeights("cosformer", (i, j, a, b) -> {
            double sum = 0;
            for (int c = 0; c < 4; c++) {
                sum += Math.max(0, a[c]) * Math.max(0, b[c]);
            }
            return sum * Math.cos(Math.PI * (i - j) / 10);
        });
    }

    @Test
    void cosineAttentionWrittenOut() {
        Tensor weights = weights("cosine", AttentionMask.none());
        double[] a = q.select(0, 1).select(0, 0).select(0, 2).toDoubles();
        double[] b = k.select(0, 1).select(0, 0).select(0, 4).toDoubles();
        assertEquals(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) * 5), weights.get(1, 0, 2, 4), 1e-14);
    }

    private interface Weight {
        double of(int i, int j, double[] a, double[] b);
    }

    private void assertWeights(String name, Weight weight) {
        for (boolean causal : new boolean[] {false, true}) {
            Tensor weights = weights(name, causal ? AttentionMask.causal() : AttentionMask.none());
            for (int i = 0; i < 5; i++) {
                double[] a = q.select(0, 1).select(0, 0).select(0, i).toDoubles();
                double[] row = new double[5];
                double sum = 0;
                for (int j = 0; j < (causal ? i + 1 : 5); j++) {
                    row[j] = weight.of(
                            i, j, a, k.select(0, 1).select(0, 0).select(0, j).toDoubles());
                    sum += row[j];
                }
                for (int j = 0; j < 5; j++) {
                    assertEquals(sum == 0 ? 0 : row[j] / sum, weights.get(1, 0, i, j), 1e-13, i + " " + j);
                }
            }
        }
    }

    private Tensor weights(String name, AttentionMask mask) {
        Tensor eye = Tensor.eye(5, DType.F64).expand(2, 2, 5, 5);
        return MechanismsTest.pair(name, 4, 5).attend(q, k, eye, mask, Pass.evaluation());
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int c = 0; c < a.length; c++) {
            sum += a[c] * b[c];
        }
        return sum;
    }

    /// Identity 19, on the stabilised features: they weigh as those whose variance is a formula do, and approach
    /// softmax with their number.
    @Test
    void identity19FavorEstimatesSoftmax() {
        for (Favor.Kind kind : Favor.Kind.values()) {
            for (Frequencies how : Frequencies.values()) {
                PairMechanism mechanism = Favor.create(4, 30, kind, how, 0, DType.F64, Rng.of(3));
                RandomFeatures random = mechanism.pair().random().orElseThrow();
                Tensor a = q.mul(Math.pow(4, -0.25));
                Tensor b = k.mul(Math.pow(4, -0.25));
                Tensor plain = Pair.of(random).rows().attend(a, b, v, null, Execution.PRIMAL);
                Tensor out = mechanism.attend(q, k, v, AttentionMask.none(), Pass.evaluation());
                assertTrue(out.sub(plain).abs().max().item() < 1e-12, kind + " " + how);

                Tensor half = q.mul(0.5);
                a = a.mul(0.5);
                Tensor exact = new ExponentialDot(0.5).gram(half, k);
                PairMechanism many = Favor.create(4, 20_000, kind, how, 0, DType.F64, Rng.of(4));
                RandomFeatures source = many.pair().random().orElseThrow();
                PairLaws.holdRandom("favor", exact, source.pair().gram(a, b), source.variance(a, b), 0.999);
                Tensor near = many.attend(half, k, v, AttentionMask.none(), Pass.evaluation());
                Tensor softmax = exact.div(exact.sum(true, -1)).matmul(v);
                assertTrue(near.sub(softmax).abs().max().item() < 0.2, kind + " " + how);
            }
        }
    }

    /// Long queries, and more components than e^(‖ω‖²/2) would allow in single precision.
    @Test
    void favorDoesNotOverflow() {
        PairMechanism mechanism = MechanismsTest.pair("favor", 256, 5);
        Tensor long32 = normal("long", 1, 1, 5, 256).to(DType.F32);
        Tensor out = mechanism.attend(long32.mul(30), long32, long32, AttentionMask.none(), Pass.evaluation());
        assertEquals(1, out.isFinite().all().item());
        assertTrue(out.abs().max().item() > 0.1);
        Tensor ones = Tensor.ones(DType.F32, 1, 1, 5, 2);
        Tensor same = mechanism.attend(long32, long32, ones, AttentionMask.causal(), Pass.evaluation());
        assertEquals(0, same.sub(1).abs().max().item(), 1e-5);
    }

    /// Norms at which e^(ωᵀx − ‖x‖²/2) overflows single precision, or is 0 for every key: by every execution that it is
    /// without, and as in double precision.
    @ParameterizedTest
    @ValueSource(doubles = {1, 4, 16, 60})
    void exponentialFeaturesOfAnyLength(double length) {
        RandomFeatures random = RandomFeatures.positive(256, 40, Frequencies.ORTHOGONAL, Rng.of(5));
        Tensor omega = Frequencies.ORTHOGONAL.draw(40, 256, Rng.of(5));
        Tensor x = omega.slice(0, 0, 7).mul(length / 16).reshape(1, 1, 7, 256);
        Tensor y = omega.slice(0, 4, 11).mul(length / 16).reshape(1, 1, 7, 256);
        Tensor values = normal("values", 1, 1, 7, 3);
        Tensor plain = random.pair().key().features(y.to(DType.F32));
        if (length == 16) {
            assertEquals(0, plain.isFinite().all().item(), "overflow is what is tested");
        }
        if (length == 60) {
            assertEquals(0, plain.max().item(), "so is underflow");
        }
        Tensor mask = Tensor.of(new double[] {1, 1, 0, 1, 1, 1, 0}, 1, 7);
        Tensor late = Tensor.of(new double[] {0, 0, 1, 1, 1, 1, 1}, 1, 7);
        for (Tensor keys : new Tensor[] {null, mask, late}) {
            Pair pair = Pair.of(random).rows();
            Tensor exact = pair.attend(x, y, values, keys, Execution.PRIMAL);
            Tensor keys32 = keys == null ? null : keys.to(DType.F32);
            Tensor single =
                    pair.attend(x.to(DType.F32), y.to(DType.F32), values.to(DType.F32), keys32, Execution.PRIMAL);
            assertEquals(0, single.to(DType.F64).sub(exact).abs().max().item(), 2e-3);
            Tensor ones = pair.attend(x, y, Tensor.ones(DType.F64, 1, 1, 7, 1), keys, Execution.PRIMAL);
            assertEquals(0, ones.sub(1).abs().max().item(), 1e-12);
            // Causal sums are scaled token by token, so queries and keys must have large features in common.
            Tensor near =
                    omega.slice(0, 0, 1).add(omega.slice(0, 1, 8).mul(0.1)).mul(length / 16);
            Tensor rows = near.reshape(1, 1, 7, 256);
            Tensor step = pair.masked().attend(rows, rows, values, keys, Execution.RECURRENT);
            for (Execution execution : new Execution[] {Execution.RECURRENT, Execution.CHUNKED}) {
                Tensor narrow = pair.masked()
                        .attend(rows.to(DType.F32), rows.to(DType.F32), values.to(DType.F32), keys32, execution);
                assertEquals(0, narrow.to(DType.F64).sub(step).abs().max().item(), 1e-2, execution.toString());
            }
            if (keys == late) {
                assertEquals(0, step.slice(2, 0, 2).abs().max().item(), "what sees nothing gets 0");
                assertTrue(step.slice(2, 2, 7).abs().max().item() > 0.1);
            }
            Tensor all = pair.attend(rows, rows, values, keys, Execution.PRIMAL);
            assertEquals(
                    0, step.slice(2, 6, 7).sub(all.slice(2, 6, 7)).abs().max().item(), 1e-10);
        }
    }

    /// e^x of queries overflows single precision, e^x of keys is 0 there, and their products are neither: rows that are
    /// not normalised, and their gradients, are as in double precision, and infinite where those are too large.
    @Test
    void sumsOfExponentialFeatures() {
        FeatureMap query = FeatureMap.exponential(d -> d, x -> x);
        FeatureMap key = FeatureMap.exponential(d -> d, x -> x.mul(1.01));
        Pair plain = Pair.of(new FeatureKernel(new FeaturePair(query, key), Kernel.Range.NOT_NEGATIVE));
        Tensor q = normal("q", 1, 1, 70, 3).add(110);
        Tensor k = normal("k", 1, 1, 70, 3).sub(110);
        Tensor v = normal("v", 1, 1, 70, 2);
        assertEquals(0, q.to(DType.F32).exp().isFinite().any().item(), "overflow is what is tested");
        assertEquals(0, k.to(DType.F32).exp().max().item(), "so is underflow");
        for (Pair pair : List.of(plain, plain.masked())) {
            Tensor gram = q.exp().matmul(k.mul(1.01).exp().transpose(-1, -2));
            Tensor exact = (pair.causal() ? gram.tril(0) : gram).matmul(v);
            for (Execution execution : pair.executions()) {
                if (execution == Execution.DUAL) {
                    continue;
                }
                List<Tensor> rows = Stream.of(q, k, v).map(x -> x.to(DType.F32)).toList();
                Function<List<Tensor>, Tensor> f = in -> pair.attend(in.get(0), in.get(1), in.get(2), null, execution);
                assertNear(exact, f.apply(rows), execution);
                List<Tensor> single = Autodiff.vjp(f, rows).pullback().apply(Tensor.ones(DType.F32, 1, 1, 70, 2));
                List<Tensor> full =
                        Autodiff.vjp(f, List.of(q, k, v)).pullback().apply(Tensor.ones(DType.F64, 1, 1, 70, 2));
                for (int i = 0; i < 3; i++) {
                    assertNear(full.get(i), single.get(i), execution);
                }
                Tensor large =
                        f.apply(List.of(rows.get(0), rows.get(0), rows.get(2).abs()));
                assertEquals(Double.POSITIVE_INFINITY, large.min().item(), execution.toString());
            }
            Tensor kept = new PairMechanism(plain, Execution.PRIMAL)
                    .memory(70)
                    .attend(q.to(DType.F32), k.to(DType.F32), v.to(DType.F32));
            assertNear(gram.tril(0).matmul(v), kept, Execution.RECURRENT);
        }
    }

    /// Queries whose exponents overflow single precision on their own: what sees no key is 0.
    @Test
    void sumsOfNothing() {
        Pair plain = Pair.of(
                new FeatureKernel(FeaturePair.of(FeatureMap.exponential(d -> d, x -> x)), Kernel.Range.NOT_NEGATIVE));
        Tensor q = normal("q", 1, 1, 70, 3).add(200).to(DType.F32);
        Tensor k = normal("k", 1, 1, 70, 3).sub(180).to(DType.F32);
        Tensor v = normal("v", 1, 1, 70, 2).to(DType.F32);
        Tensor late = Tensor.range(70, DType.F32).greaterEqual(66).reshape(1, 70);
        for (Pair pair : List.of(plain, plain.masked())) {
            for (Execution execution : pair.executions()) {
                if (execution == Execution.DUAL) {
                    continue;
                }
                Tensor none = pair.attend(q, k, v, late.mul(0), execution);
                assertEquals(0, none.abs().max().item(), execution.toString());
                Tensor out = pair.attend(q, k, v, late, execution);
                Tensor gram = q.to(DType.F64)
                        .exp()
                        .matmul(k.to(DType.F64).exp().transpose(-1, -2))
                        .mul(late.to(DType.F64));
                Tensor exact = (pair.causal() ? gram.tril(0) : gram).matmul(v.to(DType.F64));
                assertNear(exact, out, execution);
                List<Tensor> slopes = Autodiff.vjp(
                                (List<Tensor> in) ->
                                        pair.attend(in.get(0), in.get(1), in.get(2), late.mul(0), execution),
                                List.of(q, k, v))
                        .pullback()
                        .apply(Tensor.ones(DType.F32, 1, 1, 70, 2));
                for (Tensor slope : slopes) {
                    assertEquals(0, slope.abs().max().item(), execution.toString());
                }
            }
        }
    }

    /// More monomials than are made: by the kernel.
    @Test
    void polynomialAttentionOfHighDegree() {
        Tensor x = normal("x", 1, 1, 5, 128);
        Tensor weights =
                x.matmul(x.transpose(-1, -2)).div(Math.sqrt(128)).add(1).pow(4);
        Tensor expected = weights.div(weights.sum(true, -1)).matmul(x);
        Tensor out = PolynomialAttention.create(128, 4).attend(x, x, x, AttentionMask.none(), Pass.evaluation());
        assertEquals(0, out.sub(expected).abs().max().item(), 1e-12);
    }

    private static void assertNear(Tensor exact, Tensor actual, Execution execution) {
        double error = actual.to(DType.F64).sub(exact).abs().max().item();
        assertEquals(0, error / exact.abs().max().item(), 1e-4, execution.toString());
    }

    /// Chunks hand their scale on: more tokens than one chunk, of growing, falling and mixed lengths.
    @Test
    void scalesOfChunks() {
        PairMechanism mechanism =
                Favor.create(4, 20, Favor.Kind.HYPERBOLIC, Frequencies.ORTHOGONAL, 0, DType.F64, Rng.of(6));
        Tensor rows = normal("rows", 1, 2, 150, 4);
        Tensor ramp = Tensor.linspace(0, 12, 150, DType.F64).reshape(150, 1);
        for (Tensor length :
                new Tensor[] {ramp, ramp.neg().add(12), ramp.mul(5).sin().add(1).mul(6)}) {
            Tensor keys = rows.mul(length);
            Pair pair = mechanism.pair().masked();
            Tensor chunked = pair.attend(rows, keys, rows, null, Execution.CHUNKED);
            Tensor recurrent = pair.attend(rows, keys, rows, null, Execution.RECURRENT);
            assertEquals(0, chunked.sub(recurrent).abs().max().item(), 1e-9);
            Tensor first = pair.attend(
                    rows.slice(2, 0, 100), keys.slice(2, 0, 100), rows.slice(2, 0, 100), null, Execution.CHUNKED);
            assertEquals(0, chunked.slice(2, 0, 100).sub(first).abs().max().item(), 1e-12);
            assertEquals(1, chunked.isFinite().all().item());
        }
    }

    /// ω changes after every third step, alike for the same key, and goes on alike from a state that was kept.
    @Test
    void featuresAreDrawnAgain() {
        PairMechanism one = redrawn(3);
        PairMechanism other = redrawn(3);
        PairMechanism never = redrawn(0);
        assertEquals(Set.of("projection_matrix"), Parameters.of(never).buffers().keySet());
        Tensor before = omega(one);
        for (int step = 1; step <= 6; step++) {
            step(one);
            step(other);
            step(never);
            assertEquals(0, omega(one).sub(omega(other)).abs().max().item());
            assertEquals(step % 3 > 0, omega(one).sub(before).abs().max().item() == 0, "step " + step);
            before = omega(one);
            if (step == 4) {
                PairMechanism resumed = redrawn(3);
                Map<String, Buffer> from = Parameters.of(one).buffers();
                Parameters.of(resumed)
                        .buffers()
                        .forEach((name, to) -> to.set(from.get(name).value()));
                other = resumed;
            }
        }
        Tensor untouched = omega(redrawn(0));
        assertEquals(0, omega(never).sub(untouched).abs().max().item());
        one.attend(q, k, v, AttentionMask.none(), Pass.evaluation());
        assertEquals(0, omega(one).sub(before).abs().max().item(), "an evaluation counts no step");
    }

    private static PairMechanism redrawn(int redraw) {
        return Favor.create(4, 6, Favor.Kind.POSITIVE, Frequencies.ORTHOGONAL, redraw, DType.F32, Rng.of(7));
    }

    private void step(PairMechanism mechanism) {
        Pass pass = Pass.training(Rng.of(1));
        mechanism.attend(q, k, v, AttentionMask.none(), pass);
        pass.updateBuffers();
    }

    private static Tensor omega(PairMechanism mechanism) {
        return Parameters.of(mechanism).buffers().get("projection_matrix").value();
    }

    /// Small and large inputs are executed in the two ways, with the same result.
    @Test
    void theExecutionFollowsTheSizes() {
        PairMechanism mechanism = MechanismsTest.pair("linear", 4, 200);
        Tensor q = normal("q", 1, 1, 200, 4);
        for (AttentionMask mask : new AttentionMask[] {AttentionMask.none(), AttentionMask.causal()}) {
            Pair pair = mask.isCausal() ? mechanism.pair().masked() : mechanism.pair();
            Tensor dual = pair.attend(q, q, q, null, Execution.DUAL);
            assertEquals(
                    0,
                    mechanism
                            .attend(q, q, q, mask, Pass.evaluation())
                            .sub(dual)
                            .abs()
                            .max()
                            .item(),
                    1e-13);
        }
    }

    @Test
    void refusals() {
        PairMechanism mechanism = MechanismsTest.pair("linear", 4, 5);
        assertEquals(
                "linear attention cannot add to scores of queries and keys: it takes no bias",
                message(() -> mechanism.attend(
                        q, k, v, AttentionMask.bias(Tensor.zeros(DType.F64, 5, 5)), Pass.evaluation())));
        assertEquals(
                "this cosFormer was made for sequences of at most 4 tokens, got 5",
                message(() -> CosFormer.create(4).attend(q, k, v, AttentionMask.none(), Pass.evaluation())));
        var memory = mechanism.memory(7);
        memory.attend(q, k, v);
        assertEquals("a memory for 7 tokens holds 5 and has no room for 5 more", message(() -> memory.attend(q, k, v)));
        assertTrue(message(() -> PolynomialAttention.create(4, 3)).contains("cannot be normalised"));
    }

    static String message(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }

    static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(11).child(name), 0, 1, DType.F64, shape);
    }
}
