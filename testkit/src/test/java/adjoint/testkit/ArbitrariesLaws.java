package adjoint.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

class ArbitrariesLaws {

    @Provide
    Arbitrary<Shapes.Pair> pairs() {
        return Shapes.broadcastPairs(4, 5);
    }

    @Provide
    Arbitrary<Shape> filled() {
        return Shapes.filled(1, 3, 4);
    }

    @Provide
    Arbitrary<Tensor> uniform() {
        return Tensors.uniform(DType.F32, -1, 1, Shapes.any(4, 5));
    }

    @Provide
    Arbitrary<Tensor> special() {
        return Tensors.withSpecialValues(DType.F32, Shapes.filled(1, 3, 9));
    }

    @Property(tries = 500, seed = "1")
    void pairsBroadcastToTheirResult(@ForAll("pairs") Shapes.Pair pair) {
        Tensor sum = Tensor.zeros(DType.F64, pair.left().dims())
                .add(Tensor.zeros(DType.F64, pair.right().dims()));
        for (int d = 0; d < sum.rank(); d++) {
            boolean one = sum.dim(d) == 1 && pair.result().dim(d) != 1;
            assertTrue(sum.dim(d) == pair.result().dim(d) || one, pair.toString());
        }
        Statistics.label("ranks differ")
                .collect(pair.left().rank() != pair.right().rank())
                .coverage(c -> c.check(true).count(n -> n > 20));
    }

    @Property(tries = 200)
    void filledShapesAreNotEmpty(@ForAll("filled") Shape shape) {
        assertTrue(shape.size() > 0 && shape.rank() >= 1 && shape.rank() <= 3);
    }

    @Property(tries = 300)
    void layoutsKeepShapeAndValues(@ForAll("special") Tensor tensor, @ForAll Layout layout) {
        Tensor placed = layout.place(tensor);
        assertEquals(tensor.shape(), placed.shape());
        assertArrayEquals(tensor.toFloats(), placed.toFloats());
        Tensor indices =
                Tensor.range(tensor.size(), DType.I32).reshape(tensor.shape().dims());
        assertArrayEquals(indices.toInts(), layout.place(indices).toInts());
    }

    @Property(tries = 300, seed = "2")
    void drawsStayInTheirInterval(@ForAll("uniform") Tensor tensor) {
        for (double value : tensor.toDoubles()) {
            assertTrue(value >= -1 && value < 1);
        }
        Statistics.label("empty")
                .collect(tensor.size() == 0)
                .coverage(c -> c.check(true).count(n -> n > 0));
        Statistics.label("contiguous")
                .collect(tensor.contiguous() == tensor)
                .coverage(c -> c.check(false).count(n -> n > 20));
    }

    @Property(tries = 300, seed = "3")
    void specialValuesOccur(@ForAll("special") Tensor tensor) {
        boolean nan = false;
        boolean infinite = false;
        for (double value : tensor.toDoubles()) {
            nan |= Double.isNaN(value);
            infinite |= Double.isInfinite(value);
        }
        Statistics.label("NaN").collect(nan).coverage(c -> c.check(true).count(n -> n > 10));
        Statistics.label("infinity")
                .collect(infinite)
                .coverage(c -> c.check(true).count(n -> n > 10));
    }
}
