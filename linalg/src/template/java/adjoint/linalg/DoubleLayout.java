package adjoint.linalg;

import java.util.Arrays;

/// The kernels of one precision that only move elements: transposes, permutations of axes, and rows by their index.
abstract class DoubleLayout implements Kernels<double[]> {
    /// The side of the square blocks of a transpose: two of them stay in the L1 cache.
    static final int TILE = 16;

    @Override
    public final void transpose(
            int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        Bounds.matrix("transpose", "in", in.length, inOff, rows, cols, ldIn);
        Bounds.matrix("transpose", "out", out.length, outOff, cols, rows, ldOut);
        Bounds.disjoint("transpose", "out", out, outOff, cols, rows, ldOut, "in", in, inOff, rows, cols, ldIn);
        transposeBlocks(rows, cols, in, inOff, ldIn, out, outOff, ldOut);
    }

    /// The transpose in blocks that stay in the L1 cache.
    void transposeBlocks(int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        for (int r = 0; r < rows; r += TILE) {
            int height = Math.min(TILE, rows - r);
            for (int c = 0; c < cols; c += TILE) {
                int width = Math.min(TILE, cols - c);
                transposeBlock(height, width, in, inOff + r * ldIn + c, ldIn, out, outOff + c * ldOut + r, ldOut);
            }
        }
    }

    private static void transposeBlock(
            int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        for (int c = 0; c < cols; c++) {
            for (int r = 0; r < rows; r++) {
                out[outOff + c * ldOut + r] = in[inOff + r * ldIn + c];
            }
        }
    }

    @Override
    public final void copyStrided(
            int[] shape, double[] in, int inOff, int[] inStrides, double[] out, int outOff, int[] outStrides) {
        Bounds.strided("copyStrided", "in", in.length, inOff, shape, inStrides);
        Bounds.strided("copyStrided", "out", out.length, outOff, shape, outStrides);
        Bounds.disjointStrided("copyStrided", shape, "out", out, outOff, outStrides, "in", in, inOff, inStrides);
        copyAxes(0, StridedAxes.of(shape, inStrides, outStrides), in, inOff, out, outOff);
    }

    /// Walks the outer axes down to the last two, which [#copyPlane] copies.
    private void copyAxes(int depth, int[] axes, double[] in, int inOff, double[] out, int outOff) {
        int size = StridedAxes.size(axes, depth);
        int inStride = StridedAxes.inStride(axes, depth);
        int outStride = StridedAxes.outStride(axes, depth);
        if (depth < StridedAxes.rank(axes) - 2) {
            for (int i = 0; i < size; i++) {
                copyAxes(depth + 1, axes, in, inOff + i * inStride, out, outOff + i * outStride);
            }
            return;
        }
        int cols = StridedAxes.size(axes, depth + 1);
        int inCol = StridedAxes.inStride(axes, depth + 1);
        int outCol = StridedAxes.outStride(axes, depth + 1);
        if (inCol != 1 && inStride == 1 && outCol == 1) {
            transposeBlocks(cols, size, in, inOff, inCol, out, outOff, outStride);
        } else {
            copyPlane(size, cols, in, inOff, inStride, inCol, out, outOff, outStride, outCol);
        }
    }

    private static void copyPlane(
            int rows,
            int cols,
            double[] in,
            int inOff,
            int inRow,
            int inCol,
            double[] out,
            int outOff,
            int outRow,
            int outCol) {
        for (int r = 0; r < rows; r++) {
            int i = inOff + r * inRow;
            int o = outOff + r * outRow;
            if (inCol == 1 && outCol == 1) {
                System.arraycopy(in, i, out, o, cols);
            } else if (inCol == 0 && outCol == 1) {
                Arrays.fill(out, o, o + cols, in[i]);
            } else {
                for (int c = 0; c < cols; c++) {
                    out[o + c * outCol] = in[i + c * inCol];
                }
            }
        }
    }

    @Override
    public final void gatherRows(
            int rows,
            int cols,
            double[] in,
            int inOff,
            int ldIn,
            int[] index,
            int iOff,
            double[] out,
            int outOff,
            int ldOut) {
        Bounds.matrix("gatherRows", "out", out.length, outOff, rows, cols, ldOut);
        Bounds.rowIndex("gatherRows", "in", in.length, inOff, rows, cols, ldIn, index, iOff);
        Bounds.disjointRows("gatherRows", rows, cols, index, iOff, "in", in, inOff, ldIn, "out", out, outOff, ldOut);
        for (int r = 0; cols > 0 && r < rows; r++) {
            System.arraycopy(in, inOff + index[iOff + r] * ldIn, out, outOff + r * ldOut, cols);
        }
    }

    @Override
    public final void scatterAddRows(
            int rows,
            int cols,
            double[] in,
            int inOff,
            int ldIn,
            int[] index,
            int iOff,
            double[] out,
            int outOff,
            int ldOut) {
        Bounds.matrix("scatterAddRows", "in", in.length, inOff, rows, cols, ldIn);
        Bounds.rowIndex("scatterAddRows", "out", out.length, outOff, rows, cols, ldOut, index, iOff);
        Bounds.disjointRows(
                "scatterAddRows", rows, cols, index, iOff, "out", out, outOff, ldOut, "in", in, inOff, ldIn);
        for (int r = 0; r < rows; r++) {
            addRow(cols, in, inOff + r * ldIn, out, outOff + index[iOff + r] * ldOut);
        }
    }

    /// `y += x`.
    abstract void addRow(int n, double[] x, int xOff, double[] y, int yOff);
}
