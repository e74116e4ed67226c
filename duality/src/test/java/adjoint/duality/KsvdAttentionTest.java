package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KsvdAttentionTest {
    private static KsvdAttention layer(int rank) {
        return new KsvdAttention(8, 2, rank, DType.F64, Rng.of(4));
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(3).child(name), 0, 1, DType.F64, shape);
    }

    @Test
    void gradients() {
        LayerGradients.check(layer(2), normal("x", 2, 6, 8), AttentionMask.none());
        AttentionMask mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}, 2, 6));
        LayerGradients.check(layer(2), normal("x", 2, 6, 8), mask);
    }

    /// Identity 43: e = K·H_r, r = Kᵀ·H_e by a decomposition of K itself, up to the sign; J = 0 and ρ = 0.
    @Test
    void identity43TheScoresAreThoseOfTheKernel() {
        Map<String, Tensor> seen = new HashMap<>();
        Tensor x = normal("x", 2, 6, 8);
        layer(3).attend(x, AttentionMask.none(), Pass.probing(seen::put));
        for (int b = 0; b < 2; b++) {
            for (int h = 0; h < 2; h++) {
                Tensor phiQ =
                        seen.get(AttentionReport.QUERY_FEATURES).select(0, b).select(0, h);
                Tensor phiK =
                        seen.get(AttentionReport.KEY_FEATURES).select(0, b).select(0, h);
                Tensor e = phiQ.matmul(
                        seen.get(AttentionReport.QUERY_WEIGHTS).select(0, b).select(0, h));
                Tensor r = phiK.matmul(
                        seen.get(AttentionReport.KEY_WEIGHTS).select(0, b).select(0, h));
                Ksvd exact = Ksvd.of(phiQ, phiK, 3);
                Tensor ours = e.matmul(r.transpose(0, 1));
                Tensor theirs =
                        exact.queryScores(phiQ).matmul(exact.keyScores(phiK).transpose(0, 1));
                assertEquals(0, ours.sub(theirs).abs().max().item(), 1e-12);
                assertEquals(
                        0,
                        e.abs().sub(exact.queryScores(phiQ).abs()).abs().max().item(),
                        1e-12);
                assertTrue(e.sum(0).min().item() >= 0);
            }
        }
        AttentionReport report = AttentionReport.of(pass -> layer(3).attend(x, AttentionMask.none(), pass));
        for (AttentionReport.Head head : report.layers().getFirst().heads()) {
            assertEquals(0, head.residual().orElseThrow(), 1e-12);
            assertEquals(0, head.squaredObjective().orElseThrow(), 1e-24);
        }
    }

    /// Tokens that are all the same have a kernel of rank 1; gradients stay finite, in single precision too.
    @Test
    void repeatedTokens() {
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
            KsvdAttention layer = new KsvdAttention(8, 2, 3, dtype, Rng.of(4));
            Tensor same = normal("row", 1, 1, 8).expand(2, 5, 8).contiguous().to(dtype);
            Tensor slope = Autodiff.grad(in -> layer.attend(in, AttentionMask.none(), Pass.evaluation())
                            .sum())
                    .apply(same);
            assertEquals(1, slope.isFinite().all().item());
        }
    }

    /// One token: with K = c, the cosine of its query and key, e = |c| and r = c.
    @Test
    void oneToken() {
        Tensor x = normal("one", 1, 1, 8);
        KsvdAttention layer = layer(1);
        Parameters parameters = Parameters.of(layer);
        double[] both = x.linear(
                        parameters.get("in_proj_weight").value(),
                        parameters.get("in_proj_bias").value())
                .toDoubles();
        double[] scores = new double[4];
        for (int h = 0; h < 2; h++) {
            scores[2 * h + 1] = cosine(both, h);
            scores[2 * h] = Math.abs(scores[2 * h + 1]);
        }
        Tensor expected = LayerGradients.projected(layer, Tensor.of(scores, 1, 1, 2, 2));
        Tensor found = layer.attend(x, AttentionMask.none(), Pass.evaluation());
        assertEquals(0, found.sub(expected).abs().max().item(), 1e-14);
    }

    /// Padding has no part, and other orders of tokens are other orders of results.
    @Test
    void paddingAndOrder() {
        Tensor x = normal("x", 1, 6, 8);
        Tensor plain = layer(3).attend(x.slice(1, 0, 5), AttentionMask.none(), Pass.evaluation());
        AttentionMask mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 0}, 1, 6));
        Tensor padded = layer(3).attend(x, mask, Pass.evaluation());
        assertEquals(0, padded.slice(1, 0, 5).sub(plain).abs().max().item(), 1e-12);
        Tensor turned = layer(3).attend(x.slice(1, 0, 5).flip(1), AttentionMask.none(), Pass.evaluation());
        assertEquals(0, turned.flip(1).sub(plain).abs().max().item(), 1e-12);
    }

    @Test
    void refusals() {
        assertMessage("a kernel of 4 features per head has a rank from 1 to 4, got 5", () -> layer(5));
        assertMessage(
                "a decomposition of rank 3 needs as many tokens, got 2",
                () -> layer(3).attend(normal("x", 1, 2, 8), AttentionMask.none(), Pass.evaluation()));
        assertMessage(
                "KsvdAttention cannot look at the past alone: it takes no causal mask",
                () -> layer(3).attend(normal("x", 1, 4, 8), AttentionMask.causal(), Pass.evaluation()));
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }

    /// Of the query and the key of one token in head h, each with 4 components of 8.
    static double cosine(double[] both, int h) {
        double dot = 0;
        double query = 0;
        double key = 0;
        for (int i = 4 * h; i < 4 * h + 4; i++) {
            dot += both[i] * both[8 + i];
            query += both[i] * both[i];
            key += both[8 + i] * both[8 + i];
        }
        return dot / Math.sqrt(query * key);
    }
}
