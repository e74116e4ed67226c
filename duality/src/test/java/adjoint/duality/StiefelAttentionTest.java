package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Objective;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import adjoint.nn.StepListener;
import adjoint.nn.Trainer;
import adjoint.nn.optim.Adam;
import adjoint.nn.optim.ParameterGroup;
import adjoint.nn.optim.Sgd;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class StiefelAttentionTest {
    private static final AttentionMask NONE = AttentionMask.none();

    private static StiefelAttention layer(int rank) {
        return new StiefelAttention(8, 2, rank, 0.5, DType.F64, Rng.of(4));
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(3).child(name), 0, 1, DType.F64, shape);
    }

    private static Map<String, Tensor> seen(SvdAttention layer, Tensor x, AttentionMask mask) {
        Map<String, Tensor> seen = new HashMap<>();
        seen.put("y", layer.attend(x, mask, Pass.probing(seen::put)));
        return seen;
    }

    private static Tensor at(Map<String, Tensor> seen, String name, int head) {
        return seen.get(name).select(0, 0).select(0, head);
    }

    private static double gap(StiefelAttention layer, Tensor x) {
        return seen(layer, x, NONE).get(StiefelAttention.GAP).mean().item();
    }

    @Test
    void gradients() {
        LayerGradients.check(layer(2), normal("x", 2, 6, 8), NONE);
        LayerGradients.check(layer(2), normal("x", 2, 3, 8), NONE);
        AttentionMask mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}, 2, 6));
        LayerGradients.check(layer(2), normal("x", 2, 6, 8), mask);
    }

    /// Identity 44: Tr(UᵀMV) ≤ Σ_{i≤s} σ_i(M) for all orthonormal U and V, with the singular values of K.
    @Test
    void identity44KyFanBoundsTheTrace() {
        for (int draw = 0; draw < 20; draw++) {
            StiefelAttention layer = new StiefelAttention(8, 2, 1 + draw % 4, 0.5, DType.F64, Rng.of(draw));
            Map<String, Tensor> seen = seen(layer, normal("x" + draw, 1, 6, 8), NONE);
            for (int h = 0; h < 2; h++) {
                double[] sigma = Spectrum.ofFeatures(
                                at(seen, AttentionReport.QUERY_FEATURES, h), at(seen, AttentionReport.KEY_FEATURES, h))
                        .values();
                double most = 0;
                for (int i = 0; i <= draw % 4; i++) {
                    most += sigma[i];
                }
                double trace = at(seen, AttentionReport.QUERY_WEIGHTS, h)
                        .mul(at(seen, AttentionReport.KEY_WEIGHTS, h))
                        .sum()
                        .item();
                double gap = at(seen, StiefelAttention.GAP, h).item();
                assertEquals(1 - trace / most, gap, 1e-10);
                assertTrue(gap > 0 && gap < 2, "gap " + gap);
            }
        }
    }

    /// Identity 44 at the singular vectors: the gap is 0, the residual too, and the layer is [KsvdAttention].
    @Test
    void identity44AtTheSingularVectorsItIsTheDecomposition() {
        for (int tokens : new int[] {6, 4}) {
            Tensor x = normal("x", 1, tokens, 8);
            KsvdAttention exact = new KsvdAttention(8, 2, 3, DType.F64, Rng.of(4));
            Map<String, Tensor> theirs = seen(exact, x, NONE);
            StiefelAttention layer = layer(3);
            Map<String, Tensor> state = new TreeMap<>(Parameters.of(layer).values());
            for (int h = 0; h < 2; h++) {
                Tensor phiQ = at(theirs, AttentionReport.QUERY_FEATURES, h);
                Tensor rq = Linalg.qr(phiQ).r();
                Tensor rk =
                        Linalg.qr(at(theirs, AttentionReport.KEY_FEATURES, h)).r();
                Linalg.Svd svd = Linalg.svd(rq.matmul(rk.transpose(0, 1)));
                Tensor b = svd.vt().transpose(0, 1);
                Tensor ours = phiQ.matmul(rk.transpose(0, 1).matmul(b));
                Tensor signs = ours.sum(0).greaterEqual(0).to(DType.F64).mul(2).sub(1);
                state.put("U." + h + ".0.base", svd.u().mul(signs));
                state.put("V." + h + ".0.base", b.mul(signs));
            }
            Parameters.of(layer).load(state);
            Map<String, Tensor> ours = seen(layer, x, NONE);
            assertClose(theirs.get("y"), ours.get("y"), 1e-9);
            assertClose(theirs.get(AttentionReport.QUERY_WEIGHTS), ours.get(AttentionReport.QUERY_WEIGHTS), 1e-9);
            assertClose(theirs.get(AttentionReport.KEY_WEIGHTS), ours.get(AttentionReport.KEY_WEIGHTS), 1e-9);
            assertEquals(0, ours.get(StiefelAttention.GAP).abs().max().item(), 1e-12);
            AttentionReport report = AttentionReport.of(pass -> layer.attend(x, NONE, pass));
            for (AttentionReport.Head head : report.layers().getFirst().heads()) {
                assertEquals(0, head.residual().orElseThrow(), 1e-9);
                assertEquals(0, head.gap().orElseThrow(), 1e-12);
                assertEquals(0, head.squaredObjective().orElseThrow(), 1e-18);
            }
        }
    }

    /// With the gap as the loss alone, and U and V alone learned, they come to span the singular subspaces, orthonormal
    /// all the way.
    @Test
    void trainingClosesTheGapOnTheManifold() {
        StiefelAttention layer = layer(2);
        Tensor x = normal("x", 1, 6, 8);
        double before = gap(layer, x);
        Objective<Tensor> objective = new Objective<>() {
            @Override
            public int size(Tensor batch) {
                return 1;
            }

            @Override
            public Tensor loss(Tensor batch, int from, int to, Pass pass) {
                pass.observe(Tensor.zeros(DType.F64, 1, 2), Tensor.ofInts(new int[] {0}, 1));
                return layer.attend(batch, NONE, pass).mul(0).sum();
            }
        };
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("learned", name -> name.endsWith("original"), new Adam(0.05)),
                new ParameterGroup("kept", _ -> true, new Sgd(0)));
        Trainer<Tensor> trainer =
                new Trainer<>(layer, objective, new Trainer.Config(new Adam(0.05), 1e9, 1, 1).with(groups));
        double[] projection = Parameters.of(layer).get("in_proj_weight").value().toDoubles();
        trainer.train(_ -> Collections.nCopies(300, x), StepListener.NONE);
        assertArrayEquals(
                projection, Parameters.of(layer).get("in_proj_weight").value().toDoubles());
        double after = gap(layer, x);
        assertTrue(before > 0.2 && after >= -1e-12 && after < 1e-4, before + " → " + after);
        Map<String, Tensor> seen = seen(layer, x, NONE);
        for (int h = 0; h < 2; h++) {
            Tensor rk = Linalg.qr(at(seen, AttentionReport.KEY_FEATURES, h)).r();
            Tensor v = Linalg.solve(rk.transpose(0, 1), at(seen, AttentionReport.QUERY_WEIGHTS, h));
            assertClose(Tensor.eye(2, DType.F64), v.transpose(0, 1).matmul(v), 1e-9);
            Tensor rq = Linalg.qr(at(seen, AttentionReport.QUERY_FEATURES, h)).r();
            Tensor u = Linalg.solve(rq.transpose(0, 1), at(seen, AttentionReport.KEY_WEIGHTS, h));
            assertClose(Tensor.eye(2, DType.F64), u.transpose(0, 1).matmul(u), 1e-9);
            Tensor a = Linalg.svd(rq.matmul(rk.transpose(0, 1))).u().slice(1, 0, 2);
            assertEquals(2, a.transpose(0, 1).matmul(u).square().sum().item(), 1e-2);
        }
    }

    /// η times the mean of the gaps.
    @Test
    void lossGoesToThePassWithItsWeight() {
        Pass pass = Pass.evaluation();
        Tensor x = normal("x", 3, 6, 8);
        layer(2).attend(x, NONE, pass);
        double gap = seen(layer(2), x, NONE).get(StiefelAttention.GAP).mean().item();
        assertEquals(0.5 * gap, pass.total(Tensor.scalar(0, DType.F64)).item(), 1e-12);
    }

    /// Tokens that are all the same, none, or fewer than features: gradients stay finite, in single precision too.
    @Test
    void featuresOfLowRank() {
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
            StiefelAttention layer = new StiefelAttention(8, 2, 1, 1, dtype, Rng.of(4));
            Tensor same = normal("row", 1, 1, 8).expand(2, 5, 8).contiguous().to(dtype);
            AttentionMask mask = AttentionMask.keys(
                    Tensor.of(new double[] {1, 1, 1, 1, 0, 0, 0, 0, 0, 0}, 2, 5).to(dtype));
            for (AttentionMask each : List.of(NONE, mask)) {
                requireFinite(layer, same, each);
            }
            requireFinite(layer, normal("one", 1, 1, 8).to(dtype), NONE);
            Tensor gaps = seen(layer, same, mask).get(StiefelAttention.GAP);
            assertArrayEquals(new double[] {0, 0}, gaps.select(0, 1).toDoubles());
        }
    }

    private static void requireFinite(StiefelAttention layer, Tensor x, AttentionMask mask) {
        Tensor slope = Autodiff.grad(in -> {
                    Pass pass = Pass.evaluation();
                    Tensor y = layer.attend(in, mask, pass);
                    return pass.total(y.sum());
                })
                .apply(x);
        assertEquals(1, slope.isFinite().all().item());
    }

    /// One token: R is ±φᵀ above rows of √ε, so e = ±c·v₁ and r = ±c·u₁ for the cosine c of its query and key, with the
    /// signs of the first features.
    @Test
    void oneToken() {
        Tensor x = normal("one", 1, 1, 8);
        StiefelAttention layer = layer(1);
        Map<String, Tensor> state = new TreeMap<>(Parameters.of(layer).values());
        double[] both =
                x.linear(state.get("in_proj_weight"), state.get("in_proj_bias")).toDoubles();
        double[] scores = new double[4];
        for (int h = 0; h < 2; h++) {
            double cosine = KsvdAttentionTest.cosine(both, h);
            scores[2 * h] = cosine * Math.signum(both[8 + 4 * h]) * 0.28;
            scores[2 * h + 1] = cosine * Math.signum(both[4 * h]) * 0.6;
            state.put(
                    "U." + h + ".0.base",
                    Tensor.of(new double[] {0.6, 0, -0.8, 0, 0, 1, 0, 0, 0.8, 0, 0.6, 0, 0, 0, 0, 1}, 4, 4));
            state.put(
                    "V." + h + ".0.base",
                    Tensor.of(new double[] {0.28, 0, 0, -0.96, 0, 1, 0, 0, 0, 0, 1, 0, 0.96, 0, 0, 0.28}, 4, 4));
        }
        Parameters.of(layer).load(state);
        Tensor expected = LayerGradients.projected(layer, Tensor.of(scores, 1, 1, 2, 2));
        assertClose(expected, seen(layer, x, NONE).get("y"), 1e-6);
    }

    /// Padding has no part, and other orders of tokens are other orders of results.
    @Test
    void paddingAndOrder() {
        Tensor x = normal("x", 1, 6, 8);
        Map<String, Tensor> plain = seen(layer(3), x.slice(1, 0, 5), NONE);
        AttentionMask mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 0}, 1, 6));
        Map<String, Tensor> padded = seen(layer(3), x, mask);
        assertClose(plain.get("y"), padded.get("y").slice(1, 0, 5), 1e-12);
        assertClose(plain.get("gap"), padded.get("gap"), 1e-12);
        Tensor turned = layer(3).attend(x.slice(1, 0, 5).flip(1), NONE, Pass.evaluation());
        assertClose(plain.get("y"), turned.flip(1), 1e-12);
    }

    @Test
    void notANumberSpreads() {
        Tensor x = normal("x", 1, 6, 8).contiguous();
        double[] values = x.toDoubles();
        values[3] = Double.NaN;
        Pass pass = Pass.evaluation();
        Tensor y = layer(2).attend(Tensor.of(values, 1, 6, 8), NONE, pass);
        assertTrue(Double.isNaN(y.sum().item()));
        assertTrue(Double.isNaN(pass.total(Tensor.scalar(0, DType.F64)).item()));
    }

    @Test
    void refusals() {
        assertMessage("a kernel of 4 features per head has a rank from 1 to 4, got 5", () -> layer(5));
        assertMessage(
                "the weight of the gap must be finite and at least 0, not -1.0",
                () -> new StiefelAttention(8, 2, 2, -1, DType.F64, Rng.of(4)));
        assertMessage(
                "a decomposition of rank 3 needs as many tokens, got 2",
                () -> layer(3).attend(normal("x", 1, 2, 8), NONE, Pass.evaluation()));
        assertMessage(
                "StiefelAttention cannot look at the past alone: it takes no causal mask",
                () -> layer(3).attend(normal("x", 1, 4, 8), AttentionMask.causal(), Pass.evaluation()));
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(expected.toDoubles(), actual.toDoubles(), tolerance);
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
