package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Case.Memory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is kept for the backward pass, and what is given back before.
class ReadsTest {
    private final Tensor x = Tensor.of(new double[] {1, 2, 3});

    static List<Case> cases() {
        return Cases.all();
    }

    /// The inputs are results that only the operation under test holds, and its own results are dropped at once:
    /// reading a value it has not declared is an error, or meets the values of another result.
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void gradientsReadWhatTheyDeclare(Case c) {
        for (Shape[] shapes : c.shapes()) {
            for (Memory memory : Memory.values()) {
                List<Tensor> inputs = c.inputs(shapes, memory, DType.F64);
                List<double[]> expected = gradients(c, inputs, false);
                List<double[]> actual = gradients(c, inputs, true);
                for (int i = 0; i < inputs.size(); i++) {
                    assertArrayEquals(expected.get(i), actual.get(i), c.name() + " input " + i);
                }
            }
        }
    }

    private static List<double[]> gradients(Case c, List<Tensor> inputs, boolean dropping) {
        BufferPool pool = new BufferPool();
        List<double[]> gradients = new ArrayList<>();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(inputs);
            List<Tensor> results = inputs.stream().map(x -> x.mul(1)).toList();
            Tensor y = c.f().apply(results);
            Tensor loss = y.square().sum();
            if (dropping) {
                results.forEach(tape::drop);
                tape.drop(y);
                // Written to the buffers that were given back.
                inputs.forEach(x -> x.mul(Double.NaN));
            }
            Gradients g = tape.backward(loss);
            inputs.forEach(x -> gradients.add(g.of(x).toDoubles()));
        }
        assertEquals(0, pool.outstanding());
        return gradients;
    }

    @Test
    void aResultThatNoGradientReadsIsGivenBackWhenItIsDropped() {
        BufferPool pool = new BufferPool();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(x);
            Tensor sum = x.add(1);
            int outstanding = pool.outstanding();
            Tensor next = sum.add(1);
            tape.drop(sum);
            assertEquals(outstanding, pool.outstanding());
            assertThrows(IllegalStateException.class, () -> sum.get(0));
            tape.drop(sum);
            assertArrayEquals(new double[] {3, 4, 5}, next.toDoubles());
            assertArrayEquals(
                    new double[] {1, 1, 1}, tape.backward(next.sum()).of(x).toDoubles());
        }
        assertEquals(0, pool.outstanding());
    }

    @Test
    void aResultThatAGradientReadsIsKeptWhenItIsDropped() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor exp = x.exp();
            Tensor loss = exp.sum();
            tape.drop(exp);
            assertEquals(Math.exp(2), exp.get(1), 1e-15);
            double[] gradient = tape.backward(loss).of(x).toDoubles();
            assertEquals(Math.exp(2), gradient[1], 1e-15);
            assertThrows(IllegalStateException.class, () -> exp.get(1));
        }
    }

    @Test
    void whatIsNotRecordedLastsUntilItIsDropped() {
        BufferPool pool = new BufferPool();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(x);
            Tensor constant = x.detach().exp();
            Tensor used = x.detach().neg();
            Tensor loss = x.mul(constant).add(x.mul(used)).sum();
            int outstanding = pool.outstanding();
            tape.drop(used);
            assertEquals(outstanding, pool.outstanding(), "the gradient of x still needs it");
            tape.drop(x);
            tape.drop(Tensor.ones(DType.F64, 2));
            tape.backward(loss);
            assertEquals(Math.exp(2), constant.get(1), 1e-15);
            assertThrows(IllegalStateException.class, () -> used.get(1));
        }
        assertEquals(0, pool.outstanding());
    }

    /// Sums and views read nothing: only the buffer of the one tanh is held when backward begins.
    @Test
    void backwardBeginsByGivingBackWhatItWillNotRead() {
        BufferPool pool = new BufferPool();
        Tensor big = Tensor.ones(DType.F32, 1000);
        try (Tape tape = Tape.open(pool)) {
            tape.watch(big);
            Tensor h = big;
            for (int i = 0; i < 20; i++) {
                h = h.add(1).mul(2);
            }
            Tensor loss = h.tanh().reshape(10, 100).sum();
            long bytes = pool.bytes();
            tape.backward(loss);
            assertEquals(bytes, pool.bytes(), "gradients lie in buffers of results that were not needed");
            assertTrue(pool.outstanding() <= 3, () -> pool.outstanding() + " buffers are left");
        }
    }

    @Test
    void aBranchThatTheRootDoesNotDependOnIsGivenBack() {
        BufferPool pool = new BufferPool();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(x);
            Tensor unused = x.exp();
            Tensor further = unused.mul(unused);
            tape.backward(x.sum());
            assertThrows(IllegalStateException.class, () -> unused.get(0));
            assertThrows(IllegalStateException.class, () -> further.get(0));
        }
        assertEquals(0, pool.outstanding());
    }
}
