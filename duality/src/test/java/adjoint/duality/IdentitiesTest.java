package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.duality.kernel.ExponentialDot;
import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.Polynomial;
import adjoint.duality.machine.KernelSvd;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Pair;
import adjoint.duality.pair.PairMechanism;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.optim.DualPreconditionedSgd.Reference;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Identities by their number that have no class of their own.
final class IdentitiesTest {
    /// Identity 6: the shifted eigenvalue problem [[0, A], [Aᵀ, 0]] has the eigenvalues ±σ, and 0 for the rest.
    @Test
    void identity06ShiftedEigenvalueProblem() {
        Tensor a = normal("a", 7, 4);
        Tensor top = Tensor.concat(1, Tensor.zeros(DType.F64, 7, 7), a);
        Tensor bottom = Tensor.concat(1, a.transpose(0, 1), Tensor.zeros(DType.F64, 4, 4));
        double[] values = Linalg.eigenvalues(Tensor.concat(0, top, bottom)).toDoubles();
        double[] sigma = KernelSvd.fit(Polynomial.linear(), a, Tensor.eye(4, DType.F64), 4)
                .singularValues()
                .toDoubles();
        double[] expected = new double[11];
        for (int i = 0; i < 4; i++) {
            expected[i] = -sigma[i];
            expected[10 - i] = sigma[i];
        }
        assertArrayEquals(expected, values, 1e-12 * sigma[0]);
    }

    /// Identity 14: cosFormer's kernel, relu(x)ᵀrelu(z)·cos(π(i − j)/(2M)), is a product of two kernels, whose features
    /// are all products of features: relu(x)·cos and relu(x)·sin.
    @Test
    void identity14CosFormerSplits() {
        int tokens = 9;
        Tensor places = Tensor.range(tokens, DType.F64).unsqueeze(1);
        Tensor x = Tensor.concat(1, normal("x", tokens, 4), places);
        Tensor z = Tensor.concat(1, normal("z", tokens, 4), places);
        Kernel content = Polynomial.linear().compose(t -> t.slice(1, 0, 4).relu());
        Kernel place = Polynomial.linear().compose(t -> {
            Tensor angle = t.slice(1, 4, 5).mul(Math.PI / (2 * tokens));
            return Tensor.concat(1, angle.cos(), angle.sin());
        });
        Kernel cosFormer = content.times(place);
        Tensor products = x.slice(1, 0, 4).relu().matmul(z.slice(1, 0, 4).relu().transpose(0, 1));
        Tensor angles = places.sub(places.transpose(0, 1)).mul(Math.PI / (2 * tokens));
        assertClose(products.mul(angles.cos()), cosFormer.gram(x, z), 1e-12);
        FeaturePair split = cosFormer.features().orElseThrow();
        assertEquals(8, split.query().features(x).dim(1));
        assertClose(cosFormer.gram(x, z), split.gram(x, z), 1e-12);
    }

    /// Identity 18: softmax over parts merges associatively to softmax over all, by tiles of the fused kernel. The
    /// largest exponent grows, falls or changes from tile to tile; parts of the keys, attended to alone, are merged
    /// with
    /// the weights that the whole gives to each.
    @Test
    void identity18OnlineSoftmaxMerges() {
        int n = 1500;
        Pair pair = Pair.of(new ExponentialDot(1)).rows();
        Tensor ramp = Tensor.linspace(-20, 20, n, DType.F64).unsqueeze(1);
        Tensor q = normal("q", 1, 1, 5, 3).add(1);
        Tensor v = normal("v", 1, 1, n, 2);
        for (Tensor size : List.of(ramp, ramp.neg(), ramp.mul(0.7).sin().mul(20))) {
            Tensor k = normal("k", 1, 1, n, 3).add(size);
            Tensor whole = pair.attend(q, k, v, null, Execution.DUAL);
            assertClose(softmax(q, k, v), whole, 1e-12);
            for (int[] cuts : new int[][] {{0, n}, {0, 400, n}, {0, 1, 400, 1111, n}, {0, 1111, 1112, n}}) {
                Tensor sum = whole.mul(0);
                for (int i = 1; i < cuts.length; i++) {
                    Tensor inside = Tensor.zeros(DType.F64, 1, 1, n, 1);
                    Tensor places = Tensor.range(n, DType.F64).unsqueeze(1);
                    inside = inside.add(places.greaterEqual(cuts[i - 1]).mul(places.less(cuts[i])));
                    Tensor weight = pair.attend(q, k, inside, null, Execution.DUAL);
                    Tensor part = pair.attend(
                            q,
                            k.slice(2, cuts[i - 1], cuts[i]),
                            v.slice(2, cuts[i - 1], cuts[i]),
                            null,
                            Execution.DUAL);
                    sum = sum.add(weight.mul(part));
                }
                assertClose(whole, sum, 1e-12);
            }
        }
    }

    /// Identity 18, by running sums of exponential features: whatever the parts that tokens come in, and by chunks.
    @Test
    void identity18RunningSumsMerge() {
        int n = 150;
        FeaturePair features = FeaturePair.of(FeatureMap.exponential(d -> d, x -> x));
        Pair pair =
                Pair.of(new FeatureKernel(features, Kernel.Range.NOT_NEGATIVE)).rows();
        Tensor ramp = Tensor.linspace(-200, 200, n, DType.F64).unsqueeze(1);
        Tensor q = normal("q", 1, 1, n, 3);
        Tensor v = normal("v", 1, 1, n, 2);
        for (Tensor size : List.of(ramp, ramp.neg(), ramp.mul(0.07).sin().mul(200))) {
            Tensor k = normal("k", 1, 1, n, 3).add(size);
            Tensor exponents = q.unsqueeze(3).add(k.unsqueeze(2)).logSumExp(-1);
            Tensor seen = Tensor.ones(DType.F64, n, n).tril(0);
            Tensor expected =
                    exponents.where(seen, Double.NEGATIVE_INFINITY).softmax(-1).matmul(v);
            assertClose(expected, pair.masked().attend(q, k, v, null, Execution.CHUNKED), 1e-12);
            for (int[] cuts : new int[][] {{0, n}, {0, 70, n}, {0, 1, 2, 90, n}}) {
                AttentionMechanism.Memory memory = new PairMechanism(pair, Execution.PRIMAL).memory(n);
                for (int i = 1; i < cuts.length; i++) {
                    int from = cuts[i - 1];
                    int to = cuts[i];
                    Tensor out = memory.attend(q.slice(2, from, to), k.slice(2, from, to), v.slice(2, from, to));
                    assertClose(expected.slice(2, from, to), out, 1e-12);
                }
            }
        }
    }

    /// By the definition, element by element.
    private static Tensor softmax(Tensor q, Tensor k, Tensor v) {
        double[] out = new double[q.dim(2) * v.dim(3)];
        for (int i = 0; i < q.dim(2); i++) {
            double[] s = new double[k.dim(2)];
            double most = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < s.length; j++) {
                for (int d = 0; d < q.dim(3); d++) {
                    s[j] += q.get(0, 0, i, d) * k.get(0, 0, j, d);
                }
                most = Math.max(most, s[j]);
            }
            double total = 0;
            for (int j = 0; j < s.length; j++) {
                s[j] = Math.exp(s[j] - most);
                total += s[j];
            }
            for (int j = 0; j < s.length; j++) {
                for (int c = 0; c < v.dim(3); c++) {
                    out[i * v.dim(3) + c] += s[j] / total * v.get(0, 0, j, c);
                }
            }
        }
        return Tensor.of(out, 1, 1, q.dim(2), v.dim(3));
    }

    /// Identity 28: a step of the modern Hopfield network is attention on the patterns, ξ − ∇E(ξ), and E falls.
    @Test
    void identity28HopfieldStepIsAttention() {
        double beta = 2;
        Tensor patterns = normal("patterns", 1, 1, 6, 5);
        Pair pair = Pair.of(new ExponentialDot(beta)).rows();
        Tensor xi = normal("xi", 1, 1, 1, 5);
        double before = Double.POSITIVE_INFINITY;
        for (int step = 0; step < 5; step++) {
            Tensor next = pair.attend(xi, patterns, patterns, null, Execution.DUAL);
            Tensor slope = Autodiff.grad(x -> energy(x, patterns, beta)).apply(xi);
            assertClose(next, xi.sub(slope), 1e-8);
            double now = energy(xi, patterns, beta).item();
            assertTrue(now <= before + 1e-12);
            before = now;
            xi = next;
        }
    }

    private static Tensor energy(Tensor xi, Tensor patterns, double beta) {
        Tensor products = xi.matmul(patterns.transpose(-1, -2)).mul(beta);
        return products.logSumExp(-1)
                .div(-beta)
                .add(xi.square().sum(-1).mul(0.5))
                .sum();
    }

    /// Identity 47: ∇φ* of each preconditioner undoes ∇φ.
    @Test
    void identity47PreconditionersInvertTheirGradients() {
        for (double x : new double[] {-0.9, -0.4, -1e-3, 0, 1e-3, 0.3, 0.8}) {
            for (Reference reference : Reference.values()) {
                double slope = slope(reference, x);
                assertEquals(x, reference.preconditioned(slope), 1e-12, reference + " at " + x);
            }
        }
    }

    /// h' of the reference function, by its formula.
    private static double slope(Reference reference, double x) {
        return switch (reference) {
            case QUADRATIC -> x;
            case COSH -> Math.sinh(x);
            case EXPONENTIAL -> Math.copySign(Math.expm1(Math.abs(x)), x);
            case LOGARITHMIC -> x / (1 - Math.abs(x));
            case CIRCULAR -> x / Math.sqrt(1 - x * x);
        };
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape());
        double scale = Math.max(1, expected.abs().max().item());
        assertArrayEquals(expected.toDoubles(), actual.toDoubles(), tolerance * scale);
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(51).child(name), 0, 1, DType.F64, shape);
    }
}
