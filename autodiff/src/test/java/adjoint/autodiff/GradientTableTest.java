package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Case.Memory;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation × dtype × memory layout × length, from the table [Cases].
class GradientTableTest {

    static List<Case> cases() {
        return Cases.all();
    }

    static Stream<Arguments> layouts() {
        return Cases.all().stream().flatMap(c -> Stream.of(Memory.values()).map(m -> Arguments.of(c, m)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("layouts")
    void gradientsEqualDifferences(Case c, Memory memory) {
        for (Shape[] shapes : c.shapes()) {
            if (!tiesIn(c, memory)) {
                Tensor[] inputs = c.inputs(shapes, memory, DType.F64).toArray(Tensor[]::new);
                GradCheck.check(c.name(), c.f(), inputs);
            }
        }
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void gradientsOfGradientsEqualDifferences(Case c) {
        for (Shape[] shapes : c.shapes()) {
            if (size(shapes) <= 60) {
                Tensor[] inputs = c.inputs(shapes, Memory.DENSE, DType.F64).toArray(Tensor[]::new);
                GradCheck.checkSecondOrder(c.name(), c.f(), inputs);
            }
        }
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("layouts")
    void singlePrecisionAgreesWithDouble(Case c, Memory memory) {
        for (Shape[] shapes : c.shapes()) {
            Function<List<Tensor>, Autodiff.ValueAndGrad<List<Tensor>>> both =
                    Autodiff.valueAndGrads(x -> c.f().apply(x).square().sum());
            List<Tensor> singles = c.inputs(shapes, memory, DType.F32);
            List<Tensor> doubles = singles.stream().map(x -> x.to(DType.F64)).toList();
            Autodiff.ValueAndGrad<List<Tensor>> single = both.apply(singles);
            Autodiff.ValueAndGrad<List<Tensor>> exact = both.apply(doubles);
            Close.assertClose(c.name(), exact.value(), single.value(), 2e-5);
            for (int i = 0; i < singles.size(); i++) {
                Tensor gradient = single.gradient().get(i);
                assertEquals(DType.F32, gradient.dtype());
                assertEquals(shapes[i], gradient.shape());
                Close.assertClose(c.name() + " input " + i, exact.gradient().get(i), gradient, 2e-5);
            }
        }
    }

    /// The two ways through the tape, by kernels and by recorded operations, are independent of each other.
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("layouts")
    void kernelsAgreeWithRecordedOperations(Case c, Memory memory) {
        for (Shape[] shapes : c.shapes()) {
            List<Tensor> inputs = c.inputs(shapes, memory, DType.F64);
            List<Tensor> byKernels =
                    Autodiff.grads(x -> c.f().apply(x).square().sum()).apply(inputs);
            try (Tape tape = Tape.open()) {
                tape.watch(inputs);
                Tensor value = c.f().apply(inputs).square().sum();
                List<Tensor> recorded = tape.gradients(value, inputs);
                for (int i = 0; i < inputs.size(); i++) {
                    Close.assertClose(c.name() + " input " + i, recorded.get(i), byKernels.get(i), 1e-12);
                }
            }
        }
    }

    /// ⟨w, J·v⟩ = ⟨Jᵀ·w, v⟩, and the same for the gradient as a function: forward mode over reverse mode.
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("layouts")
    void tangentsAreAdjointToGradients(Case c, Memory memory) {
        for (Shape[] shapes : c.shapes()) {
            if (tiesIn(c, memory)) {
                continue;
            }
            List<Tensor> inputs = c.inputs(shapes, memory, DType.F64);
            List<Tensor> along = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                along.add(Tensor.normal(Rng.of(5).child(i), 0, 1, DType.F64, shapes[i].dims()));
            }
            try (Tape tape = Tape.open()) {
                tape.watch(inputs);
                Tensor value = c.f().apply(inputs);
                Tensor weights =
                        Tensor.normal(Rng.of(6), 0, 1, DType.F64, value.shape().dims());
                List<Tensor> gradients = tape.gradients(value, weights, inputs);
                double forward = value.size() == 0
                        ? 0
                        : weights.mul(tape.tangent(value, inputs, along)).sum().item();
                assertClose(c.name(), dot(gradients, along).item(), forward);
                Tensor slope = dot(gradients, along);
                if (tape.isRecorded(slope)) {
                    double overReverse = tape.tangent(slope, inputs, along).item();
                    double overForward =
                            dot(tape.gradients(slope, inputs), along).item();
                    assertClose(c.name() + ", second order", overForward, overReverse);
                }
            }
        }
    }

    private static void assertClose(String what, double expected, double actual) {
        assertEquals(expected, actual, 1e-11 * Math.max(1, Math.abs(expected)), what);
    }

    private static Tensor dot(List<Tensor> x, List<Tensor> y) {
        Tensor sum = Tensor.scalar(0, DType.F64);
        for (int i = 0; i < x.size(); i++) {
            sum = sum.add(x.get(i).mul(y.get(i)).sum());
        }
        return sum;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void layoutMakesNoDifferenceToTheValue(Case c) {
        for (Shape[] shapes : c.shapes()) {
            List<Tensor> dense = c.inputs(shapes, Memory.DENSE, DType.F64);
            for (Memory memory : List.of(Memory.TRANSPOSED, Memory.OFFSET)) {
                List<Tensor> placed = c.inputs(shapes, memory, DType.F64);
                Close.assertClose(c.name() + memory, c.f().apply(dense), c.f().apply(placed), 1e-14);
            }
        }
    }

    @Test
    void everyDifferentiableOperationHasACase() {
        Set<Op<?>> covered = new HashSet<>();
        for (Case c : Cases.all()) {
            assertTrue(records(c).contains(c.op()), c.name() + " does not record " + c.op());
            covered.add(c.op());
        }
        List<Op<?>> missing = new ArrayList<>(Ops.all());
        missing.removeIf(op -> covered.contains(op) || !op.isDifferentiable());
        assertEquals(List.of(), missing, "operations without a line in Cases");
    }

    private static Set<Op<?>> records(Case c) {
        Set<Op<?>> ops = new HashSet<>();
        try (Tape tape = Tape.open()) {
            List<Tensor> inputs = c.inputs(c.shapes().getFirst(), Memory.DENSE, DType.F64);
            tape.watch(inputs);
            c.f().apply(inputs);
            for (int i = inputs.size(); i < tape.recorded(); i++) {
                ops.add(tape.recorded(i).op);
            }
        }
        return ops;
    }

    /// A maximum has no derivative where the largest elements tie, nor has an order.
    private static boolean tiesIn(Case c, Memory memory) {
        return memory == Memory.REPEATED && (c.op() instanceof Folds.Extreme || c.domain() == Case.Domain.DISTINCT);
    }

    private static int size(Shape[] shapes) {
        return Stream.of(shapes).mapToInt(Shape::size).sum();
    }
}
