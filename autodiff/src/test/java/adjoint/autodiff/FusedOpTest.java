package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Case.Memory;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Fused kernels and their plain decompositions are the same function. That their gradients agree is
/// [GradientTableTest]'s kernelsAgreeWithRecordedOperations, where the recorded way goes through the decomposition.
class FusedOpTest {

    static Stream<Case> fusedCases() {
        return Cases.all().stream().filter(c -> c.op() instanceof FusedOp<?>);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fusedCases")
    void valueIsThatOfTheDecomposition(Case c) {
        for (Shape[] shapes : c.shapes()) {
            try (Tape tape = Tape.open()) {
                List<Tensor> inputs = c.inputs(shapes, Memory.DENSE, DType.F64);
                tape.watch(inputs);
                c.f().apply(inputs);
                for (int i = inputs.size(); i < tape.recorded(); i++) {
                    Call call = tape.recorded(i);
                    if (call.op instanceof FusedOp<?> op) {
                        Close.assertClose(c.name(), plain(op, call), call.out(0), 1e-13);
                        break;
                    }
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <P> Tensor plain(FusedOp<P> op, Call call) {
        Tensor[] inputs = new Tensor[call.inputs()];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = call.in(i).detach();
        }
        return op.plain(inputs, (P) call.params);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void geluIsItsFormula(DType dtype) {
        Tensor x =
                Tensor.of(new double[] {-40, -3, -0.5, 0, 1e-3, 0.7, 2, 5, 40}).to(dtype);
        Close.assertClose("gelu", Elementwise.GELU.value(x), x.gelu(), dtype == DType.F32 ? 1e-6 : 1e-15);
    }

    @Test
    void everyFusedOperationHasACase() {
        Set<Op<?>> fused = Ops.all().stream().filter(Op::isFused).collect(Collectors.toCollection(HashSet::new));
        assertTrue(fused.remove(Elementwise.GELU));
        assertEquals(fused, fusedCases().map(Case::op).collect(Collectors.toSet()));
    }
}
