package adjoint.linalg;

import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Attention.Sizes;

/// Checks the operands of an attention before anything is written: each lies inside its array, and what is written
/// shares no element with anything else. One for each thread, used again for the next call.
final class HeadsBounds {
    private static final int MOST_OPERANDS = 11;

    private static final ThreadLocal<HeadsBounds> OF_THREAD = ThreadLocal.withInitial(HeadsBounds::new);

    private String kernel;
    private Sizes sizes;
    private int count;
    private final Operand[] operands = new Operand[MOST_OPERANDS];

    private static final class Operand {
        private String name;
        private Object array;
        private int batch;
        private int heads;
        private int rows;
        private int cols;
        private int offset;
        private int batchStride;
        private int headStride;
        private int rowStride;
        private boolean written;

        /// The index behind the last element.
        long end() {
            return offset + (batch - 1L) * batchStride + (heads - 1L) * headStride + (rows - 1L) * rowStride + cols;
        }

        /// Whether heads follow each other, or share rows, within a batch entry, so that no two items overlap.
        boolean isPlain() {
            long headByHead = reach(reach(cols, rowStride, rows), headStride, heads);
            long sideBySide = reach(reach(cols, headStride, heads), rowStride, rows);
            return reach(headByHead, batchStride, batch) > 0 || reach(sideBySide, batchStride, batch) > 0;
        }

        /// How far blocks reach that have so many elements each, or 0 where they overlap.
        private static long reach(long block, int stride, int blocks) {
            return blocks == 1 ? block : stride < block || block == 0 ? 0 : (blocks - 1L) * stride + block;
        }

        @Override
        public String toString() {
            return "offset " + offset + ", strides " + batchStride + ", " + headStride + ", " + rowStride;
        }
    }

    private HeadsBounds() {
        for (int i = 0; i < operands.length; i++) {
            operands[i] = new Operand();
        }
    }

    static HeadsBounds of(String kernel, Sizes sizes) {
        HeadsBounds bounds = OF_THREAD.get();
        bounds.kernel = kernel;
        bounds.sizes = sizes;
        bounds.count = 0;
        return bounds;
    }

    void in(String name, Heads<?> x, int rows, int cols) {
        add(name, x, x.rowStride(), rows, cols, false);
    }

    void out(String name, Heads<?> x, int rows, int cols) {
        add(name, x, x.rowStride(), rows, cols, true);
    }

    /// An input of a single row, or whose rows are one and the same.
    void inRow(String name, Heads<?> x, int cols) {
        add(name, x, 0, 1, cols, false);
    }

    /// A vector that belongs to all items.
    void vector(String name, Object array, int offset, int n, boolean written) {
        Bounds.vector(kernel, name, length(array), offset, n);
        set(name, array, 1, 1, 1, n, written).offset = offset;
    }

    private void add(String name, Heads<?> x, int rowStride, int rows, int cols, boolean written) {
        if (sizes.batch() == 0 || sizes.heads() == 0 || rows == 0 || cols == 0) {
            return;
        }
        Operand operand = set(name, x.array(), sizes.batch(), sizes.heads(), rows, cols, written);
        operand.offset = x.offset();
        operand.batchStride = x.batchStride();
        operand.headStride = x.headStride();
        operand.rowStride = rowStride;
        if (x.offset() < 0 || x.batchStride() < 0 || x.headStride() < 0 || rowStride < 0) {
            throw new IllegalArgumentException(
                    kernel + ": offset and strides of " + name + " must be ≥ 0, got " + operand);
        }
        if (rows > 1 && rowStride < cols) {
            throw new IllegalArgumentException(kernel + ": row stride " + rowStride + " of " + name + " must be ≥ "
                    + cols + ", the elements of a row");
        }
        if (operand.end() > length(x.array())) {
            throw new IndexOutOfBoundsException(kernel + ": " + name + " (" + sizes.batch() + " × " + sizes.heads()
                    + " items of " + rows + " × " + cols + ", " + operand + ") reaches to index " + operand.end()
                    + ", the array has " + length(x.array()) + " elements");
        }
    }

    private Operand set(String name, Object array, int batch, int heads, int rows, int cols, boolean written) {
        Operand operand = operands[count++];
        operand.name = name;
        operand.array = array;
        operand.batch = batch;
        operand.heads = heads;
        operand.rows = rows;
        operand.cols = cols;
        operand.offset = 0;
        operand.batchStride = 0;
        operand.headStride = 0;
        operand.rowStride = cols;
        operand.written = written;
        return operand;
    }

    // ---- overlaps

    /// Checks what is written against all others and against itself, and forgets the arrays.
    void checkOverlaps() {
        for (int i = 0; i < count; i++) {
            Operand out = operands[i];
            if (out.written && !out.isPlain()) {
                checkOverlap(out, out);
            }
            for (int k = 0; out.written && k < count; k++) {
                if (k != i && operands[k].array == out.array) {
                    checkOverlap(out, operands[k]);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            operands[i].array = null;
        }
    }

    /// Every item of one against every item of the other; where they have the same strides, only the distance of two
    /// items matters.
    private void checkOverlap(Operand out, Operand in) {
        if (out.cols == 0 || in.cols == 0 || out.end() <= in.offset || in.end() <= out.offset) {
            return;
        }
        boolean alike = out.batch == in.batch
                && out.heads == in.heads
                && out.batchStride == in.batchStride
                && out.headStride == in.headStride;
        for (int b = 0; b < (alike ? 1 : out.batch); b++) {
            for (int h = 0; h < (alike ? 1 : out.heads); h++) {
                int from = out.offset + b * out.batchStride + h * out.headStride;
                for (int c = alike ? 1 - in.batch : 0; c < in.batch; c++) {
                    for (int g = alike ? 1 - in.heads : 0; g < in.heads; g++) {
                        int other = in.offset + c * in.batchStride + g * in.headStride;
                        boolean same = out == in && c == b && g == h;
                        if (!same && overlap(out, from, in, other)) {
                            throw new IllegalArgumentException(kernel + ": items of " + out.name + " (" + out
                                    + ") must not overlap "
                                    + (out == in ? "each other" : in.name + " (" + in + ") of the same array"));
                        }
                    }
                }
            }
        }
    }

    private static boolean overlap(Operand a, int aOff, Operand b, int bOff) {
        return Bounds.overlap(aOff, a.rows, a.cols, a.rowStride, bOff, b.rows, b.cols, b.rowStride);
    }

    private static int length(Object array) {
        return switch (array) {
            case float[] a -> a.length;
            case double[] a -> a.length;
            default -> throw new IllegalArgumentException("expected float[] or double[], got " + array.getClass());
        };
    }
}
