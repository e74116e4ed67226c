package adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.bench.autodiff.EncoderPass;
import adjoint.bench.autodiff.EncoderPass.Aspect;
import adjoint.bench.autodiff.MlpStep;
import adjoint.bench.autodiff.OperationChain;
import adjoint.bench.autodiff.RowPass;
import org.junit.jupiter.api.Test;

/// Our side of the suite `autodiff` computes what its operations say.
class AutodiffTasksTest {
    private final Suite suite = Suite.of("autodiff").orElseThrow();

    private Task task(Operation operation) throws Peer.AbsentException {
        Task task = suite.ours().load().prepare(operation).orElseThrow();
        task.call();
        return task;
    }

    @Test
    void chainsHaveTheirSlopes() throws Exception {
        float[] ones = {1, 1, 1, 1};
        assertArrayEquals(ones, (float[])
                task(new OperationChain(OperationChain.Kind.ADD, 7, 4)).result());
        OperationChain muls = new OperationChain(OperationChain.Kind.MUL, 7, 4);
        float[] slope = (float[]) task(muls).result();
        for (int i = 0; i < 4; i++) {
            assertEquals(Math.pow(muls.y()[i], 7), slope[i], 1e-5);
        }
    }

    @Test
    void rowFunctionsHaveTheirGradients() throws Exception {
        RowPass tanh = new RowPass(RowPass.Function.TANH, 3, 5);
        float[] gradient = (float[]) task(tanh).result();
        for (int i = 0; i < gradient.length; i++) {
            double y = Math.tanh(tanh.x()[i]);
            assertEquals(tanh.weight()[i] * (1 - y * y), gradient[i], 1e-5);
        }
        for (RowPass.Function function :
                new RowPass.Function[] {RowPass.Function.SOFTMAX, RowPass.Function.LAYER_NORM}) {
            float[] rows = (float[]) task(new RowPass(function, 2, 8)).result();
            double sum = 0;
            for (float value : rows) {
                sum += value;
            }
            assertEquals(0, sum, 1e-5, "both are invariant to a constant added to x");
        }
    }

    @Test
    void stepsStartFromTheSameLoss() throws Exception {
        Task step = task(new MlpStep());
        float[] first = ((float[]) step.result()).clone();
        step.call();
        assertArrayEquals(first, (float[]) step.result());
        assertEquals(Math.log(MlpStep.OUT), first[0], 0.5);
    }

    @Test
    void encodersHaveGradientsProductsAndMemory() throws Exception {
        EncoderPass gradient = new EncoderPass(Aspect.GRADIENT, 2, 5, 8, 2, 16, 1, 0);
        float[] first = (float[]) task(gradient).result();
        assertTrue(gradient.sketch(first).length > 0);
        assertEquals(3 * 8 * 8, first.length);
        EncoderPass hvp = new EncoderPass(Aspect.HVP, 2, 5, 8, 2, 16, 1, 0);
        assertEquals(3 * 8 * 8, ((float[]) task(hvp).result()).length);
        EncoderPass memory = new EncoderPass(Aspect.MEMORY, 8, 64, 32, 2, 64, 2, 0.1);
        double bytes = task(memory).work().orElseThrow();
        assertTrue(bytes > 8 * 64 * 32 * 4, bytes + " bytes");
        assertEquals(bytes / 1e6, memory.unit().figure(bytes, 17));
    }
}
