package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;

/// Householder reflectors `H = I - τ·v·vᵀ` with v₀ = 1, one by one and k at a time as
/// `H₀·H₁·…·Hₖ₋₁ = I - V·T·Vᵀ` with an upper triangular T of `k × k` (compact WY form).
///
/// V is kept as its transpose, k contiguous rows of m elements: row j has j zeros, a one, and the rest of v.
/// So all that is done to a matrix is a product.
///
/// Reference: Schreiber, Van Loan, "A storage-efficient WY representation for products of Householder
/// transformations", SIAM J. Sci. Stat. Comput. 10, 1989; Elmroth, Gustavson, "Applying recursion to serial
/// and parallel QR factorization leads to better performance", IBM J. Res. Dev. 44, 2000.
@SuppressWarnings("cast")
final class DoubleReflectors {
    /// The reflectors up to which T is computed without products.
    static final int FEW = 8;

    /// Squared norms outside these bounds may have lost digits to underflow, or everything to overflow.
    static final double SMALL = Double.MIN_NORMAL / (Math.ulp(1.0) * Math.ulp(1.0));

    private static final double LARGE = 1 / SMALL;

    private DoubleReflectors() {}

    /// Makes the reflector that maps x to β·e₀. x becomes (β, v₁, v₂, …), the result is τ.
    static double make(Kernels<double[]> kernels, int n, double[] x, int off) {
        double tail = (double) kernels.sumSquares(x, off + 1, n - 1);
        double total = x[off] * x[off] + tail;
        if (total >= SMALL && total <= LARGE) {
            return make(kernels, n, x, off, tail);
        }
        int exponent = exponent(n, x, off);
        scaleByPower(kernels, n, -exponent, x, off);
        double tau = make(kernels, n, x, off, (double) kernels.sumSquares(x, off + 1, n - 1));
        x[off] = Math.scalb(x[off], exponent);
        return tau;
    }

    /// √Σ x², to relative accuracy unless it is subnormal.
    static double norm(Kernels<double[]> kernels, int n, double[] x, int off) {
        double square = (double) kernels.sumSquares(x, off, n);
        if (square >= SMALL && square <= LARGE) {
            return (double) Math.sqrt(square);
        }
        double[] copy = DoubleScratch.take(n);
        int exponent = load(kernels, n, x, off, copy, 0);
        double norm = (double) Math.sqrt(kernels.sumSquares(copy, 0, n));
        DoubleScratch.give(copy);
        return Math.scalb(norm, exponent);
    }

    /// Copies x, divided by the power of two whose exponent is returned, which brings the largest magnitude into
    /// [1, 2).
    static int load(Kernels<double[]> kernels, int n, double[] x, int off, double[] copy, int cOff) {
        System.arraycopy(x, off, copy, cOff, n);
        int exponent = exponent(n, copy, cOff);
        scaleByPower(kernels, n, -exponent, copy, cOff);
        return exponent;
    }

    /// The exponent of the largest magnitude, 0 if all elements are zero.
    static int exponent(int n, double[] x, int off) {
        double largest = 0;
        for (int i = off; i < off + n; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        return largest == 0 ? 0 : Math.clamp(Math.getExponent(largest), Double.MIN_EXPONENT, Double.MAX_EXPONENT);
    }

    /// `x *= 2ᵉ`, in two steps: the power alone may not be representable.
    static void scaleByPower(Kernels<double[]> kernels, int n, int exponent, double[] x, int off) {
        int half = exponent / 2;
        kernels.scale(n, Math.scalb(1.0, half), x, off);
        kernels.scale(n, Math.scalb(1.0, exponent - half), x, off);
    }

    private static double make(Kernels<double[]> kernels, int n, double[] x, int off, double tail) {
        if (tail == 0) {
            kernels.fill(x, off + 1, n - 1, 0);
            return 0;
        }
        double alpha = x[off];
        double beta = -Math.copySign((double) Math.sqrt(alpha * alpha + tail), alpha);
        kernels.scale(n - 1, 1 / (alpha - beta), x, off + 1);
        x[off] = beta;
        return (beta - alpha) / beta;
    }

    /// T of k reflectors of m elements.
    static void triangle(
            Kernels<double[]> kernels,
            int k,
            int m,
            double[] v,
            int vOff,
            int ldv,
            double[] tau,
            int tauOff,
            double[] t,
            int tOff,
            int ldt) {
        if (k <= FEW) {
            smallTriangle(kernels, k, m, v, vOff, ldv, tau, tauOff, t, tOff, ldt);
            return;
        }
        int h = k / 2;
        triangle(kernels, h, m, v, vOff, ldv, tau, tauOff, t, tOff, ldt);
        int v2 = vOff + h * ldv + h;
        triangle(kernels, k - h, m - h, v, v2, ldv, tau, tauOff + h, t, tOff + h * ldt + h, ldt);
        join(kernels, h, k, m, v, vOff, ldv, t, tOff, ldt);
    }

    /// Column j of T is τⱼ·(-T·Vᵀ·vⱼ, 1), where T and V are those of the columns before.
    private static void smallTriangle(
            Kernels<double[]> kernels,
            int k,
            int m,
            double[] v,
            int vOff,
            int ldv,
            double[] tau,
            int tauOff,
            double[] t,
            int tOff,
            int ldt) {
        for (int j = 0; j < k; j++) {
            double tauJ = tau[tauOff + j];
            for (int i = 0; i < j; i++) {
                double dot = (double) kernels.dot(v, vOff + i * ldv + j, v, vOff + j * ldv + j, m - j);
                t[tOff + i * ldt + j] = -tauJ * dot;
                t[tOff + j * ldt + i] = 0;
            }
            for (int i = 0; i < j; i++) {
                double sum = 0;
                for (int p = i; p < j; p++) {
                    sum += t[tOff + i * ldt + p] * t[tOff + p * ldt + j];
                }
                t[tOff + i * ldt + j] = sum;
            }
            t[tOff + j * ldt + j] = tauJ;
        }
    }

    /// Completes T where the triangles of the first h and of the other reflectors are there:
    /// `T₁₂ = -T₁₁·(V₁ᵀ·V₂)·T₂₂`.
    static void join(
            Kernels<double[]> kernels,
            int h,
            int k,
            int m,
            double[] v,
            int vOff,
            int ldv,
            double[] t,
            int tOff,
            int ldt) {
        int r = k - h;
        double[] work = DoubleScratch.take(2 * h * r);
        int half = h * r;
        int v2 = vOff + h * ldv + h;
        int t22 = tOff + h * ldt + h;
        kernels.gemm(Transpose.NO, Transpose.YES, h, r, m - h, 1, v, vOff + h, ldv, v, v2, ldv, 0, work, 0, r);
        kernels.gemm(Transpose.NO, Transpose.NO, h, r, r, 1, work, 0, r, t, t22, ldt, 0, work, half, r);
        kernels.gemm(Transpose.NO, Transpose.NO, h, r, h, -1, t, tOff, ldt, work, half, r, 0, t, tOff + h, ldt);
        for (int i = h; i < k; i++) {
            kernels.fill(t, tOff + i * ldt, h, 0);
        }
        DoubleScratch.give(work);
    }

    /// `C = (I - V·T·Vᵀ)·C`, or with T transposed `(I - V·Tᵀ·Vᵀ)·C`, for C of `m × n`.
    static void applyLeft(
            Kernels<double[]> kernels,
            Transpose transpose,
            int m,
            int n,
            int k,
            double[] v,
            int vOff,
            int ldv,
            double[] t,
            int tOff,
            int ldt,
            double[] c,
            int cOff,
            int ldc) {
        double[] vc = DoubleScratch.take(k * n);
        double[] tvc = DoubleScratch.take(k * n);
        kernels.gemm(Transpose.NO, Transpose.NO, k, n, m, 1, v, vOff, ldv, c, cOff, ldc, 0, vc, 0, n);
        kernels.gemm(transpose, Transpose.NO, k, n, k, 1, t, tOff, ldt, vc, 0, n, 0, tvc, 0, n);
        kernels.gemm(Transpose.YES, Transpose.NO, m, n, k, -1, v, vOff, ldv, tvc, 0, n, 1, c, cOff, ldc);
        DoubleScratch.give(tvc);
        DoubleScratch.give(vc);
    }

    /// `C = C·(I - V·T·Vᵀ)`, or with T transposed `C·(I - V·Tᵀ·Vᵀ)`, for C of `n × m`.
    static void applyRight(
            Kernels<double[]> kernels,
            Transpose transpose,
            int n,
            int m,
            int k,
            double[] v,
            int vOff,
            int ldv,
            double[] t,
            int tOff,
            int ldt,
            double[] c,
            int cOff,
            int ldc) {
        double[] work = DoubleScratch.take(2 * n * k);
        int half = n * k;
        kernels.gemm(Transpose.NO, Transpose.YES, n, k, m, 1, c, cOff, ldc, v, vOff, ldv, 0, work, 0, k);
        kernels.gemm(Transpose.NO, transpose, n, k, k, 1, work, 0, k, t, tOff, ldt, 0, work, half, k);
        kernels.gemm(Transpose.NO, Transpose.NO, n, m, k, -1, work, half, k, v, vOff, ldv, 1, c, cOff, ldc);
        DoubleScratch.give(work);
    }
}
