package adjoint.autodiff;

import adjoint.linalg.Rng;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// What the laws of this package draw from.
final class ShapeArbitraries {
    private ShapeArbitraries() {}

    static Arbitrary<Shape> shapes(int maxRank, int maxLength) {
        return Arbitraries.integers()
                .between(0, maxLength)
                .array(int[].class)
                .ofMaxSize(maxRank)
                .map(Shape::of);
    }

    /// Two shapes that broadcast.
    static Arbitrary<Shape[]> broadcastPairs() {
        Arbitrary<Shape> whole = shapes(4, 6);
        Arbitrary<Integer> ones = Arbitraries.integers().between(0, 15);
        Arbitrary<Integer> cut = Arbitraries.integers().between(0, 4);
        return Combinators.combine(whole, ones, cut, ones, Arbitraries.of(true, false))
                .as((shape, onesOfA, cutOfB, onesOfB, swap) -> {
                    Shape a = withOnes(shape, onesOfA, 0);
                    Shape b = withOnes(shape, onesOfB & ~onesOfA, Math.min(cutOfB, shape.rank()));
                    return swap ? new Shape[] {b, a} : new Shape[] {a, b};
                });
    }

    private static Shape withOnes(Shape shape, int ones, int cut) {
        int[] dims = new int[shape.rank() - cut];
        for (int d = 0; d < dims.length; d++) {
            dims[d] = (ones >>> d + cut & 1) == 1 ? 1 : shape.at(d + cut);
        }
        return Shape.of(dims);
    }

    /// Draws from U[-2, 2), placed in memory in one of the ways of [Case.Memory].
    static Tensor tensor(Shape shape, long seed, Case.Memory memory) {
        return memory.place(Tensor.uniform(Rng.of(seed), -2, 2, DType.F64, shape.dims()));
    }
}
