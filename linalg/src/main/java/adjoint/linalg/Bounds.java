package adjoint.linalg;

/// Argument checks of the kernels: a wrong size fails before the first element is touched, and says what
/// would fit.
final class Bounds {
    private Bounds() {}

    /// `x[offset … offset + n)` lies inside an array of `length` elements.
    static void vector(String kernel, String name, int length, int offset, int n) {
        if (n < 0) {
            throw new IllegalArgumentException(kernel + ": the length of " + name + " is " + n + ", must be ≥ 0");
        }
        if (offset < 0 || (long) offset + n > length) {
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
            throw outside(kernel, name, "its elements", first, last + 1, length);
        }
    }

    private static IndexOutOfBoundsException outside(
            String kernel, String name, String what, long from, long to, int length) {
        return new IndexOutOfBoundsException(kernel + ": " + name + " (" + what + ") reaches from index " + from
                + " to " + to + ", the array has " + length + " elements");
    }

    /// Every `index[iOff … iOff + rows)` names a row of `cols` elements inside an array of `length`.
    static void rowIndex(
            String kernel, String name, int length, int offset, int rows, int cols, int ld, int[] index, int iOff) {
        vector(kernel, "index", index.length, iOff, rows);
        for (int r = 0; r < rows; r++) {
            int row = index[iOff + r];
            if (row < 0 || offset < 0 || offset + (long) row * ld + cols > length) {
                throw new IndexOutOfBoundsException(kernel + ": index[" + (iOff + r) + "] = " + row
                        + " is not a row of " + name + " (offset " + offset + ", leading dimension " + ld + ", rows of "
                        + cols + ", an array of " + length + " elements)");
            }
        }
    }
}
