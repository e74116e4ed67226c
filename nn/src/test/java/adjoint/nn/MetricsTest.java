package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.nn.metrics.Confusion;
import org.junit.jupiter.api.Test;

class MetricsTest {
    @Test
    void confusionTakesTheFirstOfTheLargestLogits() {
        Confusion confusion = new Confusion(3);
        confusion.add(
                Tensor.of(new double[] {1, 5, 2, 7, 7, 0, -3, -2, -1}, 3, 3), Tensor.ofInts(new int[] {1, 1, 0}, 3));
        assertEquals(1, confusion.count(1, 1));
        assertEquals(1, confusion.count(1, 0));
        assertEquals(1, confusion.count(0, 2));
        assertEquals(3, confusion.total());
        assertEquals(1.0 / 3, confusion.accuracy());
    }

    @Test
    void confusionRejectsWhatDoesNotFit() {
        Confusion confusion = new Confusion(2);
        assertTrue(Double.isNaN(confusion.accuracy()));
        assertEquals(
                "actual class 2, predicted 0: classes are 0 to 1",
                assertThrows(IllegalArgumentException.class, () -> confusion.add(2, 0))
                        .getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> confusion.add(Tensor.zeros(DType.F32, 2, 3), Tensor.ofInts(new int[] {0, 0}, 2)));
        assertThrows(IllegalArgumentException.class, () -> confusion.merge(new Confusion(3)));
        assertThrows(IllegalArgumentException.class, () -> new Confusion(0));
    }

    @Test
    void mergedEqualsAllAtOnce() {
        Metrics all = new Metrics();
        Metrics parts = new Metrics();
        for (int i = 0; i < 5; i++) {
            Metrics part = new Metrics();
            for (Metrics metrics : new Metrics[] {all, part}) {
                Pass pass = Pass.evaluation();
                pass.observe(Tensor.of(new double[] {i, 2}, 1, 2), Tensor.ofInts(new int[] {1}, 1));
                pass.addLoss("J2", 0.5, Tensor.scalar(i, DType.F64));
                pass.addLoss("J2", 0.5, Tensor.scalar(i + 2, DType.F64));
                metrics.add(0.5 * i, pass, i + 1);
            }
            parts.merge(part);
        }
        for (Metrics metrics : new Metrics[] {all, parts}) {
            assertEquals(15, metrics.samples());
            assertEquals(
                    (0.5 * 2 + 1 * 3 + 1.5 * 4 + 2 * 5) / 15, metrics.loss().value(), 1e-15);
            assertEquals(
                    (1 + 2 * 2 + 3 * 3 + 4 * 4 + 5 * 5) / 15.0,
                    metrics.auxiliary().get("J2").value(),
                    1e-15);
            assertEquals(0.4, metrics.accuracy());
        }
    }

    @Test
    void nothingMeasured() {
        Metrics nothing = new Metrics();
        assertTrue(Double.isNaN(nothing.loss().value()));
        assertTrue(Double.isNaN(nothing.accuracy()));
        assertNull(nothing.confusion());
        assertEquals(0, nothing.samples());
    }
}
