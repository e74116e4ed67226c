package adjoint.linalg.internal;

import adjoint.linalg.Kernels;

/// The singular value decomposition of a square matrix by one-sided Jacobi rotations: columns are rotated in pairs
/// until all are orthogonal; their norms are the singular values.
@SuppressWarnings("cast")
final class DoubleJacobi {
    private static final int MAX_SWEEPS = 60;

    /// Norm, relative to the largest element, below which a column counts as zero: rotations would not keep its digits.
    private static final double ZERO = Double.MIN_NORMAL / Math.ulp(1.0);

    private DoubleJacobi() {}

    /// Decomposes the matrix whose columns are the rows of `w`: `w` becomes the left vectors as rows, `v`, unless it is
    /// null, the right ones. Without `v`, what is left in `w` is not defined. The largest element should be near 1.
    static void square(Kernels<double[]> kernels, int n, double[] w, double[] s, int sOff, double[] v) {
        if (v != null) {
            kernels.fill(v, 0, n * n, 0);
            for (int i = 0; i < n; i++) {
                v[i * n + i] = 1;
            }
        }
        double[] squares = DoubleScratch.take(n);
        double[] pair = DoubleScratch.take(2 * n);
        int sweep = 0;
        while (sweep(kernels, n, w, v, squares, pair)) {
            if (++sweep == MAX_SWEEPS) {
                throw new ArithmeticException("Svd: no convergence after " + MAX_SWEEPS + " sweeps");
            }
        }
        DoubleScratch.give(pair);
        DoubleScratch.give(squares);
        for (int j = 0; j < n; j++) {
            s[sOff + j] = DoubleReflectors.norm(kernels, n, w, j * n);
        }
        sort(kernels, n, s, sOff, w, v);
        if (v != null) {
            normalise(kernels, n, w, s, sOff);
        }
    }

    /// One rotation of every pair that is not orthogonal; false if there was none. A pair with squares that may have
    /// lost digits is looked at in a copy, each of the two columns with its own scale.
    private static boolean sweep(
            Kernels<double[]> kernels, int n, double[] w, double[] v, double[] squares, double[] pair) {
        double orthogonal = Math.ulp(1.0) * (double) Math.sqrt(n);
        for (int i = 0; i < n; i++) {
            squares[i] = (double) kernels.sumSquares(w, i * n, n);
        }
        boolean rotated = false;
        for (int i = 0; i < n - 1; i++) {
            for (int j = i + 1; j < n; j++) {
                /*64*/ double alpha = squares[i];
                /*64*/ double beta = squares[j];
                /*64*/ double gamma;
                int apart = 0;
                if (Math.min(alpha, beta) >= DoubleReflectors.SMALL) {
                    gamma = kernels.dot(w, i * n, w, j * n, n);
                } else {
                    int ei = DoubleReflectors.load(kernels, n, w, i * n, pair, 0);
                    int ej = DoubleReflectors.load(kernels, n, w, j * n, pair, n);
                    alpha = kernels.sumSquares(pair, 0, n);
                    beta = kernels.sumSquares(pair, n, n);
                    if (Math.scalb(Math.sqrt(alpha), ei) < ZERO || Math.scalb(Math.sqrt(beta), ej) < ZERO) {
                        continue;
                    }
                    gamma = kernels.dot(pair, 0, pair, n, n);
                    apart = ej - ei;
                }
                if (Math.abs(gamma) <= orthogonal * Math.sqrt(alpha) * Math.sqrt(beta)) {
                    continue;
                }
                rotated = true;
                /*64*/ double difference = Math.scalb(beta, apart) - Math.scalb(alpha, -apart);
                /*64*/ double t = tangent(difference / (2 * gamma));
                /*64*/ double cos = 1 / Math.sqrt(1 + t * t);
                kernels.rot(n, w, i * n, w, j * n, cos, -cos * t);
                if (v != null) {
                    kernels.rot(n, v, i * n, v, j * n, cos, -cos * t);
                }
                squares[i] = (double) kernels.sumSquares(w, i * n, n);
                squares[j] = (double) kernels.sumSquares(w, j * n, n);
            }
        }
        return rotated;
    }

    /// The smaller root of t² + 2ζt - 1 = 0.
    private static /*64*/ double tangent(/*64*/ double zeta) {
        /*64*/ double z = Math.abs(zeta);
        return Math.copySign(z > /*64*/ 0x1p30 ? /*64*/ 0.5 / z : 1 / (z + Math.sqrt(1 + z * z)), zeta);
    }

    /// Brings the values into falling order, and the vectors with them.
    private static void sort(Kernels<double[]> kernels, int n, double[] s, int sOff, double[] w, double[] v) {
        for (int i = 0; i < n; i++) {
            int largest = i;
            for (int j = i + 1; j < n; j++) {
                largest = s[sOff + j] > s[sOff + largest] ? j : largest;
            }
            if (largest != i) {
                double value = s[sOff + i];
                s[sOff + i] = s[sOff + largest];
                s[sOff + largest] = value;
                if (v != null) {
                    // A quarter turn: one of the two changes its sign, in both matrices alike.
                    kernels.rot(n, w, i * n, w, largest * n, 0, 1);
                    kernels.rot(n, v, i * n, v, largest * n, 0, 1);
                }
            }
        }
    }

    /// Divides rows by their norms, and fills rows without one with unit vectors orthogonal to those above.
    private static void normalise(Kernels<double[]> kernels, int n, double[] rows, double[] norms, int nOff) {
        int unit = 0;
        for (int j = 0; j < n; j++) {
            double norm = norms[nOff + j];
            if (norm >= ZERO) {
                for (int e = j * n; e < (j + 1) * n; e++) {
                    rows[e] /= norm;
                }
            } else {
                while (!complete(kernels, n, rows, j, unit)) {
                    unit++;
                }
            }
        }
    }

    /// Makes row j the part of a unit vector that is orthogonal to the rows above, if enough of it is left.
    private static boolean complete(Kernels<double[]> kernels, int n, double[] rows, int j, int unit) {
        kernels.fill(rows, j * n, n, 0);
        rows[j * n + unit] = 1;
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < j; i++) {
                kernels.axpy(n, -kernels.dot(rows, i * n, rows, j * n, n), rows, i * n, rows, j * n);
            }
        }
        /*64*/ double square = kernels.sumSquares(rows, j * n, n);
        if (square < /*64*/ 0.5 / n) {
            return false;
        }
        kernels.scale(n, 1 / Math.sqrt(square), rows, j * n);
        return true;
    }
}
