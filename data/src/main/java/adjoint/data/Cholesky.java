package adjoint.data;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;

/// The Cholesky factor A = LLᵀ of a symmetric positive definite matrix, by blocks.
///
/// @param n the order of A
/// @param l L in the lower triangle of [n, n], row-major; what stands above it has no meaning
record Cholesky(int n, double[] l) {
    private static final int BLOCK = 64;

    /// The factor of the matrix whose lower triangle stands in `a`; L takes its place.
    ///
    /// @throws ArithmeticException if the matrix is not positive definite
    static Cholesky inPlace(int n, double[] a) {
        for (int from = 0; from < n; from += BLOCK) {
            int to = Math.min(n, from + BLOCK);
            factorBlock(n, a, from, to);
            for (int row = to; row < n; row++) {
                solveRow(n, a, from, to, row);
            }
            int width = to - from;
            for (int col = to; col < n; col += BLOCK) {
                // A[col…, col…col+BLOCK] −= L[col…, from…to] · L[col…col+BLOCK, from…to]ᵀ
                int panel = col * n + from;
                int columns = Math.min(BLOCK, n - col);
                Kernels.f64()
                        .gemm(
                                Transpose.NO,
                                Transpose.YES,
                                n - col,
                                columns,
                                width,
                                -1,
                                a,
                                panel,
                                n,
                                a,
                                panel,
                                n,
                                1,
                                a,
                                col * n + col,
                                n);
            }
        }
        return new Cholesky(n, a);
    }

    private static void factorBlock(int n, double[] a, int from, int to) {
        for (int row = from; row < to; row++) {
            solveRow(n, a, from, row, row);
            double pivot = a[row * n + row] - squares(a, row * n + from, row * n + row);
            if (!(pivot > 0)) {
                throw new ArithmeticException("not positive definite: pivot " + pivot + " in row " + row + " of " + n);
            }
            a[row * n + row] = Math.sqrt(pivot);
        }
    }

    /// Turns the elements `from … to-1` of a row of A into those of L.
    private static void solveRow(int n, double[] a, int from, int to, int row) {
        for (int col = from; col < to; col++) {
            double sum = a[row * n + col];
            for (int k = from; k < col; k++) {
                sum -= a[row * n + k] * a[col * n + k];
            }
            a[row * n + col] = sum / a[col * n + col];
        }
    }

    private static double squares(double[] a, int from, int to) {
        double sum = 0;
        for (int k = from; k < to; k++) {
            sum += a[k] * a[k];
        }
        return sum;
    }

    /// Solves A·X = B for `columns` right-hand sides; X takes the place of B.
    ///
    /// @param b [n, columns], row-major
    void solve(int columns, double[] b) {
        for (int row = 0; row < n; row++) {
            for (int k = 0; k < row; k++) {
                subtract(columns, l[row * n + k], b, k, row);
            }
            divide(columns, b, row);
        }
        for (int row = n - 1; row >= 0; row--) {
            for (int k = row + 1; k < n; k++) {
                subtract(columns, l[k * n + row], b, k, row);
            }
            divide(columns, b, row);
        }
    }

    private static void subtract(int columns, double factor, double[] b, int from, int row) {
        for (int c = 0; c < columns; c++) {
            b[row * columns + c] -= factor * b[from * columns + c];
        }
    }

    private void divide(int columns, double[] b, int row) {
        for (int c = 0; c < columns; c++) {
            b[row * columns + c] /= l[row * n + row];
        }
    }
}
