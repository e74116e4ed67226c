package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.PrimalAttention.Mode;
import adjoint.duality.PrimalAttention.Settings;
import adjoint.linalg.Rng;
import adjoint.nn.Activation;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Encoder;
import adjoint.nn.EncoderLayer;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AttentionReportTest {
    private static final int WIDTH = 8;
    private static final int HEADS = 2;
    private static final int RANK = 3;
    private static final int TOKENS = 7;

    private final Rng rng = Rng.of(21);
    private final Tensor x = Tensor.normal(rng.child("x"), 0, 1, DType.F64, 3, TOKENS, WIDTH);

    @ParameterizedTest
    @EnumSource(Mode.class)
    void looksIntoEachPrimalLayer(Mode mode) {
        Encoder encoder = encoder((_, key) -> primal(mode, key));
        AttentionReport report = AttentionReport.of(pass -> encoder.forward(x, AttentionMask.none(), pass));
        assertEquals(
                List.of("layers.0.self_attn", "layers.1.self_attn"),
                report.layers().stream().map(AttentionReport.Layer::path).toList());
        for (AttentionReport.Layer layer : report.layers()) {
            assertTrue(layer.squaredObjective().orElseThrow() > 0);
            assertEquals(HEADS, layer.heads().size());
            for (AttentionReport.Head head : layer.heads()) {
                assertEquals(WIDTH / HEADS, head.spectrum().values().length);
                assertTrue(head.effectiveRank() >= 1 && head.effectiveRank() <= WIDTH / HEADS);
                assertTrue(head.residual().orElseThrow() > 0.01);
                assertEquals(
                        List.of(TOKENS, TOKENS),
                        List.of(head.kernel().dim(0), head.kernel().dim(1)));
            }
        }
    }

    /// Every figure again by hand, from the layer's parameters.
    @ParameterizedTest
    @EnumSource(Mode.class)
    void figuresAreThoseOfTheLayer(Mode mode) {
        PrimalAttention layer = primal(mode, rng.child("layer"));
        AttentionReport.Layer report = AttentionReport.of(pass -> layer.attend(x, AttentionMask.none(), pass))
                .layers()
                .getFirst();
        assertEquals("", report.path());

        Parameters parameters = Parameters.of(layer);
        Tensor qk = x.linear(
                parameters.get("in_proj_weight").value(),
                parameters.get("in_proj_bias").value());
        Tensor lambda = mode == Mode.PAPER
                ? parameters.get("log_lambda").value().exp()
                : parameters.get("Lambda").value().square();
        int p = WIDTH / HEADS;
        for (int h = 0; h < HEADS; h++) {
            double residual = 0;
            double squaredObjective = 0;
            double leading = 0;
            Tensor kernel = null;
            for (int b = 2; b >= 0; b--) {
                Tensor phiQ = new Cosine().features(qk.select(0, b).slice(1, h * p, (h + 1) * p));
                Tensor phiK = new Cosine().features(qk.select(0, b).slice(1, WIDTH + h * p, WIDTH + (h + 1) * p));
                Tensor f = x.select(0, b)
                        .take(new int[] {0, 1, 3, 4, 6}, 0)
                        .slice(1, h * p, (h + 1) * p)
                        .transpose(0, 1);
                Tensor rawWe = parameters.get("We").value().select(0, h);
                Tensor rawWr = parameters.get("Wr").value().select(0, h);
                Tensor we = f.matmul(rawWe);
                Tensor wr = f.matmul(rawWr);
                Kkt kkt = Kkt.of(phiQ, phiK, we, wr, lambda.select(0, h).div(TOKENS));
                residual += kkt.residual() / 3;
                double objective =
                        mode == Mode.PAPER ? kkt.objective() / RANK : kkt.objective() + dot(we, wr) - dot(rawWe, rawWr);
                squaredObjective += objective * objective / 3;
                kernel = phiQ.matmul(phiK.transpose(0, 1));
                leading += Spectrum.ofKernel(kernel).leading() / 3;
            }
            AttentionReport.Head head = report.heads().get(h);
            assertEquals(residual, head.residual().orElseThrow(), 1e-12 * residual);
            assertEquals(leading, head.spectrum().leading(), 1e-10);
            assertArrayEquals(kernel.toDoubles(), head.kernel().toDoubles(), 1e-14);
            assertEquals(squaredObjective, head.squaredObjective().orElseThrow(), 1e-12 * squaredObjective);
        }
        assertEquals(layerObjective(layer), report.squaredObjective().orElseThrow(), 1e-13);
    }

    @Test
    void showsTheSoftmaxMatrix() {
        Encoder encoder =
                encoder((_, key) -> new MultiHeadAttention(WIDTH, HEADS, new SoftmaxMechanism(0), DType.F64, key));
        AttentionReport report = AttentionReport.of(pass -> encoder.forward(x, AttentionMask.none(), pass));
        assertEquals(2, report.layers().size());
        for (AttentionReport.Layer layer : report.layers()) {
            assertTrue(layer.squaredObjective().isEmpty());
            for (AttentionReport.Head head : layer.heads()) {
                assertTrue(head.residual().isEmpty());
                assertTrue(head.effectiveRank() >= 1 && head.effectiveRank() <= TOKENS);
                double[] rows = head.kernel().sum(1).toDoubles();
                double[] ones = new double[TOKENS];
                Arrays.fill(ones, 1);
                assertArrayEquals(ones, rows, 1e-12);
            }
        }
    }

    @Test
    void worksInSinglePrecisionWithTokensToSpare() {
        var settings = new Settings(WIDTH, HEADS, RANK, 4, 0.5, Mode.PAPER);
        PrimalAttention layer = new PrimalAttention(settings, DType.F32, rng);
        Tensor many = Tensor.normal(rng.child("many"), 0, 1, DType.F32, 1, 50, WIDTH);
        AttentionReport.Head head = AttentionReport.of(pass -> layer.attend(many, AttentionMask.none(), pass))
                .layers()
                .getFirst()
                .heads()
                .getFirst();
        assertEquals(DType.F64, head.kernel().dtype());
        double energy = head.kernel().square().sum().item();
        assertEquals(energy, head.spectrum().energy(), 1e-5 * energy);
    }

    @Test
    void saysWhenNoAttentionRan() {
        var error = assertThrows(IllegalArgumentException.class, () -> AttentionReport.of(_ -> {}));
        assertTrue(error.getMessage().startsWith("no attention layer ran"), error.getMessage());
    }

    private static double dot(Tensor a, Tensor b) {
        return a.mul(b).sum().item();
    }

    private double layerObjective(PrimalAttention layer) {
        Pass pass = Pass.evaluation();
        layer.attend(x, AttentionMask.none(), pass);
        return pass.total(Tensor.scalar(0, DType.F64)).item();
    }

    private PrimalAttention primal(Mode mode, Rng key) {
        return new PrimalAttention(new Settings(WIDTH, HEADS, RANK, 5, 1, mode), DType.F64, key);
    }

    private Encoder encoder(Attention.Factory attention) {
        var config = new Encoder.Config(WIDTH, 16, Activation.GELU, 0, EncoderLayer.Norm.POST, DType.F64);
        return new Encoder(config, 2, attention, rng.child("encoder"));
    }
}
