package adjoint.duality.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.ArcCosine;
import adjoint.duality.kernel.ExponentialDot;
import adjoint.duality.kernel.FeatureKernel;
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
import java.util.Set;
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
                        Pair.of(FeatureKernel.cosine()),
                        Pair.of(positive).rows(),
                        Pair.of(Polynomial.linear().compose(PairTest::elu, x -> x.mul(2))),
                        Pair.of(new ExponentialDot(0.5)).rows(),
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
