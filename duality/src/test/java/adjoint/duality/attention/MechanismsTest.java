package adjoint.duality.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.AttentionReport;
import adjoint.duality.Certificate;
import adjoint.duality.LayerGradients;
import adjoint.duality.pair.PairMechanism;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;
import adjoint.testkit.PairLaws;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every mechanism is held to, by its name.
final class MechanismsTest {
    /// Those whose results depend on the places of tokens.
    private static final Set<String> PLACED = Set.of("cosformer", "nystrom");
    /// Those with rows that do not sum to 1: every row, or that of a query without a positive component.
    static final Set<String> UNNORMALISED = Set.of("cosine", "cosformer", "nystrom");
    /// What certifies each; softmax is exact.
    private static final Map<String, Certificate.Kind> KINDS = Map.ofEntries(
            Map.entry("linear", Certificate.Kind.RELATIVE_ERROR),
            Map.entry("polynomial", Certificate.Kind.RELATIVE_ERROR),
            Map.entry("cosine", Certificate.Kind.RELATIVE_ERROR),
            Map.entry("cosformer", Certificate.Kind.RELATIVE_ERROR),
            Map.entry("favor", Certificate.Kind.FENCHEL_YOUNG_GAP),
            Map.entry("favor-iid", Certificate.Kind.FENCHEL_YOUNG_GAP),
            Map.entry("favor-hyperbolic", Certificate.Kind.FENCHEL_YOUNG_GAP),
            Map.entry("sparsemax", Certificate.Kind.FENCHEL_YOUNG_GAP),
            Map.entry("entmax", Certificate.Kind.FENCHEL_YOUNG_GAP),
            Map.entry("hopfield", Certificate.Kind.KKT_RESIDUAL),
            Map.entry("nystrom", Certificate.Kind.FENCHEL_YOUNG_GAP),
            Map.entry("sinkhorn", Certificate.Kind.CONSTRAINT_RESIDUAL));

    private final Tensor q = PairsTest.normal("q", 2, 2, 6, 4);
    private final Tensor k = PairsTest.normal("k", 2, 2, 6, 4);
    private final Tensor v = PairsTest.normal("v", 2, 2, 6, 3);

    static Stream<String> names() {
        return Mechanisms.all().stream().map(Mechanisms.Entry::name);
    }

    static Stream<String> causal() {
        return Mechanisms.all().stream().filter(Mechanisms.Entry::causal).map(Mechanisms.Entry::name);
    }

    static AttentionMechanism named(String name, int width, int tokens) {
        var sizes = new Mechanisms.Sizes(2, width, tokens, 0, DType.F64);
        return Mechanisms.named(name, sizes).create(0, Rng.of(5));
    }

    static PairMechanism pair(String name, int width, int tokens) {
        return (PairMechanism) named(name, width, tokens);
    }

    private static PairLaws laws(String name, boolean isCausal) {
        AttentionMechanism mechanism = named(name, 4, 6);
        AttentionMask base = isCausal ? AttentionMask.causal() : AttentionMask.none();
        PairLaws laws = PairLaws.of(name)
                .execution(
                        "attend",
                        (q, k, v, keys) ->
                                mechanism.attend(q, k, v, base.and(AttentionMask.keys(keys)), Pass.evaluation()));
        if (isCausal) {
            laws.causal();
        }
        if (PLACED.contains(name)) {
            laws.placed();
        }
        return UNNORMALISED.contains(name) ? laws : laws.rows();
    }

    @ParameterizedTest
    @MethodSource("names")
    void laws(String name) {
        laws(name, false).hold(q, k, v);
    }

    @ParameterizedTest
    @MethodSource("causal")
    void causalLaws(String name) {
        laws(name, true).hold(q, k, v);
    }

    /// In parts of several tokens, the memory answers as the mechanism does with a causal mask.
    @ParameterizedTest
    @MethodSource("causal")
    void theMemoryAnswersAsCausalAttention(String name) {
        AttentionMechanism mechanism = named(name, 4, 6);
        AttentionMechanism.Memory memory = mechanism.memory(6);
        Tensor expected = mechanism.attend(q, k, v, AttentionMask.causal(), Pass.evaluation());
        int at = 0;
        for (int n : new int[] {2, 1, 3}) {
            Tensor out = memory.attend(q.slice(2, at, at + n), k.slice(2, at, at + n), v.slice(2, at, at + n));
            assertEquals(0, out.sub(expected.slice(2, at, at + n)).abs().max().item(), 1e-13);
            at += n;
            assertEquals(at, memory.length());
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void gradientsOfALayer(String name) {
        for (AttentionMask mask : masks(name)) {
            var sizes = new Mechanisms.Sizes(2, 3, 4, 0, DType.F64);
            var layer = new MultiHeadAttention(
                    6, 2, false, Mechanisms.named(name, sizes).create(0, Rng.of(8)), DType.F64, Rng.of(8));
            LayerGradients.check(layer, PairsTest.normal("x", 2, 4, 6), mask);
        }
    }

    private static List<AttentionMask> masks(String name) {
        AttentionMask keys = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 1, 0, 0}, 2, 4));
        return Mechanisms.entry(name).causal()
                ? List.of(AttentionMask.none(), keys, AttentionMask.causal().and(keys))
                : List.of(AttentionMask.none(), keys);
    }

    /// The matrix that is shown is the one that weighs, 0 for a query that sees no key; with it a certificate, and a
    /// report of both.
    @ParameterizedTest
    @MethodSource("names")
    void aProbeSeesTheWeights(String name) {
        AttentionMask hidden = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}, 2, 6));
        AttentionMask late = AttentionMask.keys(Tensor.of(new double[] {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 2, 6));
        List<AttentionMask> masks = Mechanisms.entry(name).causal()
                ? List.of(AttentionMask.none(), hidden, AttentionMask.causal().and(late))
                : List.of(AttentionMask.none(), hidden, late);
        for (AttentionMask mask : masks) {
            for (DType dtype : new DType[] {DType.F64, DType.F32}) {
                var sizes = new Mechanisms.Sizes(2, 4, 6, 0, dtype);
                AttentionMechanism mechanism = Mechanisms.named(name, sizes).create(0, Rng.of(5));
                Map<String, Tensor> seen = new HashMap<>();
                AttentionMask like = mask.keys() == null || dtype == DType.F64
                        ? mask
                        : new AttentionMask(mask.isCausal(), mask.keys().to(dtype), null);
                Tensor out = mechanism.attend(q.to(dtype), k.to(dtype), v.to(dtype), like, Pass.probing(seen::put));
                Tensor weights = seen.get(SoftmaxMechanism.KERNEL);
                double tolerance = dtype == DType.F64 ? 1e-13 : 1e-5;
                assertEquals(0, weights.matmul(v.to(dtype)).sub(out).abs().max().item(), tolerance);
                if (mask == hidden) {
                    assertEquals(0, weights.select(0, 1).abs().max().item());
                }
                if (mask.isCausal()) {
                    assertEquals(0, weights.get(0, 1, 0, 0));
                }
                AttentionReport.Head head = AttentionReport.of(
                                pass -> mechanism.attend(q.to(dtype), k.to(dtype), v.to(dtype), like, pass))
                        .layers()
                        .getFirst()
                        .heads()
                        .getLast();
                assertEquals(
                        KINDS.get(name),
                        head.certificate().map(Certificate::kind).orElse(null));
                if (!name.equals("softmax")) {
                    double value = head.certificate().orElseThrow().value();
                    assertTrue(value >= 0 && value < 2, name + " " + value);
                    Tensor each = seen.get(KINDS.get(name).name()).select(1, 1);
                    assertEquals(each.mean().item(), value, 1e-12);
                }
            }
        }
    }

    /// One token, and more queries than keys, in single precision.
    @ParameterizedTest
    @MethodSource("names")
    void strangeShapes(String name) {
        AttentionMechanism mechanism = named(name, 4, 6);
        Tensor single = q.slice(2, 0, 1).to(DType.F32);
        Tensor out = mechanism.attend(single, single, single, AttentionMask.none(), Pass.evaluation());
        if (!UNNORMALISED.contains(name)) {
            assertEquals(0, out.sub(single).abs().max().item(), 1e-5);
        }
        Tensor few = k.slice(2, 1, 3);
        Tensor cross = mechanism.attend(q, few, v.slice(2, 0, 2), AttentionMask.none(), Pass.evaluation());
        assertEquals(
                List.of(2, 2, 6, 3),
                java.util.Arrays.stream(cross.shape().dims()).boxed().toList());
        assertEquals(1, cross.isFinite().all().item());
    }

    @Test
    void anUnknownName() {
        String message = assertThrows(IllegalArgumentException.class, () -> Mechanisms.entry("linea"))
                .getMessage();
        assertTrue(message.startsWith("there is no mechanism 'linea'; there are softmax, linear, "), message);
    }
}
