package adjoint.testkit;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class OperationLawsTest {
    private final Tensor x = Tensor.of(new double[] {-1, 0.25, 2, 3, -2, 0.5}, 2, 3);
    private final Tensor y = Tensor.of(new double[] {0.5, 1, -1});

    @Test
    void anOwnOperationInOneLine() {
        OperationLaws.of("softplus", v -> v.getFirst().exp().add(1).log()).hold(x);
        OperationLaws.of("gated", v -> v.get(0).sigmoid().mul(v.get(1))).hold(x, y);
        OperationLaws.of(
                        "attention",
                        v -> v.get(0)
                                .matmul(v.get(0).transpose(0, 1))
                                .softmax(-1)
                                .matmul(v.get(0)))
                .hold(x);
    }

    @Test
    void eachLawFindsWhoBreaksIt() {
        AtomicInteger calls = new AtomicInteger();
        assertBroken("called again", v -> v.getFirst().mul(calls.incrementAndGet()), OperationLaws::pure);
        assertBroken("in layout TRANSPOSED", OperationLawsTest::strided, OperationLaws::layoutFree);
        assertBroken("gradient of input 0", v -> v.getFirst().mul(v.getFirst().detach()), OperationLaws::hold);
        assertBroken(
                "in F32", v -> v.getFirst().add(v.getFirst().dtype() == DType.F32 ? 1e-2 : 0), OperationLaws::precise);
        assertBroken(
                "called again: shape",
                v -> Tensor.uniform(Rng.of(1), 0, 1, DType.F64, calls.incrementAndGet()),
                OperationLaws::pure);
    }

    /// Right for dense tensors alone.
    private static Tensor strided(List<Tensor> v) {
        Tensor x = v.getFirst();
        return x.contiguous() == x ? x : x.mul(2);
    }

    private interface Law {
        void hold(OperationLaws laws, Tensor... inputs);
    }

    private void assertBroken(String law, Function<List<Tensor>, Tensor> f, Law laws) {
        AssertionError e = assertThrows(AssertionError.class, () -> laws.hold(OperationLaws.of("f", f), x));
        assertTrue(e.getMessage().startsWith("f") && e.getMessage().contains(law), e.getMessage());
    }
}
