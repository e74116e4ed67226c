package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Lu;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;

/// Square roots of a matrix and of its inverse: by eigenvalues where it is symmetric, else by the product form of the
/// Denman–Beavers iteration,
///
/// ```
/// Mₖ₊₁ = ½·(I + ½·(μ²·Mₖ + μ⁻²·Mₖ⁻¹)),     Zₖ₊₁ = ½·μ·Zₖ·(I + μ⁻²·Mₖ⁻¹),     M₀ = A
/// ```
///
/// where M goes to I, and Z to A^½ from Z₀ = A, or to A^-½ from Z₀ = I. The factor `μ = |det Mₖ|^(-1/2n)` brings the
/// eigenvalues around 1; close to the end, where convergence is quadratic, it is 1.
///
/// Reference: Cheng, N. Higham, Kenney, Laub, "Approximating the logarithm of a matrix to specified accuracy", SIAM J.
/// Matrix Anal. Appl. 22, 2001; N. Higham, *Functions of Matrices*, §6.3.
@SuppressWarnings("cast")
final class DoubleSquareRoot {
    private static final int MAX_STEPS = 60;
    private static final /*64*/ double EPSILON = Math.ulp((double) 1);

    /// The distance of M from I below which the scaling is left out.
    private static final double CLOSE = 0.01;

    private static final ThreadLocal<int[]> PIVOTS = ThreadLocal.withInitial(() -> new int[64]);

    private DoubleSquareRoot() {}

    /// `V·diag(λ)^(±½)·Vᵀ`, formed as the product of a matrix and its transpose: so it is symmetric to the last bit.
    static void symmetric(
            String name, Kernels<double[]> kernels, boolean inverse, int n, double[] a, int off, int lda) {
        if (n == 0) {
            return;
        }
        double[] v = DoubleScratch.take(n * n);
        double[] factors = DoubleScratch.take(n);
        for (int i = 0; i < n; i++) {
            System.arraycopy(a, off + i * lda, v, i * n, i + 1);
        }
        DoubleEigensolver.CODE.decompose(kernels, n, v, 0, n, factors, 0);
        checkEigenvalues(name, inverse, n, factors);
        for (int j = 0; j < n; j++) {
            /*64*/ double root = Math.sqrt(Math.sqrt(Math.max(0, factors[j])));
            factors[j] = (double) (inverse ? 1 / root : root);
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                v[i * n + j] *= factors[j];
            }
        }
        kernels.syrk(Triangle.LOWER, Transpose.NO, n, n, 1, v, 0, n, 0, a, off, lda);
        DoubleEigensolver.mirror(n, a, off, lda);
        DoubleScratch.give(factors);
        DoubleScratch.give(v);
    }

    private static void checkEigenvalues(String name, boolean inverse, int n, double[] values) {
        double least = values[0];
        /*64*/ double rounding = n * EPSILON * Math.max(Math.abs(least), Math.abs(values[n - 1]));
        if (inverse && !(least > rounding)) {
            throw new ArithmeticException(name + ": the smallest eigenvalue is " + least + ", must be > " + rounding
                    + ": the matrix of order " + n + " is not positive definite");
        }
        if (!(least >= -rounding)) {
            throw new ArithmeticException(name + ": the smallest eigenvalue is " + least + ", must be ≥ 0 up to "
                    + "rounding errors: the matrix of order " + n + " is not positive semidefinite");
        }
    }

    /// The principal root of a matrix without eigenvalues on the closed negative real axis, or of its inverse.
    static void general(String name, Kernels<double[]> kernels, boolean inverse, int n, double[] a, int off, int lda) {
        int size = n * n;
        double[] m = DoubleScratch.take(size);
        double[] inverted = DoubleScratch.take(size);
        double[] z = DoubleScratch.take(size);
        double[] room = DoubleScratch.take(size);
        int halfExponent = load(n, a, off, lda, m);
        System.arraycopy(m, 0, z, 0, size);
        if (inverse) {
            unit(kernels, n, z);
        }
        /*64*/ double distance = Double.POSITIVE_INFINITY;
        for (int step = 0; distance > Math.sqrt(EPSILON) / n; step++) {
            if (step == MAX_STEPS) {
                throw new ArithmeticException(name + ": no convergence after " + MAX_STEPS + " steps: the matrix of "
                        + "order " + n + " has eigenvalues on the negative real axis, or close to it");
            }
            distance = step == 0 ? distance : distanceToUnit(kernels, n, m, room);
            /*64*/ double mu = invert(name, kernels, n, m, inverted, room);
            mu = distance < CLOSE ? 1 : mu;
            // M becomes ¼·μ²·M + ¼·μ⁻²·M⁻¹ + ½·I, and the inverse becomes ½·μ·(I + μ⁻²·M⁻¹).
            kernels.scale(size, mu * mu / 4, m, 0);
            kernels.axpy(size, 1 / (4 * mu * mu), inverted, 0, m, 0);
            addToDiagonal(n, 1 / (/*64*/ double) 2, m);
            kernels.scale(size, 1 / (2 * mu), inverted, 0);
            addToDiagonal(n, mu / 2, inverted);
            Transpose no = Transpose.NO;
            kernels.gemm(no, no, n, n, n, 1, z, 0, n, inverted, 0, n, 0, room, 0, n);
            double[] swap = z;
            z = room;
            room = swap;
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                a[off + i * lda + j] = Math.scalb(z[i * n + j], inverse ? -halfExponent : halfExponent);
            }
        }
        DoubleScratch.give(room);
        DoubleScratch.give(z);
        DoubleScratch.give(inverted);
        DoubleScratch.give(m);
    }

    /// Copies A, divided by the power of 4 that brings its largest magnitude near 1; returns the exponent of that.
    private static int load(int n, double[] a, int off, int lda, double[] m) {
        double largest = 0;
        for (int i = 0; i < n; i++) {
            System.arraycopy(a, off + i * lda, m, i * n, n);
            for (int j = i * n; j < (i + 1) * n; j++) {
                largest = Math.max(largest, Math.abs(m[j]));
            }
        }
        int half = largest == 0 ? 0 : Math.getExponent(largest) / 2;
        for (int i = 0; half != 0 && i < n * n; i++) {
            m[i] = Math.scalb(m[i], -2 * half);
        }
        return half;
    }

    /// Fills in the inverse of M, and returns `|det M|^(-1/2n)`.
    private static /*64*/ double invert(
            String name, Kernels<double[]> kernels, int n, double[] m, double[] inverted, double[] factors) {
        int[] pivots = PIVOTS.get();
        if (pivots.length < n) {
            pivots = new int[n];
            PIVOTS.set(pivots);
        }
        System.arraycopy(m, 0, factors, 0, n * n);
        int zero = Lu.factor(kernels, n, n, factors, 0, n, pivots, 0);
        /*64*/ double logs = 0;
        for (int i = 0; i < n; i++) {
            logs += Math.log(Math.abs(factors[i * (n + 1)]));
        }
        if (zero >= 0 || !(Math.abs(logs) < Double.POSITIVE_INFINITY)) {
            throw new ArithmeticException(
                    name + ": the matrix of order " + n + " is singular, or its root is beyond the range of numbers");
        }
        unit(kernels, n, inverted);
        Lu.solve(kernels, Transpose.NO, n, n, factors, 0, n, pivots, 0, inverted, 0, n);
        return Math.exp(-logs / (2 * n));
    }

    /// `‖M - I‖` in the Frobenius norm.
    private static /*64*/ double distanceToUnit(Kernels<double[]> kernels, int n, double[] m, double[] room) {
        System.arraycopy(m, 0, room, 0, n * n);
        addToDiagonal(n, -1, room);
        return Math.sqrt(kernels.sumSquares(room, 0, n * n));
    }

    private static void unit(Kernels<double[]> kernels, int n, double[] a) {
        kernels.fill(a, 0, n * n, 0);
        addToDiagonal(n, 1, a);
    }

    private static void addToDiagonal(int n, /*64*/ double value, double[] a) {
        for (int i = 0; i < n; i++) {
            a[i * (n + 1)] += (double) value;
        }
    }
}
