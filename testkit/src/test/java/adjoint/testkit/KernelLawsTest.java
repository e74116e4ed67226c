package adjoint.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class KernelLawsTest {
    private static final BinaryOperator<Tensor> LINEAR = (x, y) -> x.matmul(y.transpose(-1, -2));
    private final Tensor x = Tensor.normal(Rng.of(1), 0, 1, DType.F64, 4, 3);
    private final Tensor y = Tensor.normal(Rng.of(2), 0, 1, DType.F64, 3, 3);

    @Test
    void anOwnKernelInOneLine() {
        KernelLaws.of("linear", LINEAR)
                .symmetric()
                .positive()
                .diagonal(v -> v.square().sum(-1))
                .features(UnaryOperator.identity(), UnaryOperator.identity())
                .hold(x, y);
        KernelLaws.of("softmax", (a, b) -> LINEAR.apply(a, b).softmax(-1))
                .rowStochastic()
                .range(0, 1)
                .hold(x, y);
    }

    /// Of tokens: how many places of two sequences are equal.
    @Test
    void rowsMayBeTokens() {
        BinaryOperator<Tensor> equal = (a, b) -> a.to(DType.F64)
                .unsqueeze(-2)
                .equal(b.to(DType.F64).unsqueeze(-3))
                .sum(-1);
        Tensor s = Tensor.ofInts(new int[] {1, 2, 3, 1, 2, 2, 3, 2, 3}, 3, 3);
        Tensor t = Tensor.ofInts(new int[] {1, 2, 1, 3, 3, 3}, 2, 3);
        KernelLaws.of("k", equal)
                .symmetric()
                .positive()
                .range(0, 3)
                .diagonal(v -> Tensor.full(3, DType.F64, v.dim(0)))
                .hold(s, t);
        assertBroken("outside of [0.0, 2.0]", KernelLaws.of("k", equal).range(0, 2), s, t);
        assertBroken(
                "smallest eigenvalue",
                KernelLaws.of("k", (a, b) -> equal.apply(a, b).neg()).positive(),
                s,
                t);
        assertBroken(
                "symmetry",
                KernelLaws.of("k", (a, b) -> equal.apply(a.to(DType.F64).add(1), b))
                        .symmetric(),
                s,
                t);
    }

    @Test
    void eachLawFindsWhoBreaksIt() {
        assertBroken(
                "symmetry",
                KernelLaws.of("k", (a, b) -> LINEAR.apply(a.mul(2).exp(), b)).symmetric());
        assertBroken(
                "smallest eigenvalue",
                KernelLaws.of("k", (a, b) -> LINEAR.apply(a, b).neg()).positive());
        assertBroken("outside of [0.0, 1.0]", KernelLaws.of("k", LINEAR).range(0, 1));
        assertBroken("row sums", KernelLaws.of("k", LINEAR).rowStochastic());
        assertBroken(
                "columns one by one",
                KernelLaws.of("k", (a, b) -> LINEAR.apply(a, b).softmax(-1)));
        assertBroken(
                "rows of x one by one",
                KernelLaws.of("k", (a, b) -> LINEAR.apply(a, b).softmax(-2)));
        assertBroken(
                "diagonal", KernelLaws.of("k", LINEAR).diagonal(v -> v.abs().sum(-1)));
        assertBroken("primal equals kernel", KernelLaws.of("k", LINEAR).features(v -> v, v -> v.mul(1.01)));
        assertBroken(
                "primal equals kernel, gradient",
                KernelLaws.of("k", LINEAR).features(Tensor::detach, UnaryOperator.identity()));
        assertBroken("k", KernelLaws.of("k", (a, b) -> LINEAR.apply(a, b.detach())));
    }

    private void assertBroken(String law, KernelLaws laws) {
        assertBroken(law, laws, x, y);
    }

    private static void assertBroken(String law, KernelLaws laws, Tensor x, Tensor y) {
        AssertionError e = assertThrows(AssertionError.class, () -> laws.hold(x, y));
        assertTrue(e.getMessage().startsWith("k") && e.getMessage().contains(law), e.getMessage());
    }
}
