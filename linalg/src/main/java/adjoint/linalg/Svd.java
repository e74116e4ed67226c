package adjoint.linalg;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// The thin singular value decomposition `A = U·diag(s)·Vᵀ` by one-sided Jacobi rotations.
///
/// For A of `m × n` and `k = min(m, n)`: U is `m × k`, `s` has k values ≥ 0 in falling order, Vᵀ is `k × n`;
/// the columns of U and the rows of Vᵀ are orthonormal, also where A is rank deficient. The sign of each pair
/// is fixed: the entry of largest magnitude in the row of Vᵀ is positive (the first one of equals). All
/// row-major.
///
/// A tall matrix is reduced to the triangular factor of its QR decomposition first; then columns are rotated
/// in pairs until all are orthogonal: their norms are the singular values. The cost is O(n³) per sweep, some
/// 6–10 sweeps. Small singular values of a matrix with graded columns come out to high relative accuracy.
///
/// Reference: Demmel, Veselić, "Jacobi's method is more accurate than QR", SIAM J. Matrix Anal. Appl. 13,
/// 1992; Drmač, Veselić, "New fast and accurate Jacobi SVD algorithm I", the same, 29, 2008.
///
/// @param u U, `m × k`
/// @param s the singular values, falling
/// @param vt Vᵀ, `k × n`
public record Svd(double[] u, double[] s, double[] vt) {
    private static final int MAX_SWEEPS = 60;

    /// Squared norm, relative to the largest element, below which a column counts as zero.
    private static final double ZERO = 0x1p-1000;

    /// Decomposes the row-major `m × n` matrix `a`, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static Svd thin(int m, int n, double[] a) {
        Decomposition.check("Svd.thin", m, n, a);
        int k = Math.min(m, n);
        boolean tall = m >= n;
        // Rows of `columns` are the columns of A, or of Aᵀ if A is wide.
        double[] columns = tall ? transposed(m, n, a) : a.clone();
        double scale = Decomposition.scaleToOne(columns);
        Jacobi jacobi = Jacobi.of(Math.max(m, n), k, columns, true);
        double[] s = jacobi.values;
        Kernels.f64().scale(k, scale, s, 0);
        Svd rows = tall ? new Svd(jacobi.left, s, jacobi.right) : new Svd(jacobi.right, s, jacobi.left);
        return rows.signed(m, n);
    }

    /// The singular values of the `m × n` matrix `a`, falling.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static double[] values(int m, int n, double[] a) {
        Decomposition.check("Svd.values", m, n, a);
        double[] columns = m >= n ? transposed(m, n, a) : a.clone();
        double scale = Decomposition.scaleToOne(columns);
        double[] s = Jacobi.of(Math.max(m, n), Math.min(m, n), columns, false).values;
        Kernels.f64().scale(s.length, scale, s, 0);
        return s;
    }

    /// From vectors as rows with free signs to U and Vᵀ.
    private Svd signed(int m, int n) {
        for (int j = 0; j < s.length; j++) {
            int largest = j * n;
            for (int i = j * n; i < (j + 1) * n; i++) {
                if (Math.abs(vt[i]) > Math.abs(vt[largest])) {
                    largest = i;
                }
            }
            if (vt[largest] < 0) {
                Kernels.f64().scale(n, -1, vt, j * n);
                Kernels.f64().scale(m, -1, u, j * m);
            }
        }
        return new Svd(transposed(s.length, m, u), s, vt);
    }

    private static double[] transposed(int rows, int cols, double[] a) {
        double[] out = new double[rows * cols];
        Kernels.f64().transpose(rows, cols, a, 0, cols, out, 0, rows);
        return out;
    }

    /// The decomposition of a tall matrix; singular vectors are rows.
    ///
    /// @param left `n × m`, or null
    /// @param values n values, falling
    /// @param right `n × n`, or null
    private record Jacobi(double[] left, double[] values, double[] right) {
        static Jacobi of(int m, int n, double[] columns, boolean vectors) {
            if (m == n) {
                return square(n, columns, vectors);
            }
            Qr qr = Qr.thin(m, n, transposed(n, m, columns));
            Jacobi inner = square(n, transposed(n, n, qr.r()), vectors);
            if (!vectors) {
                return inner;
            }
            double[] left = new double[n * m];
            Kernels.f64().gemm(Transpose.NO, Transpose.YES, n, m, n, 1, inner.left, 0, n, qr.q(), 0, n, 0, left, 0, m);
            return new Jacobi(left, inner.values, inner.right);
        }

        /// Rotates the rows of `w`, the columns of an `n × n` matrix, until they are orthogonal.
        private static Jacobi square(int n, double[] w, boolean vectors) {
            double[] v = vectors ? identity(n) : null;
            int sweep = 0;
            while (sweep(n, w, v)) {
                if (++sweep == MAX_SWEEPS) {
                    throw new ArithmeticException("Svd: no convergence after " + MAX_SWEEPS + " sweeps");
                }
            }
            return sorted(n, w, v);
        }

        /// One rotation of every pair that is not orthogonal; false if there was none.
        private static boolean sweep(int n, double[] w, double[] v) {
            Kernels<double[]> kernels = Kernels.f64();
            double orthogonal = 0x1p-52 * Math.sqrt(n);
            double[] squares = new double[n];
            for (int i = 0; i < n; i++) {
                squares[i] = kernels.sumSquares(w, i * n, n);
            }
            boolean rotated = false;
            for (int i = 0; i < n - 1; i++) {
                for (int j = i + 1; j < n; j++) {
                    double alpha = squares[i];
                    double beta = squares[j];
                    if (Math.min(alpha, beta) < ZERO) {
                        continue;
                    }
                    double gamma = kernels.dot(w, i * n, w, j * n, n);
                    if (Math.abs(gamma) <= orthogonal * Math.sqrt(alpha) * Math.sqrt(beta)) {
                        continue;
                    }
                    rotated = true;
                    double t = tangent((beta - alpha) / (2 * gamma));
                    double cos = 1 / Math.sqrt(1 + t * t);
                    kernels.rot(n, w, i * n, w, j * n, cos, -cos * t);
                    if (v != null) {
                        kernels.rot(n, v, i * n, v, j * n, cos, -cos * t);
                    }
                    squares[i] = kernels.sumSquares(w, i * n, n);
                    squares[j] = kernels.sumSquares(w, j * n, n);
                }
            }
            return rotated;
        }

        /// The smaller root of t² + 2ζt - 1 = 0.
        private static double tangent(double zeta) {
            double z = Math.abs(zeta);
            return Math.copySign(z > 0x1p30 ? 0.5 / z : 1 / (z + Math.sqrt(1 + z * z)), zeta);
        }

        private static Jacobi sorted(int n, double[] w, double[] v) {
            double[] norms = new double[n];
            for (int j = 0; j < n; j++) {
                norms[j] = Math.sqrt(Kernels.f64().sumSquares(w, j * n, n));
            }
            int[] order = IntStream.range(0, n)
                    .boxed()
                    .sorted(Comparator.comparingDouble(j -> -norms[j]))
                    .mapToInt(j -> j)
                    .toArray();
            double[] values = Arrays.stream(order).mapToDouble(j -> norms[j]).toArray();
            if (v == null) {
                return new Jacobi(null, values, null);
            }
            double[] left = new double[n * n];
            double[] right = new double[n * n];
            Kernels.f64().gatherRows(n, n, w, 0, n, order, 0, left, 0, n);
            Kernels.f64().gatherRows(n, n, v, 0, n, order, 0, right, 0, n);
            normalise(n, left, values);
            return new Jacobi(left, values, right);
        }

        /// Divides rows by their norms, and fills rows without one with unit vectors orthogonal to those
        /// above.
        private static void normalise(int n, double[] rows, double[] norms) {
            int unit = 0;
            for (int j = 0; j < n; j++) {
                if (norms[j] * norms[j] >= ZERO) {
                    for (int e = j * n; e < (j + 1) * n; e++) {
                        rows[e] /= norms[j];
                    }
                } else {
                    while (!complete(n, rows, j, unit)) {
                        unit++;
                    }
                }
            }
        }

        /// Makes row j the part of a unit vector that is orthogonal to the rows above, if enough of it is
        /// left.
        private static boolean complete(int n, double[] rows, int j, int unit) {
            Kernels<double[]> kernels = Kernels.f64();
            kernels.fill(rows, j * n, n, 0);
            rows[j * n + unit] = 1;
            for (int pass = 0; pass < 2; pass++) {
                for (int i = 0; i < j; i++) {
                    kernels.axpy(n, -kernels.dot(rows, i * n, rows, j * n, n), rows, i * n, rows, j * n);
                }
            }
            double norm = Math.sqrt(kernels.sumSquares(rows, j * n, n));
            if (norm * norm < 0.5 / n) {
                return false;
            }
            kernels.scale(n, 1 / norm, rows, j * n);
            return true;
        }

        private static double[] identity(int n) {
            double[] v = new double[n * n];
            for (int i = 0; i < n; i++) {
                v[i * n + i] = 1;
            }
            return v;
        }
    }
}
