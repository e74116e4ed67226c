package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.autodiff.Case.Memory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// Operations against loops over positions.
class ArithmeticLaws {

    /// A binary operation and what it does to two numbers.
    enum Binary {
        ADD(Tensor::add, Double::sum),
        SUB(Tensor::sub, (x, y) -> x - y),
        MUL(Tensor::mul, (x, y) -> x * y),
        DIV(Tensor::div, (x, y) -> x / y),
        MAXIMUM(Tensor::maximum, Math::max),
        MINIMUM(Tensor::minimum, Math::min),
        GREATER(Tensor::greater, (x, y) -> x > y ? 1 : 0),
        EQUAL(Tensor::equal, (x, y) -> x == y ? 1 : 0);

        final BinaryOperator<Tensor> op;
        final DoubleBinaryOperator of;

        Binary(BinaryOperator<Tensor> op, DoubleBinaryOperator of) {
            this.op = op;
            this.of = of;
        }
    }

    @Provide
    Arbitrary<Shape[]> pairs() {
        return ShapeArbitraries.broadcastPairs();
    }

    @Provide
    Arbitrary<Shape> shapes() {
        return ShapeArbitraries.shapes(5, 5);
    }

    @Property(tries = 400)
    void binaryOperationsBroadcast(
            @ForAll("pairs") Shape[] shapes,
            @ForAll Binary binary,
            @ForAll Memory left,
            @ForAll Memory right,
            @ForAll @IntRange(max = 1000) int seed) {
        Tensor a = ShapeArbitraries.tensor(shapes[0], seed, left);
        Tensor b = ShapeArbitraries.tensor(shapes[1], seed + 1, right);
        Tensor c = binary.op.apply(a, b);
        int[] position = new int[c.rank()];
        for (int i = 0; i < c.size(); i++) {
            unravel(i, c.shape(), position);
            assertEquals(binary.of.applyAsDouble(at(a, position), at(b, position)), c.get(position));
        }
    }

    @Property(tries = 300)
    void sumsAreSumsOverPositions(
            @ForAll("shapes") Shape shape, @ForAll @IntRange(max = 31) int axes, @ForAll Memory memory) {
        Tensor x = ShapeArbitraries.tensor(shape, axes, memory);
        int[] reduced = IntStream.range(0, shape.rank())
                .filter(d -> (axes >>> d & 1) == 1)
                .toArray();
        Assume.that(reduced.length > 0);
        Tensor sum = x.sum(true, reduced);
        double[] expected = new double[sum.size()];
        int[] position = new int[shape.rank()];
        for (int i = 0; i < shape.size(); i++) {
            unravel(i, shape, position);
            expected[ravel(position, sum.shape())] += x.get(position);
        }
        Close.assertClose("sum", Tensor.wrap(expected, 0, sum.shape()), sum, 1e-13);
        assertEquals(shape.rank() - reduced.length, x.sum(reduced).rank());
    }

    @Property(tries = 200)
    void matmulIsTheSumOfProducts(
            @ForAll("pairs") Shape[] batch,
            @ForAll @IntRange(max = 5) int m,
            @ForAll @IntRange(max = 5) int k,
            @ForAll @IntRange(max = 5) int n,
            @ForAll Memory left,
            @ForAll Memory right,
            @ForAll boolean transposeLeft,
            @ForAll boolean transposeRight) {
        Tensor a = matrix(batch[0], m, k, 1, left, transposeLeft);
        Tensor b = matrix(batch[1], k, n, 2, right, transposeRight);
        Tensor c = a.matmul(b);
        Tensor expected = a.unsqueeze(-1).mul(b.unsqueeze(-3)).sum(-2);
        Close.assertClose("matmul", expected, c, 1e-13);
    }

    private static Tensor matrix(Shape batch, int rows, int cols, int seed, Memory memory, boolean transposed) {
        int[] dims = Arrays.copyOf(batch.dims(), batch.rank() + 2);
        dims[batch.rank()] = transposed ? cols : rows;
        dims[batch.rank() + 1] = transposed ? rows : cols;
        Tensor x = ShapeArbitraries.tensor(Shape.of(dims), seed, memory);
        return transposed ? x.transpose(-2, -1) : x;
    }

    @Property(tries = 300)
    void reshapingKeepsTheOrder(
            @ForAll("shapes") Shape shape,
            @ForAll Memory memory,
            @ForAll("shuffles") int[] keys,
            @ForAll boolean permuted) {
        Tensor x = ShapeArbitraries.tensor(shape, 5, memory);
        if (permuted) {
            int[] order = IntStream.range(0, shape.rank())
                    .boxed()
                    .sorted(Comparator.comparingInt(d -> keys[d]))
                    .mapToInt(d -> d)
                    .toArray();
            x = x.permute(order);
        }
        double[] values = x.toDoubles();
        int[] grouped = regroup(x.shape(), keys[0]);
        Tensor y = x.reshape(grouped);
        assertArrayEquals(values, y.toDoubles());
        assertArrayEquals(values, y.reshape(x.shape().dims()).toDoubles());
    }

    @Provide
    Arbitrary<int[]> shuffles() {
        return Arbitraries.integers().between(0, 100).array(int[].class).ofSize(5);
    }

    /// Merges neighbouring axes by the bits of `bits`, and puts in axes of length 1.
    private static int[] regroup(Shape shape, int bits) {
        List<Integer> dims = new ArrayList<>();
        for (int d = 0; d < shape.rank(); d++) {
            if (d > 0 && (bits >>> d & 1) == 1) {
                dims.set(dims.size() - 1, dims.getLast() * shape.at(d));
            } else {
                if ((bits >>> d + 2 & 1) == 1) {
                    dims.add(1);
                }
                dims.add(shape.at(d));
            }
        }
        return dims.stream().mapToInt(d -> d).toArray();
    }

    /// The element at a position of a shape that the tensor's broadcasts to.
    private static double at(Tensor x, int[] position) {
        int[] own = new int[x.rank()];
        for (int d = 0; d < own.length; d++) {
            own[d] = x.dim(d) == 1 ? 0 : position[d + position.length - own.length];
        }
        return x.get(own);
    }

    private static void unravel(int index, Shape shape, int[] position) {
        for (int d = position.length - 1; d >= 0; d--) {
            position[d] = index % shape.at(d);
            index /= shape.at(d);
        }
    }

    private static int ravel(int[] position, Shape shape) {
        int index = 0;
        for (int d = 0; d < position.length; d++) {
            index = index * shape.at(d) + (shape.at(d) == 1 ? 0 : position[d]);
        }
        return index;
    }
}
