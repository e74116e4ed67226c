package adjoint.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import org.junit.jupiter.api.Test;

class PairLawsTest {
    private final Tensor q = Tensor.normal(Rng.of(1), 0, 1, DType.F64, 2, 1, 4, 3);
    private final Tensor k = Tensor.normal(Rng.of(2), 0, 1, DType.F64, 2, 1, 4, 3);
    private final Tensor v = Tensor.normal(Rng.of(3), 0, 1, DType.F64, 2, 1, 4, 2);

    private static Tensor hide(Tensor x, Tensor mask) {
        return mask == null ? x : x.where(mask.reshape(mask.dim(0), 1, mask.dim(1), 1), 0);
    }

    private static Tensor dual(Tensor q, Tensor k, Tensor v, Tensor mask) {
        return q.matmul(hide(k, mask).transpose(-1, -2)).matmul(hide(v, mask));
    }

    private static Tensor primal(Tensor q, Tensor k, Tensor v, Tensor mask) {
        return q.matmul(hide(k, mask).transpose(-1, -2).matmul(hide(v, mask)));
    }

    @Test
    void anOwnMechanismInOneLine() {
        PairLaws.of("linear")
                .execution("primal", PairLawsTest::primal)
                .execution("dual", PairLawsTest::dual)
                .hold(q, k, v);
    }

    @Test
    void eachLawFindsWhoBreaksIt() {
        assertBroken(
                "dual and other without a mask",
                PairLaws.of("p")
                        .execution("dual", PairLawsTest::dual)
                        .execution("other", (a, b, c, mask) -> primal(a.mul(1.001), b, c, mask)));
        assertBroken(
                "gradient of k",
                PairLaws.of("p")
                        .execution("dual", PairLawsTest::dual)
                        .execution("other", (a, b, c, mask) -> primal(a, b.detach(), c, mask)));
        assertBroken(
                "with a ragged mask",
                PairLaws.of("p")
                        .execution("dual", PairLawsTest::dual)
                        .execution("other", (a, b, c, mask) -> primal(a, b, c, null)));
        assertBroken(
                "linear in the values",
                PairLaws.of("p").execution("dual", (a, b, c, mask) -> dual(a, b, c.abs(), mask)));
        assertBroken(
                "hidden keys",
                PairLaws.of("p")
                        .execution(
                                "dual",
                                (a, b, c, mask) -> dual(
                                        a,
                                        b,
                                        mask == null
                                                ? c
                                                : c.mul(mask.unsqueeze(1).unsqueeze(3)),
                                        null)));
        assertBroken(
                "nothing to see",
                PairLaws.of("p")
                        .execution(
                                "dual",
                                (a, b, c, mask) ->
                                        dual(a, b, c, mask).add(c.sum(true, 2).where(hidesAll(mask), 0))));
        assertBroken("row sums", PairLaws.of("p").rows().execution("dual", PairLawsTest::dual));
        assertBroken("causality at 1", PairLaws.of("p").causal().execution("dual", PairLawsTest::dual));
        assertBroken(
                "no influence on itself",
                PairLaws.of("p")
                        .causal()
                        .unmasked()
                        .execution(
                                "dual",
                                (a, b, c, mask) ->
                                        a.matmul(b.transpose(-1, -2)).tril(-9).matmul(c)));
        assertBroken(
                "another order of keys",
                PairLaws.of("p")
                        .unmasked()
                        .execution(
                                "dual",
                                (a, b, c, mask) ->
                                        a.matmul(b.transpose(-1, -2)).tril(0).matmul(c)));
        assertBroken(
                "another order of queries",
                PairLaws.of("p")
                        .unmasked()
                        .execution(
                                "dual", (a, b, c, mask) -> dual(a, b, c, mask).cumsum(2)));
    }

    /// `[B, 1, 1, 1]`.
    private static Tensor hidesAll(Tensor mask) {
        return mask == null
                ? Tensor.zeros(DType.F64, 2, 1, 1, 1)
                : mask.max(1).equal(0).reshape(2, 1, 1, 1);
    }

    /// Of a mechanism that knows the places of tokens, orders are not asked.
    @Test
    void placedMechanisms() {
        PairLaws.of("p")
                .placed()
                .execution(
                        "dual",
                        (a, b, c, mask) -> dual(a, b, c, mask)
                                .mul(Tensor.range(4, DType.F64).reshape(4, 1)))
                .hold(q, k, v);
    }

    @Test
    void randomPairs() {
        Tensor exact = Tensor.zeros(DType.F64, 100);
        Tensor variance = Tensor.ones(DType.F64, 100);
        PairLaws.holdRandom("noise", exact, Tensor.normal(Rng.of(5), 0, 1, DType.F64, 100), variance, 0.999);
        Tensor biased = Tensor.normal(Rng.of(5), 4, 1, DType.F64, 100);
        AssertionError e =
                assertThrows(AssertionError.class, () -> PairLaws.holdRandom("noise", exact, biased, variance, 0.999));
        assertTrue(e.getMessage().startsWith("noise: element "), e.getMessage());
    }

    private void assertBroken(String law, PairLaws laws) {
        AssertionError e = assertThrows(AssertionError.class, () -> laws.hold(q, k, v));
        assertTrue(e.getMessage().startsWith("p") && e.getMessage().contains(law), e.getMessage());
    }
}
