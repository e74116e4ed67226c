package adjoint.duality;

import static adjoint.duality.PrimalAttention.Mode.PAPER;
import static adjoint.duality.PrimalAttention.Mode.REFERENCE_CODE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.PrimalAttention.Mode;
import adjoint.linalg.Kernels;
import adjoint.linalg.Qr;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class KepSvgpAttentionTest {
    private static final AttentionMask NONE = AttentionMask.none();

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(23).child(name), 0, 1, DType.F64, shape);
    }

    private static KepSvgpAttention.Settings settings(Mode mode, int width, int heads, int rank, int concat) {
        var scores = new PrimalAttention.Settings(width, heads, rank, 4, 0.3, mode);
        return new KepSvgpAttention.Settings(scores, 0.7, 20, concat);
    }

    /// With all parameters away from where they start.
    private static KepSvgpAttention layer(KepSvgpAttention.Settings settings) {
        KepSvgpAttention layer = new KepSvgpAttention(settings, DType.F64, Rng.of(6));
        for (String name : Parameters.of(layer).names()) {
            int[] shape = Parameters.of(layer).get(name).shape().dims();
            double scale = name.startsWith("log_") || name.startsWith("s_sqrt") ? 0.4 : 0.8;
            Waves.fill(layer, name, normal(name, shape).mul(scale));
        }
        return layer;
    }

    private static Tensor parameter(KepSvgpAttention layer, String name) {
        return Parameters.of(layer).get(name).value();
    }

    /// Output, J² and KL with the same noise.
    @ParameterizedTest
    @CsvSource({
        "PAPER, 0, false",
        "PAPER, 0, true",
        "PAPER, 5, true",
        "REFERENCE_CODE, 0, false",
        "REFERENCE_CODE, 0, true",
        "REFERENCE_CODE, 5, true"
    })
    void agreesWithTheFormulasWrittenAsLoops(Mode mode, int concat, boolean draws) {
        KepSvgpAttention.Settings settings = settings(mode, 6, 2, 3, concat);
        KepSvgpAttention layer = layer(settings);
        Tensor x = normal("x", 3, 5, 6);
        Pass pass = draws ? Pass.sampling(Rng.of(8)) : Pass.evaluation();
        Tensor y = layer.attend(x, NONE, pass);
        int[] shape = mode == PAPER ? new int[] {3, 2, 3, 3, 1} : new int[] {3, 2, 1, concat == 0 ? 5 : 10, 3};
        Tensor noise = draws ? Tensor.normal(Rng.of(8).child(0), 0, 1, DType.F64, shape) : null;

        double[] objectives = new double[3];
        double divergence = 0;
        for (int b = 0; b < 3; b++) {
            PlainKep plain = new PlainKep(
                    layer, settings, Waves.rows(x.select(0, b)), noise == null ? null : noise.select(0, b));
            for (int i = 0; i < 5; i++) {
                assertArrayEquals(plain.out[i], y.select(0, b).select(0, i).toDoubles(), 1e-12);
            }
            objectives[b] = plain.objective;
            divergence = plain.divergence;
        }
        double squared = mode == PAPER
                ? Arrays.stream(objectives).map(j -> j * j).average().orElseThrow()
                : Math.pow(Arrays.stream(objectives).average().orElseThrow(), 2);
        double expected = 2 + 0.3 * squared + 0.7 * divergence / (mode == PAPER ? 20 : 1);
        assertEquals(expected, pass.total(Tensor.scalar(2, DType.F64)).item(), 1e-12 * Math.abs(expected));
        assertEquals(divergence, layer.divergence().item(), 1e-12 * Math.abs(divergence));
    }

    /// Identity 10: the closed form is the divergence of two Gaussians, `½(tr(K⁻¹S) + mᵀK⁻¹m − s + log|K| − log|S|)`,
    /// of all heads and components; 0 where they are the same.
    @Test
    void identity10DivergenceOfGaussians() {
        int s = 4;
        KepSvgpAttention layer = layer(settings(PAPER, 8, 2, s, 0));
        double generic = 0;
        for (int h = 0; h < 2; h++) {
            Tensor prior =
                    parameter(layer, "log_lambda").select(0, h).mul(-2).exp().diagEmbed(0);
            for (int t = 0; t < s; t++) {
                Tensor l = factor(layer, h, t);
                Tensor posterior = l.matmul(l.transpose(0, 1));
                Tensor m = parameter(layer, "m_u").select(0, h).slice(1, t, t + 1);
                generic += 0.5
                        * (Linalg.solve(prior, posterior).trace().item()
                                + m.mul(Linalg.solve(prior, m)).sum().item()
                                - s
                                + Linalg.logdet(prior).item()
                                - Linalg.logdet(posterior).item());
            }
        }
        assertEquals(generic, layer.divergence().item(), 1e-12 * generic);
        assertTrue(generic > 1);

        Waves.fill(layer, "m_u", Tensor.zeros(DType.F64, 2, s, s));
        Waves.fill(layer, "s_sqrt_low_triangle", Tensor.zeros(DType.F64, 2, s, s, s));
        Waves.fill(
                layer,
                "log_ssqrt",
                parameter(layer, "log_lambda")
                        .neg()
                        .unsqueeze(1)
                        .expand(2, s, s)
                        .contiguous());
        assertEquals(0, layer.divergence().item(), 1e-12);
    }

    private static Tensor factor(KepSvgpAttention layer, int h, int t) {
        return parameter(layer, "s_sqrt_low_triangle")
                .select(0, h)
                .select(0, t)
                .tril(-1)
                .add(parameter(layer, "log_ssqrt")
                        .select(0, h)
                        .select(0, t)
                        .exp()
                        .diagEmbed(0));
    }

    /// Identity 11: in a layer that holds the exact KSVD, `EΛ⁻¹` is `K_fu K_uu⁻¹` of the process of covariance K·Kᵀ/N
    /// whose inducing variables are its means with the left singular functions, RΛ⁻¹ the same of Kᵀ·K/N; with all
    /// singular functions nothing of the covariance is left, `K_ff − K_fu K_uu⁻¹ K_uf = 0`.
    @ParameterizedTest
    @CsvSource({"4", "6"})
    void identity11InducingFeaturesNeedNoInverse(int rank) {
        int d = 6;
        var scores = new PrimalAttention.Settings(d, 1, rank, d, 1, PAPER);
        KepSvgpAttention layer =
                new KepSvgpAttention(new KepSvgpAttention.Settings(scores, 0, 1, 2 * d), DType.F64, Rng.of(5));
        Tensor x = Tensor.of(
                Qr.thin(Kernels.f64(), d, d, normal("x", d, d).toDoubles()).q(), d, d);
        Tensor qk = x.linear(parameter(layer, "in_proj_weight"), null);
        Tensor phiQ = new Cosine().features(qk.slice(1, 0, d));
        Tensor phiK = new Cosine().features(qk.slice(1, d, 2 * d));
        Ksvd ksvd = Ksvd.of(phiQ, phiK, rank);
        double root = Math.sqrt(d);

        var summed = new KepSvgpAttention(new KepSvgpAttention.Settings(scores, 1), DType.F64, Rng.of(5));
        for (String name : Parameters.of(summed).names()) {
            Waves.fill(
                    summed,
                    name,
                    Tensor.zeros(DType.F64, parameter(summed, name).shape().dims()));
        }
        Waves.fill(summed, "in_proj_weight", parameter(layer, "in_proj_weight"));
        Waves.fill(summed, "We", x.matmul(ksvd.queryWeights()).div(root).unsqueeze(0));
        Waves.fill(summed, "Wr", x.matmul(ksvd.keyWeights()).div(root).unsqueeze(0));
        Waves.fill(summed, "log_lambda", ksvd.lambda().mul(d).log().unsqueeze(0));
        Waves.fill(summed, "m_u", Tensor.eye(rank, DType.F64).unsqueeze(0));
        Waves.fill(summed, "final_weight.weight", Tensor.eye(d, rank, DType.F64));
        Waves.fill(summed, "out_proj.weight", Tensor.eye(d, DType.F64));

        Tensor kernel = phiQ.matmul(phiK.transpose(0, 1));
        Tensor left = weights(kernel, ksvd.queryDuals());
        Tensor right = weights(kernel.transpose(0, 1), ksvd.keyDuals());
        Tensor expected = left.add(right);
        Tensor found = summed.attend(x.unsqueeze(0), NONE, Pass.evaluation())
                .select(0, 0)
                .slice(1, 0, rank);
        double largest = expected.abs().max().item();
        assertEquals(0, expected.sub(found).abs().max().item(), 1e-12 * largest);
        assertTrue(largest > 0.1, "" + largest);

        if (rank == d) {
            Tensor covariance = kernel.matmul(kernel.transpose(0, 1)).div(d);
            Tensor h = ksvd.queryDuals().div(root);
            Tensor explained = left.matmul(h.transpose(0, 1)).matmul(covariance);
            assertEquals(0, covariance.sub(explained).abs().max().item(), 1e-12);
        }
    }

    /// K_fu K_uu⁻¹ of the process of covariance K·Kᵀ/N and `u = Hᵀf/√N`, by solving.
    private static Tensor weights(Tensor kernel, Tensor duals) {
        int n = kernel.dim(0);
        Tensor covariance = kernel.matmul(kernel.transpose(0, 1)).div(n);
        Tensor h = duals.div(Math.sqrt(n));
        Tensor fu = covariance.matmul(h);
        Tensor uu = h.transpose(0, 1).matmul(fu);
        return Linalg.solve(uu, fu.transpose(0, 1)).transpose(0, 1);
    }

    @ParameterizedTest
    @CsvSource({"PAPER, 0", "PAPER, 4", "REFERENCE_CODE, 0", "REFERENCE_CODE, 4"})
    void gradientsOfLayerAndDivergence(Mode mode, int concat) {
        KepSvgpAttention layer = layer(settings(mode, 6, 2, 3, concat));
        Tensor x = normal("x", 2, 4, 6);
        LayerGradients.check(layer, x, NONE);
        LayerGradients.check(layer, x, NONE, () -> Pass.training(Rng.of(3)));
    }

    @Test
    void gradientsWithAMask() {
        var mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 0}, 2, 3));
        LayerGradients.check(
                layer(settings(PAPER, 4, 2, 2, 0)), normal("x", 2, 3, 4), mask, () -> Pass.training(Rng.of(3)));
    }

    /// A draw of a function: mean and covariance between tokens, of every component, within 4.5 standard deviations of
    /// 20000 draws (72 figures). The reference code draws tokens independently, with the same variances as its factors.
    @ParameterizedTest
    @EnumSource(Mode.class)
    void drawsHaveTheMeanAndTheCovarianceOfThePosterior(Mode mode) {
        int d = 3;
        int n = 4;
        int draws = 20000;
        KepSvgpAttention layer = layer(settings(mode, d, 1, d, 0));
        Waves.fill(layer, "final_weight.weight", Tensor.eye(d, DType.F64));
        Waves.fill(layer, "final_weight.bias", Tensor.zeros(DType.F64, d));
        if (mode == PAPER) {
            Waves.fill(layer, "out_proj.weight", Tensor.eye(d, DType.F64));
            Waves.fill(layer, "out_proj.bias", Tensor.zeros(DType.F64, d));
        }
        Tensor x = normal("x", 1, n, d);
        Tensor mean = layer.attend(x, NONE, Pass.evaluation()).select(0, 0);
        Tensor all = layer.attend(x.expand(draws, n, d).contiguous(), NONE, Pass.sampling(Rng.of(7)));
        Tensor weights = weightsOf(layer, x);
        for (int t = 0; t < d; t++) {
            Tensor root = weights.matmul(mode == PAPER ? factor(layer, 0, t) : legacyFactor(layer, t));
            Tensor expected = root.matmul(root.transpose(0, 1));
            Tensor drawn = all.slice(2, t, t + 1)
                    .squeeze(-1)
                    .sub(mean.slice(1, t, t + 1).squeeze(-1));
            Tensor found = drawn.transpose(0, 1).matmul(drawn).div(draws);
            for (int i = 0; i < n; i++) {
                double sigma = Math.sqrt(expected.get(i, i));
                assertEquals(
                        0,
                        drawn.slice(1, i, i + 1).mean().item(),
                        4.5 * sigma / Math.sqrt(draws),
                        "mean " + i + " of component " + t);
                for (int j = 0; j < n; j++) {
                    boolean independent = mode == REFERENCE_CODE && i != j;
                    double c = independent ? 0 : expected.get(i, j);
                    double spread = Math.sqrt((expected.get(i, i) * expected.get(j, j) + c * c) / draws);
                    assertEquals(c, found.get(i, j), 4.5 * spread, "covariance " + i + "," + j + " of " + t);
                }
            }
        }
    }

    /// (E + R)Λ⁻¹ by unit means.
    private static Tensor weightsOf(KepSvgpAttention layer, Tensor x) {
        Tensor before = parameter(layer, "m_u").mul(1);
        Waves.fill(layer, "m_u", Tensor.eye(3, DType.F64).unsqueeze(0));
        Tensor weights = layer.attend(x, NONE, Pass.evaluation()).select(0, 0);
        Waves.fill(layer, "m_u", before);
        return weights;
    }

    /// The entries `[a, b, t]` of the authors' triangles, 0 in the first t columns.
    private static Tensor legacyFactor(KepSvgpAttention layer, int t) {
        Tensor[] rows = new Tensor[3];
        for (int a = 0; a < 3; a++) {
            rows[a] = factor(layer, 0, a).select(1, t);
        }
        Tensor factor = Tensor.stack(0, rows);
        assertEquals(0, factor.slice(1, 0, t).abs().sum().item());
        return factor;
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void predictionsAreMeansOverDraws(Mode mode) {
        KepSvgpAttention layer = layer(settings(mode, 6, 2, 3, 0));
        Tensor x = normal("x", 2, 5, 6);
        Tensor first =
                KepSvgpAttention.predictive(pass -> layer.attend(x, NONE, pass).select(1, 0), 3, Rng.of(4));
        Tensor again =
                KepSvgpAttention.predictive(pass -> layer.attend(x, NONE, pass).select(1, 0), 3, Rng.of(4));
        Tensor other =
                KepSvgpAttention.predictive(pass -> layer.attend(x, NONE, pass).select(1, 0), 3, Rng.of(5));
        assertArrayEquals(first.toDoubles(), again.toDoubles(), 0);
        assertNotEquals(first.get(0, 0), other.get(0, 0));
        Tensor expected = Tensor.zeros(DType.F64, 2, 6);
        for (int i = 0; i < 3; i++) {
            Pass pass = Pass.sampling(Rng.of(4).child(i));
            expected = expected.add(layer.attend(x, NONE, pass).select(1, 0).softmax(-1));
        }
        assertArrayEquals(expected.div(3).toDoubles(), first.exp().toDoubles(), 1e-14);
        assertThrows(IllegalArgumentException.class, () -> KepSvgpAttention.predictive(pass -> x, 0, Rng.of(1)));
    }

    /// What padded tokens hold has no influence, and they put out the last bias; rows without any token are finite.
    @ParameterizedTest
    @EnumSource(Mode.class)
    void padding(Mode mode) {
        KepSvgpAttention layer = layer(settings(mode, 6, 2, 3, 0));
        Tensor valid = Tensor.of(new double[] {1, 1, 1, 0, 0, 0, 0, 0, 0, 0}, 2, 5);
        Tensor x = normal("x", 2, 5, 6);
        Tensor moved = x.where(valid.unsqueeze(-1), Double.NaN);
        Pass one = Pass.sampling(Rng.of(2));
        Pass two = Pass.sampling(Rng.of(2));
        Tensor y = layer.attend(x, AttentionMask.keys(valid), one);
        Tensor same = layer.attend(moved, AttentionMask.keys(valid), two);
        assertArrayEquals(y.toDoubles(), same.toDoubles(), 0);
        Tensor zero = Tensor.scalar(0, DType.F64);
        assertEquals(one.total(zero).item(), two.total(zero).item());
        double[] bias = mode == PAPER ? parameter(layer, "out_proj.bias").toDoubles() : new double[6];
        assertArrayEquals(bias, y.select(0, 0).select(0, 4).toDoubles(), 0);
        assertArrayEquals(bias, y.select(0, 1).select(0, 0).toDoubles(), 0);
        Tensor nan = layer.attend(x.mul(Double.NaN), NONE, Pass.evaluation());
        assertEquals(1, nan.isNaN().all().item());
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void oneToken(Mode mode) {
        KepSvgpAttention.Settings settings = settings(mode, 6, 2, 3, 0);
        KepSvgpAttention layer = layer(settings);
        Tensor x = normal("x", 1, 1, 6);
        PlainKep plain = new PlainKep(layer, settings, Waves.rows(x.select(0, 0)), null);
        assertArrayEquals(plain.out[0], layer.attend(x, NONE, Pass.evaluation()).toDoubles(), 1e-12);
        assertEquals(
                0, layer.attend(normal("x", 0, 1, 6), NONE, Pass.evaluation()).size());
    }

    @Test
    void startsWhereTheTableSays() {
        var paper = new KepSvgpAttention(settings(PAPER, 8, 2, 4, 0), DType.F64, Rng.of(1));
        assertEquals(1, factor(paper, 1, 2).get(3, 3));
        assertEquals(0, factor(paper, 1, 2).get(3, 1));
        var code = new KepSvgpAttention(settings(REFERENCE_CODE, 8, 2, 4, 0), DType.F64, Rng.of(1));
        Tensor log = parameter(code, "log_lambda_sqrt_inv_diag");
        assertTrue(log.min().item() >= 0 && log.max().item() < 1 && log.max().item() > 0.3);
        assertEquals(1, parameter(code, "s_sqrt_low_triangle").std(1).item(), 0.3);
        assertFalseNames(code, "out_proj", "in_proj_bias");
        assertFalseNames(paper, "in_proj_bias", "embed_len_weight");
    }

    private static void assertFalseNames(KepSvgpAttention layer, String... absent) {
        for (String name : absent) {
            assertTrue(Parameters.of(layer).names().stream().noneMatch(found -> found.startsWith(name)), name);
        }
    }

    @Test
    void aReportLooksInside() {
        KepSvgpAttention layer = layer(settings(PAPER, 6, 2, 3, 0));
        AttentionReport.Layer report = AttentionReport.of(pass -> layer.attend(normal("x", 2, 5, 6), NONE, pass))
                .layers()
                .getFirst();
        assertTrue(report.squaredObjective().orElseThrow() > 0);
        assertTrue(report.heads().getFirst().residual().orElseThrow() > 0.01);
    }

    @Test
    void refusals() {
        assertMessage(
                "a kernel of 3 features per head has a rank from 1 to 3, got 4", () -> settings(PAPER, 6, 2, 4, 0));
        assertMessage("rank and samples must be at least 1, got rank 0, samples 4", () -> settings(PAPER, 6, 2, 0, 0));
        var scores = new PrimalAttention.Settings(6, 2, 3, 4, 0, PAPER);
        String range = "the weight of KL must be finite and at least 0, cases at least 1, concat at least 0, got ";
        assertMessage(range + "-1.0, 5, 0", () -> new KepSvgpAttention.Settings(scores, -1, 5, 0));
        assertMessage(range + "NaN, 5, 0", () -> new KepSvgpAttention.Settings(scores, Double.NaN, 5, 0));
        assertMessage(range + "1.0, 0, 0", () -> new KepSvgpAttention.Settings(scores, 0));
        assertMessage(
                "KepSvgpAttention takes scores of data-dependent weights, and J²",
                () -> new KepSvgpAttention.Settings(scores.independent(), 5));
        KepSvgpAttention layer = layer(settings(PAPER, 6, 2, 3, 5));
        Tensor x = normal("x", 1, 4, 6);
        assertMessage(
                "KepSvgpAttention cannot look at the past alone: it takes no causal mask",
                () -> layer.attend(x, AttentionMask.causal(), Pass.evaluation()));
        assertMessage(
                "KepSvgpAttention cannot add to scores of queries and keys: it takes no bias",
                () -> layer.attend(x, AttentionMask.bias(normal("b", 4, 4)), Pass.evaluation()));
        assertEquals(
                "KepSvgpAttention mixes 5 tokens, got 4",
                assertThrows(ShapeError.class, () -> layer.attend(x, NONE, Pass.evaluation()))
                        .getMessage());
        assertEquals(
                "KepSvgpAttention needs x [B, N, 6], got [1, 4, 5]",
                assertThrows(ShapeError.class, () -> layer.attend(normal("x", 1, 4, 5), NONE, Pass.evaluation()))
                        .getMessage());
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
