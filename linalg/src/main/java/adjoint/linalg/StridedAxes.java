package adjoint.linalg;

/// The axes of a strided copy in the order they are best walked, as one flat array: the rank, then size,
/// input stride and output stride of each axis.
///
/// Axes of size 1 are dropped; the rest is sorted by falling output stride, so that writes are sequential;
/// neighbours that one stride covers in both arrays are merged; and the axis along which the input is
/// contiguous is moved next to the last, so that the innermost plane is a copy of rows or a transpose. There
/// are always at least two axes.
final class StridedAxes {
    private static final int USUAL_RANK = 8;

    private static final ThreadLocal<int[]> OF_THREAD = ThreadLocal.withInitial(() -> new int[1 + 3 * USUAL_RANK]);

    private StridedAxes() {}

    /// The axes, in an array that the thread's next copy uses again.
    static int[] of(int[] shape, int[] inStrides, int[] outStrides) {
        int[] axes = shape.length <= USUAL_RANK ? OF_THREAD.get() : new int[1 + 3 * shape.length];
        axes[0] = 0;
        for (int d = 0; d < shape.length; d++) {
            if (shape[d] != 1) {
                insert(axes, shape[d], inStrides[d], outStrides[d]);
            }
        }
        merge(axes);
        while (axes[0] < 2) {
            insertAt(axes, 0, 1, 0, 0);
        }
        contiguousInputNextToLast(axes);
        return axes;
    }

    static int rank(int[] axes) {
        return axes[0];
    }

    static int size(int[] axes, int d) {
        return axes[1 + 3 * d];
    }

    static int inStride(int[] axes, int d) {
        return axes[2 + 3 * d];
    }

    static int outStride(int[] axes, int d) {
        return axes[3 + 3 * d];
    }

    private static void insert(int[] axes, int size, int in, int out) {
        int d = axes[0];
        while (d > 0 && Math.abs(outStride(axes, d - 1)) < Math.abs(out)) {
            d--;
        }
        insertAt(axes, d, size, in, out);
    }

    private static void insertAt(int[] axes, int d, int size, int in, int out) {
        System.arraycopy(axes, 1 + 3 * d, axes, 4 + 3 * d, 3 * (axes[0] - d));
        axes[0]++;
        axes[1 + 3 * d] = size;
        axes[2 + 3 * d] = in;
        axes[3 + 3 * d] = out;
    }

    private static void merge(int[] axes) {
        int last = 0;
        for (int d = 1; d < axes[0]; d++) {
            int size = size(axes, d);
            boolean joined = inStride(axes, last) == size * inStride(axes, d)
                    && outStride(axes, last) == size * outStride(axes, d);
            if (joined) {
                axes[1 + 3 * last] *= size;
                axes[2 + 3 * last] = inStride(axes, d);
                axes[3 + 3 * last] = outStride(axes, d);
            } else {
                last++;
                System.arraycopy(axes, 1 + 3 * d, axes, 1 + 3 * last, 3);
            }
        }
        axes[0] = Math.min(axes[0], last + 1);
    }

    private static void contiguousInputNextToLast(int[] axes) {
        int rank = axes[0];
        if (inStride(axes, rank - 1) == 1) {
            return;
        }
        for (int d = 0; d < rank - 2; d++) {
            if (inStride(axes, d) == 1) {
                int size = size(axes, d);
                int out = outStride(axes, d);
                System.arraycopy(axes, 4 + 3 * d, axes, 1 + 3 * d, 3 * (rank - 2 - d));
                axes[1 + 3 * (rank - 2)] = size;
                axes[2 + 3 * (rank - 2)] = 1;
                axes[3 + 3 * (rank - 2)] = out;
                return;
            }
        }
    }
}
