package adjoint.linalg;

import java.util.Arrays;

/// Argument checks of the kernels: a wrong size fails before the first element is touched, and says what
/// would fit.
final class Bounds {
    private Bounds() {}

    /// `x[offset … offset + n)` lies inside an array of `length` elements.
    static void vector(String kernel, String name, int length, int offset, int n) {
        if (n < 0) {
            throw new IllegalArgumentException(kernel + ": the length of " + name + " is " + n + ", must be ≥ 0");
        }
        if (n > 0 && (offset < 0 || (long) offset + n > length)) {
            throw outside(kernel, name, n + " elements from offset " + offset, offset, (long) offset + n, length);
        }
    }

    /// `x[offset + i·increment]` for `i = 0 … n-1` lies inside an array of `length` elements; as a column of a matrix,
    /// it may be anywhere if it is empty.
    static void vector(String kernel, String name, int length, int offset, int n, int increment) {
        if (increment < 1 && n > 1) {
            throw new IllegalArgumentException(
                    kernel + ": the increment of " + name + " is " + increment + ", must be ≥ 1");
        }
        if (n == 0) {
            return;
        }
        if (increment == 1 || n <= 1) {
            vector(kernel, name, length, offset, n);
            return;
        }
        long end = offset + (n - 1L) * increment + 1;
        if (offset < 0 || end > length) {
            String what = n + " elements, " + increment + " apart, from offset " + offset;
            throw outside(kernel, name, what, offset, end, length);
        }
    }

    /// A strided output at `offset` shares no element with a strided input, not even between its elements; and its
    /// own elements are distinct: each stride leads beyond all that the axes with smaller strides reach.
    static void disjointStrided(
            String kernel,
            int[] shape,
            String outName,
            Object out,
            int outOff,
            int[] outStrides,
            String inName,
            Object in,
            int inOff,
            int[] inStrides) {
        for (int size : shape) {
            if (size == 0) {
                return;
            }
        }
        for (int d = 0; d < shape.length; d++) {
            long inner = shape[d] > 1 ? reachWithin(d, shape, outStrides) : -1;
            if (inner >= Math.abs((long) outStrides[d])) {
                throw new IllegalArgumentException(kernel + ": the stride of axis " + d + " of " + outName + " is "
                        + outStrides[d] + ", must be greater than " + inner
                        + ", where axes with smaller strides reach: elements must be distinct");
            }
        }
        int outFirst = outOff + reach(shape, outStrides, -1);
        int outLast = outOff + reach(shape, outStrides, 1);
        int inFirst = inOff + reach(shape, inStrides, -1);
        int inLast = inOff + reach(shape, inStrides, 1);
        if (out == in && outFirst <= inLast && inFirst <= outLast) {
            throw new IllegalArgumentException(kernel + ": " + outName + ", elements " + outFirst + " to "
                    + (outLast + 1) + ", must not overlap " + inName + ", elements " + inFirst + " to " + (inLast + 1)
                    + " of the same array");
        }
    }

    /// How far the axes other than d reach whose strides are not greater.
    private static long reachWithin(int d, int[] shape, int[] strides) {
        long reach = 0;
        for (int e = 0; e < shape.length; e++) {
            long stride = Math.abs((long) strides[e]);
            if (e != d && stride <= Math.abs((long) strides[d])) {
                reach += (shape[e] - 1) * stride;
            }
        }
        return reach;
    }

    /// How far the elements of a strided array reach in one direction.
    private static int reach(int[] shape, int[] strides, int sign) {
        int reach = 0;
        for (int d = 0; d < shape.length; d++) {
            reach += sign * Math.max(0, sign * (shape[d] - 1) * strides[d]);
        }
        return reach;
    }

    /// The row-major `rows × cols` matrix with leading dimension `ld` at `offset` lies inside an array of
    /// `length`.
    static void matrix(String kernel, String name, int length, int offset, int rows, int cols, int ld) {
        if (rows < 0 || cols < 0) {
            throw new IllegalArgumentException(
                    kernel + ": " + name + " is " + rows + " × " + cols + ", sizes must be ≥ 0");
        }
        if (rows == 0 || cols == 0) {
            return;
        }
        if (rows > 1 && ld < cols) {
            throw new IllegalArgumentException(kernel + ": leading dimension " + ld + " of " + name + " (" + rows
                    + " × " + cols + ") must be ≥ " + cols);
        }
        long end = offset + (rows - 1L) * ld + cols;
        if (offset < 0 || end > length) {
            String what = rows + " × " + cols + " with leading dimension " + ld + " from offset " + offset;
            throw outside(kernel, name, what, offset, end, length);
        }
    }

    /// All elements of a strided array of `shape` at `offset` lie inside an array of `length`.
    static void strided(String kernel, String name, int length, int offset, int[] shape, int[] strides) {
        if (strides.length != shape.length) {
            throw new IllegalArgumentException(
                    kernel + ": " + name + " has " + strides.length + " strides for a shape of rank " + shape.length);
        }
        long first = offset;
        long last = offset;
        for (int d = 0; d < shape.length; d++) {
            if (shape[d] < 0) {
                throw new IllegalArgumentException(kernel + ": size " + shape[d] + " of axis " + d + " must be ≥ 0");
            }
            if (shape[d] == 0) {
                return;
            }
            long reach = (shape[d] - 1L) * strides[d];
            first += Math.min(0, reach);
            last += Math.max(0, reach);
        }
        if (first < 0 || last >= length) {
            String what =
                    "shape " + Arrays.toString(shape) + ", strides " + Arrays.toString(strides) + ", offset " + offset;
            throw outside(kernel, name, what, first, last + 1, length);
        }
    }

    /// The matrix `out` shares no element with the matrix `in` of an array that may be the same one. The answer is
    /// exact where both have one leading dimension, as blocks of one matrix have, or where one of them is a single row;
    /// other pairs must not even interleave.
    static void disjoint(
            String kernel,
            String outName,
            Object out,
            int outOff,
            int outRows,
            int outCols,
            int outLd,
            String inName,
            Object in,
            int inOff,
            int inRows,
            int inCols,
            int inLd) {
        if (out == in && overlap(outOff, outRows, outCols, outLd, inOff, inRows, inCols, inLd)) {
            throw new IllegalArgumentException(kernel + ": " + outName + ", elements "
                    + range(outOff, outRows, outCols, outLd) + ", must not overlap " + inName + ", elements "
                    + range(inOff, inRows, inCols, inLd) + " of the same array");
        }
    }

    /// `y[yOff … yOff + n)` is x or shares no element with it: what a loop over both may do in place.
    static void sameOrDisjoint(
            String kernel, int n, String yName, Object y, int yOff, String xName, Object x, int xOff) {
        if (yOff != xOff) {
            disjoint(kernel, yName, y, yOff, 1, n, n, xName, x, xOff, 1, n, n);
        }
    }

    /// [#disjoint] for the items of two batches, which are matrices of the same shape `stride` apart, and for the items
    /// of `out` among each other.
    static void disjointItems(
            String kernel,
            int batch,
            String outName,
            Object out,
            int outOff,
            int outRows,
            int outCols,
            int outLd,
            int outStride,
            String inName,
            Object in,
            int inOff,
            int inRows,
            int inCols,
            int inLd,
            int inStride) {
        long outSize = (outRows - 1L) * outLd + outCols;
        for (int i = 1; i < batch && (long) i * outStride < outSize; i++) {
            int o = outOff + i * outStride;
            if (overlap(o, outRows, outCols, outLd, outOff, outRows, outCols, outLd)) {
                String item = "item " + i + " of " + outName;
                disjoint(kernel, item, out, o, outRows, outCols, outLd, "item 0", out, outOff, outRows, outCols, outLd);
            }
        }
        if (out != in) {
            return;
        }
        long inSize = (inRows - 1L) * inLd + inCols;
        for (int i = 0; i < batch; i++) {
            int o = outOff + i * outStride;
            long first = 0;
            long end = 1;
            // Where both strides are the same, only the distance of two items matters; else items far away are left
            // out.
            if (inStride > 0 && (i == 0 || inStride != outStride)) {
                first = Math.max(0, (o - inOff - inSize) / inStride);
                end = Math.min(batch, (o - inOff + outSize) / inStride + 1);
            }
            for (int j = (int) first; j < end; j++) {
                int a = inOff + j * inStride;
                disjoint(kernel, outName, out, o, outRows, outCols, outLd, inName, in, a, inRows, inCols, inLd);
            }
        }
    }

    /// Whether two matrices in one array, both inside it, share an element.
    static boolean overlap(int aOff, int aRows, int aCols, int aLd, int bOff, int bRows, int bCols, int bLd) {
        if (aRows == 0 || aCols == 0 || bRows == 0 || bCols == 0) {
            return false;
        }
        if (aOff + (aRows - 1L) * aLd + aCols <= bOff || bOff + (bRows - 1L) * bLd + bCols <= aOff) {
            return false;
        }
        if (aLd == 1 && aRows > 1) {
            return overlap(aOff, 1, aRows, 1, bOff, bRows, bCols, bLd);
        }
        if (bLd == 1 && bRows > 1) {
            return overlap(aOff, aRows, aCols, aLd, bOff, 1, bRows, 1);
        }
        // The leading dimension of a single row is that of the other matrix.
        int lda = aRows == 1 ? bLd : aLd;
        int ldb = bRows == 1 ? aLd : bLd;
        if (aRows == 1 && bRows == 1 || lda != ldb || aCols > lda || bCols > lda) {
            return true;
        }
        int rows = Math.floorDiv(bOff - aOff, lda);
        int cols = Math.floorMod(bOff - aOff, lda);
        // b begins `rows` rows below a and `cols` columns to the right, or one row more and `lda - cols` to the left.
        return cols < aCols && rows < aRows && -rows < bRows
                || lda - cols < bCols && rows + 1 < aRows && -(rows + 1) < bRows;
    }

    private static String range(int off, int rows, int cols, int ld) {
        return off + " to " + (off + (rows - 1) * ld + cols);
    }

    private static IndexOutOfBoundsException outside(
            String kernel, String name, String what, long from, long to, int length) {
        return new IndexOutOfBoundsException(kernel + ": " + name + " (" + what + ") reaches from index " + from
                + " to " + to + ", the array has " + length + " elements");
    }

    /// The rows that `index` names share no element with the `rows × cols` matrix `other`.
    static void disjointRows(
            String kernel,
            int rows,
            int cols,
            int[] index,
            int iOff,
            String name,
            Object x,
            int xOff,
            int ldX,
            String otherName,
            Object other,
            int otherOff,
            int ldOther) {
        for (int r = 0; x == other && r < rows; r++) {
            int row = xOff + index[iOff + r] * ldX;
            if (overlap(otherOff, rows, cols, ldOther, row, 1, cols, cols)) {
                String what = "row " + index[iOff + r] + " of " + name;
                disjoint(kernel, otherName, other, otherOff, rows, cols, ldOther, what, x, row, 1, cols, cols);
            }
        }
    }

    /// Every `index[iOff … iOff + rows)` names a row of `cols` elements inside an array of `length`.
    static void rowIndex(
            String kernel, String name, int length, int offset, int rows, int cols, int ld, int[] index, int iOff) {
        vector(kernel, "index", index.length, iOff, rows);
        if (rows > 1 && ld < cols) {
            throw new IllegalArgumentException(
                    kernel + ": leading dimension " + ld + " of " + name + " (rows of " + cols + ") must be ≥ " + cols);
        }
        for (int r = 0; r < rows; r++) {
            int row = index[iOff + r];
            if (row < 0 || cols > 0 && (offset < 0 || offset + (long) row * ld + cols > length)) {
                throw new IndexOutOfBoundsException(kernel + ": index[" + (iOff + r) + "] = " + row
                        + " is not a row of " + name + " (offset " + offset + ", leading dimension " + ld + ", rows of "
                        + cols + ", an array of " + length + " elements)");
            }
        }
    }
}
