package adjoint.duality;

import static adjoint.duality.PrimalAttention.Mode.PAPER;
import static adjoint.duality.PrimalAttention.Mode.REFERENCE_CODE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.PrimalAttention.Mode;
import adjoint.duality.PrimalAttention.Settings;
import adjoint.linalg.Kernels;
import adjoint.linalg.Qr;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class PrimalAttentionTest {
    private final Rng rng = Rng.of(11);

    /// Fewer samples than tokens, as many, and more, so that some repeat.
    @ParameterizedTest
    @CsvSource({
        "PAPER, 3",
        "PAPER, 5",
        "PAPER, 9",
        "PAPER, 1",
        "REFERENCE_CODE, 3",
        "REFERENCE_CODE, 5",
        "REFERENCE_CODE, 9"
    })
    void agreesWithTheFormulasWrittenAsLoops(Mode mode, int samples) {
        Settings settings = new Settings(6, 2, 4, samples, 0.3, mode);
        PrimalAttention layer = layer(settings);
        Tensor x = normal("x", 3, 5, 6);
        Pass pass = Pass.evaluation();
        Tensor y = layer.attend(x, AttentionMask.none(), pass);

        double squared = 0;
        for (int b = 0; b < 3; b++) {
            PlainPrimal plain = new PlainPrimal(layer, settings, Waves.rows(x.select(0, b)));
            for (int i = 0; i < 5; i++) {
                assertArrayEquals(plain.out[i], y.select(0, b).select(0, i).toDoubles(), 1e-12);
            }
            squared += plain.objective * plain.objective / 3;
        }
        double expected = 2 + 0.3 * squared;
        assertEquals(expected, pass.total(Tensor.scalar(2, DType.F64)).item(), 1e-12 * expected);
    }

    /// Values of the same layer by einsum in PyTorch, float64.
    @ParameterizedTest
    @CsvSource({
        "3, 0.269162706739035, 0.4536552341581019, 0.5387181250890283, -2.404860891603249, 0.0970438485630146",
        "5, -0.7656139309381025, 0.12733033357004991, -0.26281111628817794, -2.369029643085915, 0.343512637920124",
        "9, 0.08381470028815122, -0.18203083042701013, 0.20968068916833954, -2.394909291686292, 1.3105154304042648"
    })
    void agreesWithTheReferenceInPyTorch(
            int samples, double first, double second, double last, double sum, double squaredObjective) {
        PrimalAttention layer = layer(new Settings(6, 2, 4, samples, 1, REFERENCE_CODE));
        Waves.fill(layer, "in_proj_weight", 1, 0.5);
        Waves.fill(layer, "in_proj_bias", 2, 0.1);
        Waves.fill(layer, "We", 3, 0.4);
        Waves.fill(layer, "Wr", 4, 0.3);
        Waves.fill(layer, "Lambda", 5, 0.8);
        Waves.fill(layer, "score_proj.weight", 6, 0.5);
        Waves.fill(layer, "score_proj.bias", 7, 0.1);
        Waves.fill(layer, "out_proj.weight", 8, 0.5);
        Waves.fill(layer, "out_proj.bias", 9, 0.1);
        Pass pass = Pass.evaluation();
        Tensor y = layer.attend(Waves.wave(0.1, 1, 2, 5, 6), AttentionMask.none(), pass);
        assertEquals(first, y.get(0, 0, 0), 1e-12);
        assertEquals(second, y.get(0, 0, 1), 1e-12);
        assertEquals(last, y.get(1, 4, 5), 1e-12);
        assertEquals(sum, y.sum().item(), 1e-11);
        assertEquals(squaredObjective, pass.total(Tensor.scalar(0, DType.F64)).item(), 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"PAPER, 3", "PAPER, 7", "REFERENCE_CODE, 4", "REFERENCE_CODE, 7"})
    void gradientsOfLayerAndObjective(Mode mode, int samples) {
        LayerGradients.check(
                layer(new Settings(6, 2, 3, samples, 0.7, mode)), normal("x", 2, 4, 6), AttentionMask.none());
    }

    @Test
    void gradientsWithAMask() {
        var mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 0}, 2, 3));
        LayerGradients.check(layer(new Settings(4, 2, 3, 3, 0.5, PAPER)), normal("x", 2, 3, 4), mask);
    }

    /// A layer whose weights are made to be the exact KSVD of its sample's kernel has J = 0 and ρ = 0. They are made by
    /// W = X·(W|X), for an orthogonal X all of whose tokens are sampled.
    @Test
    void paperObjectiveAndResidualVanishAtTheExactKsvd() {
        int d = 6;
        int rank = 4;
        PrimalAttention layer = layer(new Settings(d, 1, rank, d, 1, PAPER));
        Tensor x = Tensor.of(
                Qr.thin(Kernels.f64(), d, d, normal("x", d, d).toDoubles()).q(), d, d);
        Parameters parameters = Parameters.of(layer);
        Tensor qk = x.linear(
                parameters.get("in_proj_weight").value(),
                parameters.get("in_proj_bias").value());
        Ksvd ksvd =
                Ksvd.of(new Cosine().features(qk.slice(1, 0, d)), new Cosine().features(qk.slice(1, d, 2 * d)), rank);
        Waves.fill(layer, "We", x.matmul(ksvd.queryWeights()).unsqueeze(0));
        Waves.fill(layer, "Wr", x.matmul(ksvd.keyWeights()).unsqueeze(0));
        Waves.fill(layer, "log_lambda", ksvd.lambda().mul(d).log().unsqueeze(0));

        AttentionReport.Layer report = AttentionReport.of(
                        pass -> layer.attend(x.unsqueeze(0), AttentionMask.none(), pass))
                .layers()
                .getFirst();
        assertEquals(0, report.squaredObjective().orElseThrow(), 1e-24);
        assertEquals(0, report.heads().getFirst().residual().orElseThrow(), 1e-12);
    }

    /// Identity 42: with the authors' initialisation each head has Frobenius norm 1, heads are orthogonal to others,
    /// and columns within a head are not orthonormal.
    @Test
    void identity42ReferenceWeightsHaveNormOnePerHead() {
        Tensor we = Parameters.of(layer(new Settings(16, 4, 5, 8, 0, REFERENCE_CODE)))
                .get("We")
                .value();
        Tensor flat = we.reshape(4, 8 * 5);
        assertIdentity(flat.matmul(flat.transpose(0, 1)), 1e-12);
        Tensor first = we.select(0, 0);
        Tensor gram = first.transpose(0, 1).matmul(first);
        assertEquals(1, gram.get(0, 0) + gram.get(1, 1) + gram.get(2, 2) + gram.get(3, 3) + gram.get(4, 4), 1e-12);
        assertTrue(gram.get(0, 0) < 0.7, "a column of norm " + gram.get(0, 0));
    }

    @Test
    void paperWeightsHaveOrthonormalColumnsPerHead() {
        Tensor tall = Parameters.of(layer(new Settings(16, 4, 5, 8, 0, PAPER)))
                .get("We")
                .value();
        Tensor wide = Parameters.of(layer(new Settings(16, 4, 5, 3, 0, PAPER)))
                .get("Wr")
                .value();
        for (int h = 0; h < 4; h++) {
            Tensor columns = tall.select(0, h);
            assertIdentity(columns.transpose(0, 1).matmul(columns), 1e-12);
            Tensor rows = wide.select(0, h);
            assertIdentity(rows.matmul(rows.transpose(0, 1)), 1e-12);
        }
        assertNotEquals(tall.get(0, 0, 0), tall.get(1, 0, 0));
    }

    @Test
    void bothSidesStartApart() {
        Parameters parameters = Parameters.of(layer(new Settings(8, 2, 3, 4, 0, PAPER)));
        assertNotEquals(
                parameters.get("We").value().get(0, 0, 0),
                parameters.get("Wr").value().get(0, 0, 0));
    }

    @Test
    void samplesAreEvenlySpacedFromFirstToLast() {
        assertArrayEquals(new int[] {0, 3, 6, 9}, PrimalAttention.evenlySpaced(10, 4));
        assertArrayEquals(new int[] {0, 1, 3, 4, 6}, PrimalAttention.evenlySpaced(7, 5));
        assertArrayEquals(new int[] {0, 0, 1, 1, 2, 2, 3, 3, 4}, PrimalAttention.evenlySpaced(5, 9));
        assertArrayEquals(new int[] {0, 1, 2, 3, 4}, PrimalAttention.evenlySpaced(5, 5));
        assertArrayEquals(new int[] {0, 0, 0}, PrimalAttention.evenlySpaced(1, 3));
        assertArrayEquals(new int[] {0}, PrimalAttention.evenlySpaced(6, 1));
        assertEquals(29, PrimalAttention.samples(29, 40, 5));
        assertEquals(200, PrimalAttention.samples(300, 40, 5));
    }

    /// Scores depend on the directions of q and k only: scaling the bias-free projection changes nothing.
    @ParameterizedTest
    @EnumSource(Mode.class)
    void outputDoesNotDependOnTheScaleOfTheProjection(Mode mode) {
        PrimalAttention layer = layer(new Settings(8, 2, 3, 4, 0.5, mode));
        Tensor x = normal("x", 2, 4, 8);
        Waves.fill(layer, "in_proj_bias", Tensor.zeros(DType.F64, 16));
        Tensor before = layer.attend(x, AttentionMask.none(), Pass.evaluation());
        Tensor weight = Parameters.of(layer).get("in_proj_weight").value().mul(37.5);
        Waves.fill(layer, "in_proj_weight", weight);
        Tensor after = layer.attend(x, AttentionMask.none(), Pass.evaluation());
        assertArrayEquals(before.toDoubles(), after.toDoubles(), 1e-12);
    }

    @Test
    void masksWhatPaddedTokensPutOut() {
        PrimalAttention layer = layer(new Settings(8, 2, 3, 4, 0, PAPER));
        Tensor x = normal("x", 1, 4, 8);
        Tensor free = layer.attend(x, AttentionMask.none(), Pass.evaluation());
        Tensor masked =
                layer.attend(x, AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 0}, 1, 4)), Pass.evaluation());
        double[] bias = Parameters.of(layer).get("out_proj.bias").value().toDoubles();
        assertArrayEquals(bias, masked.select(0, 0).select(0, 3).toDoubles(), 0);
        assertArrayEquals(free.slice(1, 0, 3).toDoubles(), masked.slice(1, 0, 3).toDoubles(), 1e-15);
    }

    /// Layers of one pass are averaged: two layers count half each.
    @Test
    void objectivesOfLayersAreAveraged() {
        PrimalAttention a = layer(new Settings(8, 2, 3, 4, 0.4, PAPER));
        PrimalAttention b = layer(new Settings(8, 2, 5, 4, 0.4, PAPER));
        Tensor x = normal("x", 2, 4, 8);
        Tensor zero = Tensor.scalar(0, DType.F64);
        Pass first = Pass.evaluation();
        a.attend(x, AttentionMask.none(), first);
        Pass second = Pass.evaluation();
        b.attend(x, AttentionMask.none(), second);
        Pass both = Pass.evaluation();
        a.attend(x, AttentionMask.none(), both);
        b.attend(x, AttentionMask.none(), both);
        double expected = (first.total(zero).item() + second.total(zero).item()) / 2;
        assertEquals(expected, both.total(zero).item(), 1e-14 * expected);
    }

    @Test
    void singlePrecisionFollowsDouble() {
        Settings settings = new Settings(32, 4, 8, 7, 1, REFERENCE_CODE);
        PrimalAttention wide = new PrimalAttention(settings, DType.F64, rng);
        PrimalAttention narrow = new PrimalAttention(settings, DType.F32, rng);
        Parameters.of(wide).values().forEach((name, value) -> Waves.fill(narrow, name, value));
        Tensor x = normal("x", 3, 11, 32);
        double[] expected =
                wide.attend(x, AttentionMask.none(), Pass.evaluation()).toDoubles();
        double[] actual = narrow.attend(x.to(DType.F32), AttentionMask.none(), Pass.evaluation())
                .toDoubles();
        assertArrayEquals(expected, actual, 1e-5);
    }

    @Test
    void sameKeySameBits() {
        Settings settings = new Settings(8, 2, 3, 4, 0.5, REFERENCE_CODE);
        Tensor x = normal("x", 2, 4, 8);
        assertArrayEquals(
                layer(settings)
                        .attend(x, AttentionMask.none(), Pass.evaluation())
                        .toDoubles(),
                layer(settings)
                        .attend(x, AttentionMask.none(), Pass.evaluation())
                        .toDoubles(),
                0);
    }

    @Test
    void oneTokenIsEnough() {
        PrimalAttention layer = layer(new Settings(4, 2, 3, 2, 1, PAPER));
        Pass pass = Pass.evaluation();
        Tensor y = layer.attend(normal("x", 1, 1, 4), AttentionMask.none(), pass);
        assertEquals(4, y.size());
        assertTrue(Double.isFinite(pass.total(y.sum()).item()));
    }

    @Test
    void refusesWhatItCannotBe() {
        assertMessage(
                "the width must be a positive multiple of the heads, got width 10, heads 4",
                () -> new Settings(10, 4, 3, 4, 0, PAPER));
        assertMessage(
                "rank and samples must be at least 1, got rank 0, samples 4", () -> new Settings(8, 4, 0, 4, 0, PAPER));
        assertMessage(
                "the weight of J² must be finite and at least 0, not -0.5",
                () -> new Settings(8, 4, 3, 4, -0.5, PAPER));
        assertMessage(
                "the reference code starts with 8 orthonormal rows, one per head, of samples × rank = 2 × 3 entries each:"
                        + " that many do not exist; take more samples or fewer heads",
                () -> new Settings(8, 8, 3, 2, 0, REFERENCE_CODE));
        FeatureMap doubling = new FeatureMap() {
            @Override
            public Tensor features(Tensor vectors) {
                return Tensor.concat(-1, vectors, vectors);
            }

            @Override
            public int dimension(int d) {
                return 2 * d;
            }
        };
        assertMessage(
                "the weights are made of tokens of 4 channels per head, so the feature map must give as many features,"
                        + " not 8",
                () -> new Settings(8, 2, 3, 4, 0, PAPER, doubling));
    }

    @Test
    void refusesAnInputOfAnotherWidth() {
        PrimalAttention layer = layer(new Settings(8, 2, 3, 4, 0, PAPER));
        var error = assertThrows(
                ShapeError.class, () -> layer.attend(normal("x", 2, 4, 6), AttentionMask.none(), Pass.evaluation()));
        assertEquals("PrimalAttention needs x [B, N, 8], got [2, 4, 6]", error.getMessage());
    }

    private static void assertMessage(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static void assertIdentity(Tensor matrix, double tolerance) {
        for (int i = 0; i < matrix.dim(0); i++) {
            for (int j = 0; j < matrix.dim(1); j++) {
                assertEquals(i == j ? 1 : 0, matrix.get(i, j), tolerance);
            }
        }
    }

    private PrimalAttention layer(Settings settings) {
        return new PrimalAttention(settings, DType.F64, rng);
    }

    private Tensor normal(String name, int... shape) {
        return Tensor.normal(rng.child(name), 0, 1, DType.F64, shape);
    }
}
