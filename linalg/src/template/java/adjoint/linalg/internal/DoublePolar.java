package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;

/// The orthogonal polar factor by a Newton–Schulz iteration of degree five: matrix products alone.
///
/// A step takes X to `X·p(XᵀX)` with a quadratic p, so that every singular value σ becomes `a·σ + b·σ³ + c·σ⁵`, and the
/// singular vectors stay. With `D = XᵀX - I`,
///
/// ```
/// p = (a + b + c)·I + (b + 2c)·D + c·D²
/// ```
///
/// - *Start.* The polynomials of [#START] bring singular values between 10⁻³ and 1 close to 1, one after the other:
/// each
///   is the best approximation to 1, in the maximum norm, on the interval that the ones before it leave, and scaled so
///   that its values lie around 1. Where the interval reaches below a twentieth of its upper end, it is cut there:
///   smaller values grow a little more slowly, by a factor of 8, then 4; but none that is large comes out small, which
///   would blow up rounding errors. After the last one the first follows again, for what was below 10⁻³; it is made for
///   values up to 1.01, as the last one leaves them.
/// - *End.* Where `‖D‖ ≤ ½`, `p = I - ½·D + ⅜·D²`, the beginning of the series of `(I + D)^-½`: convergence is cubic.
///
/// Reference: Björck, Bowie, "An iterative algorithm for computing the best estimate of an orthogonal matrix", SIAM J.
/// Numer. Anal. 8, 1971; Chen, Chow, "A stable scaling of Newton–Schulz for improving the sign function computation of
/// a Hermitian matrix", Argonne National Laboratory, 2014; Amsel, Persson, Musco, Gower, "The Polar Express", 2025,
/// whose construction of the polynomials this is.
@SuppressWarnings("cast")
final class DoublePolar {
    private static final int MAX_STEPS = 120;
    private static final /*64*/ double EPSILON = Math.ulp((double) 1);

    /// a, b and c of each step of the start.
    private static final double[][] START = {
        {7.999793, -21.312698, 15.100353},
        {4.006813, -2.744464, 0.499925},
        {3.865255, -2.713282, 0.506525},
        {3.369194, -2.526231, 0.514326},
        {2.346535, -1.709778, 0.423235},
        {1.896346, -1.273518, 0.377360}
    };

    private static final double[] END = {1.875, -1.25, 0.375};

    private DoublePolar() {}

    /// Replaces the `m × n` matrix by the nearest one with orthonormal columns, or if it is wide, rows.
    static void orthogonal(String name, Kernels<double[]> kernels, int m, int n, double[] a, int off, int lda) {
        if (m == 0 || n == 0) {
            return;
        }
        int k = Math.min(m, n);
        double[] x = DoubleScratch.take(m * n);
        double[] next = DoubleScratch.take(m * n);
        double[] d = DoubleScratch.take(k * k);
        double[] p = DoubleScratch.take(k * k);
        load(name, kernels, m, n, a, off, lda, x, d, p);
        int steps = 0;
        int begun = 0;
        for (boolean done = false; !done; steps++) {
            gram(kernels, m, n, x, d);
            addToDiagonal(k, -1, d);
            /*64*/ double distance = Math.sqrt(kernels.sumSquares(d, 0, k * k));
            if (steps == MAX_STEPS || !(distance < Double.POSITIVE_INFINITY)) {
                throw new ArithmeticException(name + ": no convergence after " + steps + " steps: the " + m + " × " + n
                        + " matrix is rank deficient, ‖QᵀQ - I‖ is " + distance);
            }
            boolean near = 2 * distance <= 1;
            done = 2 * distance <= Math.cbrt(EPSILON);
            polynomial(kernels, k, near ? END : START[begun++ % START.length], d, p);
            Transpose no = Transpose.NO;
            if (m >= n) {
                kernels.gemm(no, no, m, n, n, 1, x, 0, n, p, 0, n, 0, next, 0, n);
            } else {
                kernels.gemm(no, no, m, n, m, 1, p, 0, m, x, 0, n, 0, next, 0, n);
            }
            double[] swap = x;
            x = next;
            next = swap;
        }
        for (int i = 0; i < m; i++) {
            System.arraycopy(x, i * n, a, off + i * lda, n);
        }
        DoubleScratch.give(p);
        DoubleScratch.give(d);
        DoubleScratch.give(next);
        DoubleScratch.give(x);
    }

    /// Copies A, divided by a bound of its largest singular value that is rarely more than a third too large,
    /// `‖(AᵀA)²‖^¼` in the Frobenius norm.
    private static void load(
            String name,
            Kernels<double[]> kernels,
            int m,
            int n,
            double[] a,
            int off,
            int lda,
            double[] x,
            double[] g,
            double[] square) {
        double largest = 0;
        for (int i = 0; i < m; i++) {
            System.arraycopy(a, off + i * lda, x, i * n, n);
            for (int j = i * n; j < (i + 1) * n; j++) {
                largest = Math.max(largest, Math.abs(x[j]));
            }
        }
        if (largest == 0) {
            throw new ArithmeticException(
                    name + ": the " + m + " × " + n + " matrix is zero, it has no unique polar factor");
        }
        int exponent = Math.getExponent(largest);
        for (int i = 0; exponent != 0 && i < m * n; i++) {
            x[i] = Math.scalb(x[i], -exponent);
        }
        int k = Math.min(m, n);
        Transpose no = Transpose.NO;
        gram(kernels, m, n, x, g);
        kernels.gemm(no, no, k, k, k, 1, g, 0, k, g, 0, k, 0, square, 0, k);
        /*64*/ double bound = Math.sqrt(Math.sqrt(Math.sqrt(kernels.sumSquares(square, 0, k * k))));
        kernels.scale(m * n, 1 / bound, x, 0);
    }

    /// `XᵀX`, or `XXᵀ` if X is wide.
    private static void gram(Kernels<double[]> kernels, int m, int n, double[] x, double[] g) {
        Transpose no = Transpose.NO;
        Transpose yes = Transpose.YES;
        if (m >= n) {
            kernels.gemm(yes, no, n, n, m, 1, x, 0, n, x, 0, n, 0, g, 0, n);
        } else {
            kernels.gemm(no, yes, m, m, n, 1, x, 0, n, x, 0, n, 0, g, 0, m);
        }
    }

    /// p from D.
    private static void polynomial(Kernels<double[]> kernels, int k, double[] abc, double[] d, double[] p) {
        double a = abc[0];
        double b = abc[1];
        double c = abc[2];
        Transpose no = Transpose.NO;
        kernels.gemm(no, no, k, k, k, c, d, 0, k, d, 0, k, 0, p, 0, k);
        kernels.axpy(k * k, b + 2 * c, d, 0, p, 0);
        addToDiagonal(k, a + b + c, p);
    }

    private static void addToDiagonal(int n, double value, double[] a) {
        for (int i = 0; i < n; i++) {
            a[i * (n + 1)] += value;
        }
    }
}
