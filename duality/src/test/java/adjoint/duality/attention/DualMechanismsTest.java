package adjoint.duality.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.LayerGradients;
import adjoint.duality.convex.EntropicTransport;
import adjoint.duality.convex.FenchelYoung;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Entmax, Hopfield, Sinkhorn and Nyström attention against closed forms and each other.
final class DualMechanismsTest {
    private final Tensor q = PairsTest.normal("q", 2, 2, 6, 4);
    private final Tensor k = PairsTest.normal("k", 2, 2, 6, 4);
    private final Tensor v = PairsTest.normal("v", 2, 2, 6, 3);

    private static Tensor attend(AttentionMechanism mechanism, Tensor q, Tensor k, Tensor v, AttentionMask mask) {
        return mechanism.attend(q, k, v, mask, Pass.evaluation());
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertEquals(0, expected.sub(actual).abs().max().item(), tolerance);
    }

    /// Identity 27 through the layer: scores (1.2, 0.9, −0.3) and (1, 0), by keys along one axis.
    @Test
    void identity27PublishedValues() {
        Tensor one = Tensor.of(new double[] {1}, 1, 1, 1, 1);
        Tensor keys = Tensor.of(new double[] {1.2, 0.9, -0.3}, 1, 1, 3, 1);
        Tensor eye = Tensor.eye(3, DType.F64).reshape(1, 1, 3, 3);
        assertArrayEquals(
                new double[] {0.65, 0.35, 0},
                attend(EntmaxAttention.fixed(2, 0), one, keys, eye, AttentionMask.none())
                        .toDoubles(),
                1e-15);
        Tensor pair = Tensor.of(new double[] {1, 0}, 1, 1, 2, 1);
        Tensor two = Tensor.eye(2, DType.F64).reshape(1, 1, 2, 2);
        assertArrayEquals(
                new double[] {0.8307189138830738, 0.1692810861169262},
                attend(EntmaxAttention.learned(1, 0, DType.F64), one, pair, two, AttentionMask.none())
                        .toDoubles(),
                1e-14);
        Tensor softmax = attend(EntmaxAttention.fixed(1, 0), q, k, v, AttentionMask.causal());
        assertClose(attend(new SoftmaxMechanism(0), q, k, v, AttentionMask.causal()), softmax, 1e-13);
    }

    /// A learned α of every row is a fixed one where these are equal.
    @Test
    void alphaPerRow() {
        for (double alpha : new double[] {1.01, 1.3, 1.5, 2, 3.5}) {
            Tensor z = q.mul(3);
            Tensor all = Tensor.full(alpha, DType.F64, 2, 2, 6, 1);
            assertClose(FenchelYoung.entmax(alpha).predict(z), FenchelYoung.predict(z, all), 0);
            assertClose(
                    Tensor.ones(DType.F64, 2, 2, 6),
                    FenchelYoung.predict(z, all).sum(-1),
                    1e-14);
        }
        Tensor single = FenchelYoung.predict(q.to(DType.F32), Tensor.full(1.5, DType.F32, 2, 2, 6, 1));
        assertEquals(DType.F32, single.dtype());
        assertClose(FenchelYoung.entmax(1.5).predict(q), single.to(DType.F64), 1e-6);
    }

    /// Identity 28: a step is ξ − ∇E(ξ), and lessens E.
    @Test
    void identity28HopfieldEnergy() {
        double beta = 0.5;
        Tensor last = null;
        for (int steps = 1; steps <= 4; steps++) {
            Tensor xi = steps == 1
                    ? q
                    : attend(new HopfieldAttention(steps - 1, new SoftmaxMechanism(0)), q, k, k, AttentionMask.none());
            Tensor slope = Autodiff.grad(x -> energy(x, beta).sum()).apply(xi);
            Tensor next = attend(new HopfieldAttention(steps, new SoftmaxMechanism(0)), q, k, k, AttentionMask.none());
            assertClose(xi.sub(slope), next, 1e-12);
            Tensor energy = energy(next, beta);
            if (last != null) {
                assertTrue(energy.sub(last).max().item() <= 1e-12);
            }
            last = energy;
        }
    }

    private Tensor energy(Tensor xi, double beta) {
        Tensor attraction =
                xi.matmul(k.transpose(-1, -2)).mul(beta).logSumExp(-1).div(beta);
        return xi.square().sum(-1).mul(0.5).sub(attraction);
    }

    /// Patterns far apart are found again from near them.
    @Test
    void patternsAreRetrieved() {
        Tensor patterns = Tensor.eye(6, DType.F64).mul(12).reshape(1, 1, 6, 6);
        Tensor noisy = patterns.add(PairsTest.normal("noise", 1, 1, 6, 6));
        Tensor found = attend(
                new HopfieldAttention(4, new SoftmaxMechanism(0)), noisy, patterns, patterns, AttentionMask.none());
        assertClose(patterns, found, 1e-6);
    }

    /// Identity 29: rows and columns of many iterations, and the plan of optimal transport; one is softmax.
    @Test
    void identity29Sinkhorn() {
        Tensor eye = Tensor.eye(6, DType.F64).expand(2, 2, 6, 6);
        Tensor plan = attend(new SinkhornAttention(401), q, k, eye, AttentionMask.none());
        Tensor ones = Tensor.ones(DType.F64, 2, 2, 6);
        assertClose(ones, plan.sum(-1), 1e-12);
        assertClose(ones, plan.sum(-2), 1e-10);
        Tensor uniform = ones.div(6);
        Tensor cost = q.matmul(k.transpose(-1, -2)).mul(-0.5);
        Tensor optimal =
                EntropicTransport.solve(cost, uniform, uniform, 1, 1e-13, 1000).plan();
        assertClose(optimal.mul(6), plan, 1e-9);
        assertClose(
                attend(new SoftmaxMechanism(0), q, k, v, AttentionMask.none()),
                attend(new SinkhornAttention(1), q, k, v, AttentionMask.none()),
                1e-13);
        AttentionMask half = AttentionMask.keys(Tensor.of(new double[] {1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1}, 2, 6));
        Tensor masked = attend(new SinkhornAttention(401), q, k, eye, half).select(0, 0);
        assertClose(
                Tensor.of(new double[] {2, 0, 2, 0, 2, 0}, 6),
                masked.select(0, 0).sum(-2),
                1e-9);
    }

    /// Identity 30: landmarks for every token are exact, A⁺ is an inverse after 16 iterations, and fewer are near.
    @Test
    void identity30Nystromformer() {
        Tensor exact = attend(new SoftmaxMechanism(0), q, k, v, AttentionMask.none());
        assertClose(exact, attend(new Nystromformer(6, 40), q, k, v, AttentionMask.none()), 1e-10);
        Tensor a = q.matmul(k.transpose(-1, -2)).div(2).softmax(-1);
        assertClose(Tensor.eye(6, DType.F64).expand(2, 2, 6, 6), a.matmul(new Nystromformer(6, 16).inverse(a)), 1e-10);
        Tensor smooth = Tensor.linspace(-1, 1, 64, DType.F64)
                .reshape(1, 1, 64, 1)
                .expand(1, 1, 64, 4)
                .contiguous();
        Tensor values = smooth.mul(3).sin();
        Tensor target = attend(new SoftmaxMechanism(0), smooth, smooth, values, AttentionMask.none());
        Tensor coarse = attend(new Nystromformer(2, 20), smooth, smooth, values, AttentionMask.none());
        Tensor fine = attend(new Nystromformer(4, 20), smooth, smooth, values, AttentionMask.none());
        double far = coarse.sub(target).abs().max().item();
        double near = fine.sub(target).abs().max().item();
        assertTrue(near < far && near < 1e-2, near + " " + far);
    }

    /// The convolution adds, for each head, what its window makes of the values that are not hidden.
    @Test
    void nystromformerConvolvesTheValues() {
        Nystromformer plain = new Nystromformer(3, 6);
        Nystromformer convolved = Nystromformer.convolved(3, 6, 2, 3, DType.F64, Rng.of(4));
        assertEquals(List.of("conv"), List.copyOf(Parameters.of(convolved).names()));
        assertEquals(List.of(), List.copyOf(Parameters.of(plain).names()));
        assertTrue(convolved.conv().value().abs().max().item() <= 1 / Math.sqrt(3));
        double[] w = convolved.conv().value().toDoubles();
        AttentionMask mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0}, 2, 6));
        for (AttentionMask each : new AttentionMask[] {AttentionMask.none(), mask}) {
            Tensor added = attend(convolved, q, k, v, each).sub(attend(plain, q, k, v, each));
            for (int h = 0; h < 2; h++) {
                for (int i = 0; i < 6; i++) {
                    double expected = 0;
                    for (int t = Math.max(0, i - 1); t <= Math.min(5, i + 1); t++) {
                        boolean shown = each.keys() == null || each.keys().get(1, t) != 0;
                        expected += shown ? w[3 * h + t - i + 1] * v.get(1, h, t, 2) : 0;
                    }
                    assertEquals(expected, added.get(1, h, i, 2), 1e-13);
                }
            }
            LayerGradients.check(
                    new MultiHeadAttention(
                            6,
                            2,
                            false,
                            Nystromformer.convolved(2, 3, 2, 3, DType.F64, Rng.of(4)),
                            DType.F64,
                            Rng.of(8)),
                    PairsTest.normal("x", 2, 6, 6),
                    each);
        }
        Nystromformer wide = Nystromformer.convolved(3, 6, 2, 35, DType.F64, Rng.of(4));
        Tensor one = q.slice(2, 0, 1);
        assertEquals(
                1,
                attend(wide, one, one, one, AttentionMask.none())
                        .isFinite()
                        .all()
                        .item());
        assertEquals(
                "a window around each token is odd, not 4",
                PairsTest.message(() -> Nystromformer.convolved(3, 6, 2, 4, DType.F64, Rng.of(4))));
        var sizes = new Mechanisms.Sizes(2, 4, 6, 0, new Mechanisms.Options(0, 0, 0, 5, 3, 0, 3), DType.F64);
        var named = (Nystromformer) Mechanisms.named("nystrom", sizes).create(0, Rng.of(4));
        assertArrayEquals(new int[] {2, 1, 5, 1}, named.conv().value().shape().dims());
    }

    /// What is in padded tokens, queries included, is in no other token's result.
    @Test
    void landmarksAreWithoutPadding() {
        AttentionMask mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0}, 2, 6));
        Tensor valid = mask.keys().reshape(2, 1, 6, 1);
        Tensor before = attend(new Nystromformer(3, 6), q, k, v, mask).where(valid, 0);
        Tensor padding = valid.neg().add(1).mul(50);
        Tensor after = attend(new Nystromformer(3, 6), q.add(padding), k.add(padding), v.add(padding), mask);
        assertClose(before, after.where(valid, 0), 1e-13);
    }

    @Test
    void refusals() {
        assertEquals(
                "Sinkhorn attention cannot look at the past alone: it takes no causal mask",
                PairsTest.message(() -> attend(new SinkhornAttention(3), q, k, v, AttentionMask.causal())));
        assertEquals(
                "Nyströmformer cannot look at the past alone: it takes no causal mask",
                PairsTest.message(() -> attend(new Nystromformer(3, 6), q, k, v, AttentionMask.causal())));
        assertEquals(
                "Nyströmformer cannot add to scores of queries and keys: it takes no bias",
                PairsTest.message(() ->
                        attend(new Nystromformer(3, 6), q, k, v, AttentionMask.bias(Tensor.zeros(DType.F64, 6, 6)))));
        assertEquals(
                "Sinkhorn's iterations begin and end with rows: their number is odd, not 4",
                PairsTest.message(() -> new SinkhornAttention(4)));
        assertEquals(
                "a Hopfield network takes at least 1 step, not 0",
                PairsTest.message(() -> new HopfieldAttention(0, new SoftmaxMechanism(0))));
        assertEquals("α must be in [1, 8], not 0.5", PairsTest.message(() -> EntmaxAttention.fixed(0.5, 0)));
        assertTrue(PairsTest.message(() -> new Nystromformer(0, 6)).contains("landmarks ≥ 1"));
    }
}
