package adjoint.autodiff;

import java.util.function.BiFunction;

/// Neighbouring axes of a shape, `from` to `to` (exclusive), over which a reduction runs: an array seen as
/// `outer × length × inner`.
record Axes(int from, int to) {

    int outer(Shape shape) {
        return product(shape, 0, from);
    }

    int length(Shape shape) {
        return product(shape, from, to);
    }

    int inner(Shape shape) {
        return product(shape, to, shape.rank());
    }

    private static int product(Shape shape, int from, int to) {
        int product = 1;
        for (int d = from; d < to; d++) {
            product *= shape.at(d);
        }
        return product;
    }

    /// The same axes where there is one more in front.
    Axes behind() {
        return new Axes(from + 1, to + 1);
    }

    /// The shape with these axes of length 1.
    Shape kept(Shape shape) {
        int[] dims = shape.dims();
        for (int d = from; d < to; d++) {
            dims[d] = 1;
        }
        return Shape.of(dims);
    }

    /// Reduces `x` to `kept`, its own shape with some axes of length 1, by a reduction over neighbouring axes that
    /// keeps those; axes that are not neighbours are moved to the end first.
    static Tensor reduce(Tensor x, Shape kept, BiFunction<Tensor, Axes, Tensor> reduction) {
        int rank = x.rank();
        int[] order = new int[rank];
        int rest = 0;
        int reduced = 0;
        int from = rank;
        int to = 0;
        for (int d = 0; d < rank; d++) {
            if (isReduced(x, kept, d)) {
                from = Math.min(from, d);
                to = d + 1;
                reduced++;
            } else {
                order[rest++] = d;
            }
        }
        if (reduced == 0) {
            return reduction.apply(x, new Axes(rank, rank));
        }
        if (to - from == reduced) {
            return reduction.apply(x, new Axes(from, to));
        }
        for (int d = 0; d < rank; d++) {
            if (isReduced(x, kept, d)) {
                order[rest++] = d;
            }
        }
        Axes last = new Axes(rank - reduced, rank);
        return reduction.apply(Engine.run(Views.PERMUTE, order, x), last).reshape(kept);
    }

    /// Axes of length 1 need no reduction.
    private static boolean isReduced(Tensor x, Shape kept, int axis) {
        return kept.at(axis) != x.shape().at(axis);
    }
}
