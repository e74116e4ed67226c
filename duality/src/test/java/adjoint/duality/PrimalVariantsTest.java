package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.PrimalAttention.Mode;
import adjoint.duality.PrimalAttention.Regulariser;
import adjoint.duality.PrimalAttention.Settings;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Weights that do not depend on the data, causal means, and the KKT residual as a regulariser.
final class PrimalVariantsTest {
    private static final double WEIGHT = 40;

    private final Tensor x = normal("x", 3, 6, 6);

    private static PrimalAttention layer(Settings settings) {
        return new PrimalAttention(settings, DType.F64, Rng.of(4));
    }

    private static Settings settings(Mode mode) {
        return new Settings(6, 2, 3, 4, WEIGHT, mode);
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(3).child(name), 0, 1, DType.F64, shape);
    }

    @ParameterizedTest
    @EnumSource
    void gradients(Mode mode) {
        Tensor small = normal("small", 2, 4, 6);
        LayerGradients.check(layer(settings(mode).independent()), small, AttentionMask.none());
        LayerGradients.check(layer(settings(mode).independent()), small, AttentionMask.causal());
        LayerGradients.check(layer(settings(mode).regularised(Regulariser.RHO2)), small, AttentionMask.none());
        LayerGradients.check(
                layer(settings(mode).regularised(Regulariser.RHO2).independent()), small, AttentionMask.causal());
    }

    /// Token 3 of a causal layer, from the means of its four first projections.
    @Test
    void aCausalTokenWrittenOut() {
        PrimalAttention layer = layer(settings(Mode.PAPER).independent());
        Parameters parameters = Parameters.of(layer);
        Tensor out = layer.attend(x, AttentionMask.causal(), Pass.evaluation());
        Tensor qk = x.select(0, 1)
                .slice(0, 0, 4)
                .linear(
                        parameters.get("in_proj_weight").value(),
                        parameters.get("in_proj_bias").value())
                .mean(0);
        Tensor[] heads = new Tensor[2];
        for (int h = 0; h < 2; h++) {
            Tensor[] scores = new Tensor[2];
            for (int side = 0; side < 2; side++) {
                Tensor row = qk.slice(0, side * 6 + h * 3, side * 6 + h * 3 + 3).reshape(1, 3);
                Tensor weights = parameters.get(side == 0 ? "We" : "Wr").value().select(0, h);
                scores[side] = row.div(row.square().sum().sqrt()).matmul(weights);
            }
            heads[h] = Tensor.concat(1, scores)
                    .linear(
                            parameters.get("score_proj.weight").value(),
                            parameters.get("score_proj.bias").value());
        }
        Tensor expected = Tensor.concat(1, heads)
                .linear(
                        parameters.get("out_proj.weight").value(),
                        parameters.get("out_proj.bias").value());
        assertArrayEquals(expected.toDoubles(), out.select(0, 1).select(0, 3).toDoubles(), 1e-13);
    }

    @Test
    void noTokenLooksAhead() {
        PrimalAttention layer = layer(settings(Mode.PAPER).independent());
        Tensor out = layer.attend(x, AttentionMask.causal(), Pass.evaluation());
        Tensor late = Tensor.concat(1, x.slice(1, 0, 4), x.slice(1, 4, 6).mul(-3));
        Tensor other = layer.attend(late, AttentionMask.causal(), Pass.evaluation());
        assertEquals(0, out.slice(1, 0, 4).sub(other.slice(1, 0, 4)).abs().max().item());
        assertTrue(out.slice(1, 4, 6).sub(other.slice(1, 4, 6)).abs().min().item() > 0);
    }

    @Test
    void theMemoryIsASum() {
        PrimalAttention layer = layer(settings(Mode.PAPER).independent());
        Tensor expected = layer.attend(x, AttentionMask.causal(), Pass.evaluation());
        Attention.Memory memory = layer.memory(6);
        int at = 0;
        for (int n : new int[] {2, 1, 3}) {
            Tensor out = memory.attend(x.slice(1, at, at + n));
            assertEquals(0, out.sub(expected.slice(1, at, at + n)).abs().max().item(), 1e-14);
            at += n;
        }
        String message = assertThrows(IllegalArgumentException.class, () -> memory.attend(x.slice(1, 0, 1)))
                .getMessage();
        assertEquals("a memory for 6 tokens holds 6 and has no room for 1 more", message);
        assertThrows(
                UnsupportedOperationException.class,
                () -> layer(settings(Mode.PAPER)).memory(6));
    }

    /// What is added is the residual's mean, between ½ρ² and 2ρ² of every head that [Kkt] measures.
    @ParameterizedTest
    @EnumSource
    void theResidualIsThatOfKkt(Mode mode) {
        for (Settings settings : new Settings[] {settings(mode), settings(mode).independent()}) {
            PrimalAttention layer = layer(settings.regularised(Regulariser.RHO2));
            Map<String, Tensor> seen = new HashMap<>();
            Pass pass = Pass.probing(seen::put);
            layer.attend(x, AttentionMask.none(), pass);
            double added = pass.total(Tensor.scalar(0, DType.F64)).item() / WEIGHT;
            double mean = 0;
            double squares = 0;
            for (int b = 0; b < 3; b++) {
                for (int h = 0; h < 2; h++) {
                    Tensor phiQ = at(seen, AttentionReport.QUERY_FEATURES, b, h);
                    Tensor phiK = at(seen, AttentionReport.KEY_FEATURES, b, h);
                    Tensor we = at(seen, AttentionReport.QUERY_WEIGHTS, b, h);
                    Tensor wr = at(seen, AttentionReport.KEY_WEIGHTS, b, h);
                    Tensor lambda = seen.get(AttentionReport.LAMBDA).select(0, h);
                    Tensor first = phiQ.transpose(0, 1)
                            .matmul(phiQ.matmul(we).mul(lambda))
                            .sub(wr);
                    Tensor second = phiK.transpose(0, 1)
                            .matmul(phiK.matmul(wr).mul(lambda))
                            .sub(we);
                    double slack =
                            first.square().sum().item() + second.square().sum().item();
                    mean += slack
                            / (we.square().sum().item() + wr.square().sum().item())
                            / 6;
                    squares += Math.pow(Kkt.of(phiQ, phiK, we, wr, lambda).residual(), 2) / 6;
                }
            }
            assertEquals(mean, added, 1e-12 * mean);
            assertTrue(added >= squares / 2 && added <= squares * 2, added + " " + squares);
        }
    }

    /// The weights of a sample of zeros are 0: 1 by [Kkt], and in what is minimised, without a gradient.
    @ParameterizedTest
    @EnumSource
    void aSampleOfZerosHasTheResidualOne(Mode mode) {
        PrimalAttention layer = layer(settings(mode).regularised(Regulariser.RHO2));
        Tensor half = Tensor.concat(0, x.slice(0, 0, 1), x.slice(0, 1, 2).mul(0));
        double one = residual(layer, half.slice(0, 0, 1));
        assertEquals(1, residual(layer, half.slice(0, 1, 2)), 1e-15);
        assertEquals((one + 1) / 2, residual(layer, half), 1e-13);
        AttentionReport report =
                AttentionReport.of(pass -> layer.attend(half.slice(0, 1, 2), AttentionMask.none(), pass));
        assertEquals(1, report.layers().getFirst().heads().getFirst().residual().orElseThrow());
        Tensor slope = Autodiff.grad((Tensor in) -> {
                    Pass pass = Pass.evaluation();
                    layer.attend(in, AttentionMask.none(), pass);
                    return pass.total(Tensor.scalar(0, DType.F64));
                })
                .apply(half);
        assertEquals(0, slope.slice(0, 1, 2).abs().max().item());
        assertTrue(slope.abs().max().item() > 1e-3);
    }

    private static double residual(PrimalAttention layer, Tensor x) {
        Pass pass = Pass.evaluation();
        layer.attend(x, AttentionMask.none(), pass);
        return pass.total(Tensor.scalar(0, DType.F64)).item() / WEIGHT;
    }

    private static Tensor at(Map<String, Tensor> seen, String name, int b, int h) {
        return seen.get(name).select(0, b).select(0, h);
    }
}
