package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.duality.kernel.ExponentialDot;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.Polynomial;
import adjoint.duality.machine.KernelSvd;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Pair;
import adjoint.linalg.Rng;
import adjoint.nn.optim.DualPreconditionedSgd.Reference;
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

    /// Identity 18: softmax over parts, each as (maximum, sum, output), merges associatively to softmax over all.
    @Test
    void identity18OnlineSoftmaxMerges() {
        Tensor q = normal("q", 1, 1, 5, 3);
        Tensor k = normal("k", 1, 1, 12, 3);
        Tensor v = normal("v", 1, 1, 12, 2);
        Tensor whole = Pair.of(new ExponentialDot(1)).rows().attend(q, k, v, null, Execution.DUAL);
        Part a = Part.of(q, k.slice(2, 0, 3), v.slice(2, 0, 3));
        Part b = Part.of(q, k.slice(2, 3, 8), v.slice(2, 3, 8));
        Part c = Part.of(q, k.slice(2, 8, 12), v.slice(2, 8, 12));
        assertClose(whole, a.merge(b).merge(c).output(), 1e-12);
        assertClose(whole, a.merge(b.merge(c)).output(), 1e-12);
    }

    private record Part(Tensor maximum, Tensor sum, Tensor weighted) {
        static Part of(Tensor q, Tensor k, Tensor v) {
            Tensor s = q.matmul(k.transpose(-1, -2));
            Tensor m = s.max(true, -1);
            Tensor e = s.sub(m).exp();
            return new Part(m, e.sum(true, -1), e.matmul(v));
        }

        Part merge(Part other) {
            Tensor m = maximum.maximum(other.maximum);
            Tensor own = maximum.sub(m).exp();
            Tensor theirs = other.maximum.sub(m).exp();
            return new Part(
                    m,
                    sum.mul(own).add(other.sum.mul(theirs)),
                    weighted.mul(own).add(other.weighted.mul(theirs)));
        }

        Tensor output() {
            return weighted.div(sum);
        }
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
