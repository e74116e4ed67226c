package adjoint.duality.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.Polynomial;
import adjoint.duality.kernel.Rbf;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Normaliser;
import adjoint.duality.pair.Pair;
import adjoint.duality.pair.PairMechanism;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Dropout;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What mechanisms certify, each by its definition.
final class CertificatesTest {
    private static final AttentionMask RAGGED =
            AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1}, 2, 6));

    private final Tensor q = PairsTest.normal("q", 2, 2, 6, 4);
    private final Tensor k = PairsTest.normal("k", 2, 2, 6, 4);
    private final Tensor v = PairsTest.normal("v", 2, 2, 6, 3);

    private Map<String, Tensor> seen(AttentionMechanism mechanism, AttentionMask mask) {
        Map<String, Tensor> seen = new HashMap<>();
        mechanism.attend(q, k, v, mask, Pass.probing(seen::put));
        return seen;
    }

    private static double certificate(Map<String, Tensor> seen, Certificate.Kind kind, int b, int h) {
        return seen.get(kind.name()).get(b, h);
    }

    /// `Σ r ln(r/p) − r + p` by the numbers, entries below 0 taken for 0.
    @ParameterizedTest
    @ValueSource(strings = {"favor", "favor-iid", "favor-hyperbolic", "nystrom"})
    void approximateRowsByTheirDivergenceFromSoftmax(String name) {
        for (AttentionMask mask : new AttentionMask[] {AttentionMask.none(), RAGGED}) {
            Map<String, Tensor> seen =
                    seen(name.equals("nystrom") ? new Nystromformer(3, 6) : MechanismsTest.named(name, 4, 6), mask);
            Tensor weights = seen.get(SoftmaxMechanism.KERNEL);
            boolean negative = false;
            for (int b = 0; b < 2; b++) {
                for (int h = 0; h < 2; h++) {
                    double sum = 0;
                    for (int i = 0; i < 6; i++) {
                        double[] p = softmax(b, h, i, mask);
                        for (int j = 0; j < 6; j++) {
                            double r = weights.get(b, h, i, j);
                            negative |= r < 0;
                            sum += p[j] + (r <= 0 ? 0 : r * Math.log(r / p[j]) - r);
                        }
                    }
                    assertTrue(sum > 1e-4, name + " " + sum);
                    assertEquals(sum / 6, certificate(seen, Certificate.Kind.FENCHEL_YOUNG_GAP, b, h), 1e-12);
                }
            }
            assertEquals(name.equals("nystrom"), negative);
        }
    }

    private double[] softmax(int b, int h, int i, AttentionMask mask) {
        double[] p = new double[6];
        double total = 0;
        for (int j = 0; j < 6; j++) {
            double score = 0;
            for (int c = 0; c < 4; c++) {
                score += q.get(b, h, i, c) * k.get(b, h, j, c) / 2;
            }
            p[j] = mask.keys() == null || mask.keys().get(b, j) != 0 ? Math.exp(score) : 0;
            total += p[j];
        }
        for (int j = 0; j < 6; j++) {
            p[j] /= total;
        }
        return p;
    }

    /// Landmarks for every token are softmax itself, and so is entmax for α = 1.
    @Test
    void exactRowsHaveNoGap() {
        for (AttentionMechanism exact :
                new AttentionMechanism[] {new Nystromformer(6, 40), EntmaxAttention.fixed(1, 0)}) {
            Map<String, Tensor> seen = seen(exact, AttentionMask.none());
            assertEquals(
                    0, seen.get(Certificate.Kind.FENCHEL_YOUNG_GAP.name()).max().item(), 1e-9);
        }
    }

    /// Entmax is near its optimum for every α, in both precisions.
    @Test
    void entmaxHasNoGap() {
        for (double alpha : new double[] {1.05, 1.5, 2, 4}) {
            Map<String, Tensor> seen = seen(EntmaxAttention.fixed(alpha, 0), RAGGED);
            assertEquals(
                    0, seen.get(Certificate.Kind.FENCHEL_YOUNG_GAP.name()).max().item(), 1e-12);
        }
        Map<String, Tensor> seen = new HashMap<>();
        EntmaxAttention.learned(2, 0, DType.F32)
                .attend(
                        q.to(DType.F32),
                        k.to(DType.F32),
                        v.to(DType.F32),
                        AttentionMask.causal(),
                        Pass.probing(seen::put));
        assertEquals(
                0, seen.get(Certificate.Kind.FENCHEL_YOUNG_GAP.name()).max().item(), 1e-5);
    }

    /// Both sides of an exact pair agree; of one whose features are another kernel's the error is theirs.
    @Test
    void pairsByTheirOtherSide() {
        for (AttentionMask mask : new AttentionMask[] {AttentionMask.none(), AttentionMask.causal(), RAGGED}) {
            for (String name : new String[] {"linear", "polynomial", "cosine", "cosformer"}) {
                Tensor error = seen(MechanismsTest.named(name, 4, 6), mask).get(Certificate.Kind.RELATIVE_ERROR.name());
                assertEquals(0, error.max().item(), 1e-13, name);
            }
        }
        Pair wrong = new Pair(
                new Polynomial(2, 1), new Polynomial(2, 0.5).features(), Optional.empty(), Normaliser.NONE, false);
        Tensor dual = wrong.attend(q, k, v, null, Execution.DUAL);
        Tensor primal = wrong.attend(q, k, v, null, Execution.PRIMAL);
        for (Execution execution : new Execution[] {Execution.PRIMAL, Execution.DUAL}) {
            Tensor other = execution == Execution.DUAL ? primal : dual;
            Map<String, Tensor> seen = seen(new PairMechanism(wrong, execution), AttentionMask.none());
            double error = 0;
            double size = 0;
            for (int i = 0; i < 6; i++) {
                for (int c = 0; c < 3; c++) {
                    error += Math.pow(dual.get(1, 0, i, c) - primal.get(1, 0, i, c), 2);
                    size += Math.pow(other.get(1, 0, i, c), 2);
                }
            }
            assertEquals(Math.sqrt(error / size), certificate(seen, Certificate.Kind.RELATIVE_ERROR, 1, 0), 1e-12);
        }
        Map<String, Tensor> seen = seen(new PairMechanism(Pair.of(new Rbf(2)).rows(), Execution.FEWEST), RAGGED);
        assertEquals(java.util.Set.of(SoftmaxMechanism.KERNEL), seen.keySet(), "the dual side alone is exact");
    }

    /// The largest error of a sum by the numbers: rows are exact, columns to be 6/M for M visible keys.
    @Test
    void sinkhornBySums() {
        for (AttentionMask mask : new AttentionMask[] {AttentionMask.none(), RAGGED}) {
            double before = Double.POSITIVE_INFINITY;
            for (int iterations : new int[] {1, 3, 9}) {
                Map<String, Tensor> seen = seen(new SinkhornAttention(iterations), mask);
                Tensor weights = seen.get(SoftmaxMechanism.KERNEL);
                int visible = mask.keys() == null ? 6 : 4;
                double worst = 0;
                for (int j = 0; j < 6; j++) {
                    double column = 0;
                    for (int i = 0; i < 6; i++) {
                        column += weights.get(0, 1, i, j);
                    }
                    worst = Math.max(worst, j < visible ? Math.abs(column * visible / 6 - 1) : 0);
                }
                double found = certificate(seen, Certificate.Kind.CONSTRAINT_RESIDUAL, 0, 1);
                assertEquals(worst, found, 1e-12);
                assertTrue(found < before && found > 0);
                before = found;
            }
        }
    }

    /// ‖∇E(ξ)‖/‖ξ‖, by the derivative of E, of the state that asks for values.
    @Test
    void hopfieldByTheSlopeOfItsEnergy() {
        Tensor state = new HopfieldAttention(2, new SoftmaxMechanism(0))
                .attend(q, k, k, AttentionMask.none(), Pass.evaluation());
        Tensor slope = Autodiff.grad((Tensor xi) -> xi.square()
                        .mul(0.5)
                        .sum()
                        .sub(xi.matmul(k.transpose(-1, -2))
                                .mul(0.5)
                                .logSumExp(-1)
                                .div(0.5)
                                .sum()))
                .apply(state);
        Map<String, Tensor> seen = seen(new HopfieldAttention(3, new SoftmaxMechanism(0)), AttentionMask.none());
        for (int h = 0; h < 2; h++) {
            double expected =
                    Math.sqrt(slope.select(0, 1).select(0, h).square().sum().item()
                            / state.select(0, 1).select(0, h).square().sum().item());
            assertEquals(expected, certificate(seen, Certificate.Kind.KKT_RESIDUAL, 1, h), 1e-12);
        }
        Map<String, Tensor> settled = seen(new HopfieldAttention(400, new SoftmaxMechanism(0)), RAGGED);
        assertEquals(0, settled.get(Certificate.Kind.KKT_RESIDUAL.name()).max().item(), 1e-6);
    }

    /// Dropout of Sinkhorn's weights: those that are left are divided by what is left of the probability.
    @Test
    void sinkhornDropsWeights() {
        var mechanism = new SinkhornAttention(3, new Dropout(0.5));
        Tensor eye = Tensor.eye(6, DType.F64).expand(2, 2, 6, 6);
        Tensor weights = mechanism.attend(q, k, eye, AttentionMask.none(), Pass.evaluation());
        Tensor dropped = mechanism.attend(q, k, eye, AttentionMask.none(), Pass.training(Rng.of(6)));
        double[] all = weights.toDoubles();
        double[] left = dropped.toDoubles();
        int zeros = 0;
        for (int i = 0; i < all.length; i++) {
            zeros += left[i] == 0 ? 1 : 0;
            assertEquals(left[i] == 0 ? 0 : 2 * all[i], left[i], 1e-14);
        }
        assertTrue(zeros > 40 && zeros < 104, zeros + " of 144");
        var sizes = new Mechanisms.Sizes(2, 4, 6, 0.25, DType.F64);
        assertEquals(
                new SinkhornAttention(3, new Dropout(0.25)),
                Mechanisms.named("sinkhorn", sizes).create(0, Rng.of(1)));
    }

    /// Options reach the mechanisms that have them.
    @Test
    void options() {
        var sizes = new Mechanisms.Sizes(2, 4, 40, 0.1, new Mechanisms.Options(7, 0, 5, 3, 9, 1.7, 6), DType.F64);
        var nystrom = (Nystromformer) Mechanisms.named("nystrom", sizes).create(0, Rng.of(1));
        assertEquals(5, nystrom.landmarks());
        assertEquals(3, nystrom.conv().value().dim(2));
        assertEquals(
                new SinkhornAttention(9, new Dropout(0.1)),
                Mechanisms.named("sinkhorn", sizes).create(0, Rng.of(1)));
        assertEquals(
                new HopfieldAttention(6, new SoftmaxMechanism(0.1)),
                Mechanisms.named("hopfield", sizes).create(0, Rng.of(1)));
        Map<String, Integer> features = Map.of("favor", 7, "favor-iid", 7, "favor-hyperbolic", 8);
        features.forEach((name, expected) -> {
            PairMechanism favor = (PairMechanism) Mechanisms.named(name, sizes).create(0, Rng.of(1));
            assertEquals(expected, favor.pair().features().orElseThrow().query().dimension(4), name);
        });
        Tensor out = Mechanisms.named("entmax", sizes)
                .create(0, Rng.of(1))
                .attend(q, k, v, AttentionMask.none(), Pass.evaluation());
        Tensor expected = EntmaxAttention.fixed(1.7, 0.1).attend(q, k, v, AttentionMask.none(), Pass.evaluation());
        assertEquals(0, out.sub(expected).abs().max().item());
    }
}
