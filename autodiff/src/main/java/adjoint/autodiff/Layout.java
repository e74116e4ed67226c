package adjoint.autodiff;

/// Arithmetic on strides: where the element at a position lies. Null stands for row-major order without gaps.
final class Layout {
    private Layout() {}

    /// The strides of row-major order.
    static int[] dense(Shape shape) {
        int[] strides = new int[shape.rank()];
        int stride = 1;
        for (int d = strides.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= shape.at(d);
        }
        return strides;
    }

    /// `strides`, or null if they are those of row-major order; the stride of an axis of length 1 does not matter.
    static int[] normal(Shape shape, int[] strides) {
        if (shape.size() == 0) {
            return null;
        }
        int expected = 1;
        for (int d = shape.rank() - 1; d >= 0; d--) {
            if (shape.at(d) != 1) {
                if (strides[d] != expected) {
                    return strides;
                }
                expected *= shape.at(d);
            }
        }
        return null;
    }

    /// The stride of axis `axis` of a tensor.
    static int stride(Tensor tensor, int axis) {
        int[] strides = tensor.strides;
        if (strides != null) {
            return strides[axis];
        }
        int stride = 1;
        for (int d = tensor.shape().rank() - 1; d > axis; d--) {
            stride *= tensor.shape().at(d);
        }
        return stride;
    }

    /// `dims` with its first −1 worked out so that the product is `size`, or null if there is no such product.
    static int[] complete(int[] dims, int size) {
        int open = -1;
        long known = 1;
        for (int d = 0; d < dims.length; d++) {
            if (dims[d] == -1 && open < 0) {
                open = d;
            } else {
                known *= dims[d];
            }
        }
        int[] full = dims;
        if (open >= 0 && known > 0 && size % known == 0) {
            full = dims.clone();
            full[open] = (int) (size / known);
            known *= full[open];
        }
        return known == size ? full : null;
    }

    /// The strides that show a strided tensor under another shape of the same size, or null if it needs a copy.
    ///
    /// Old and new axes are taken in groups of equal size from the front; within a group, the old axes must be dense
    /// among themselves.
    static int[] reshape(Shape from, int[] strides, Shape to) {
        int[] result = new int[to.rank()];
        int i = 0;
        int j = 0;
        while (i < from.rank() || j < to.rank()) {
            int start = i;
            int first = j;
            long old = i < from.rank() ? from.at(i++) : 1;
            long wanted = j < to.rank() ? to.at(j++) : 1;
            while (old != wanted) {
                if (old < wanted) {
                    old *= from.at(i++);
                } else {
                    wanted *= to.at(j++);
                }
            }
            int stride = groupStride(from, strides, start, i - 1);
            if (stride == Integer.MIN_VALUE) {
                return null;
            }
            for (int d = j - 1; d >= first; d--) {
                result[d] = stride;
                stride *= to.at(d);
            }
        }
        return result;
    }

    /// The stride of the innermost axis longer than 1 of a group, or `MIN_VALUE` if the group has gaps.
    private static int groupStride(Shape shape, int[] strides, int start, int last) {
        int inner = 0;
        int expected = Integer.MIN_VALUE;
        for (int d = last; d >= start; d--) {
            if (shape.at(d) == 1) {
                continue;
            }
            if (expected == Integer.MIN_VALUE) {
                inner = strides[d];
            } else if (strides[d] != expected) {
                return Integer.MIN_VALUE;
            }
            expected = strides[d] * shape.at(d);
        }
        return inner;
    }

    /// The distance between neighbouring rows, if the last axis is without gaps and one stride leads through all
    /// others in order; else -1.
    static int rowStride(Tensor tensor) {
        Shape shape = tensor.shape();
        int rank = shape.rank();
        int cols = rank == 0 ? 1 : shape.at(rank - 1);
        int[] strides = tensor.strides;
        if (strides == null || shape.size() == 0) {
            return cols;
        }
        if (cols != 1 && strides[rank - 1] != 1) {
            return -1;
        }
        int row = -1;
        long expected = 0;
        for (int d = rank - 2; d >= 0; d--) {
            if (shape.at(d) == 1) {
                continue;
            }
            if (row < 0) {
                row = strides[d];
            } else if (strides[d] != expected) {
                return -1;
            }
            expected = (long) strides[d] * shape.at(d);
        }
        if (row < 0) {
            return cols;
        }
        return row < cols ? -1 : row;
    }

    /// The shape that two broadcast to: aligned at the last axis, where a length of 1 serves any other.
    static Shape broadcast(String op, Shape a, Shape b) {
        if (a == b) {
            return a;
        }
        int rank = Math.max(a.rank(), b.rank());
        boolean isA = rank == a.rank();
        boolean isB = rank == b.rank();
        for (int d = 1; d <= rank; d++) {
            int x = d <= a.rank() ? a.at(a.rank() - d) : 1;
            int y = d <= b.rank() ? b.at(b.rank() - d) : 1;
            if (x != y && x != 1 && y != 1) {
                throw ShapeError.broadcast(op, a, b, d);
            }
            isA &= x == y || y == 1;
            isB &= x == y || x == 1;
        }
        if (isA) {
            return a;
        }
        return isB ? b : joined(a, b, rank);
    }

    private static Shape joined(Shape a, Shape b, int rank) {
        int[] dims = new int[rank];
        for (int d = 1; d <= rank; d++) {
            int x = d <= a.rank() ? a.at(a.rank() - d) : 1;
            int y = d <= b.rank() ? b.at(b.rank() - d) : 1;
            dims[rank - d] = x == 1 ? y : x;
        }
        return Shape.of(dims);
    }
}
