package adjoint.linalg;

import java.lang.reflect.Array;

/// What the decompositions share: argument checks, arrays and determinants.
final class Decomposition {
    private Decomposition() {}

    /// Checks that `a` is an `m × n` matrix of finite numbers.
    static <A> void check(String name, Kernels<A> kernels, int m, int n, A a) {
        checkSize(name, m, n, a);
        checkFinite(name, kernels, m, n, a, 0, n);
    }

    /// Checks that the `m × n` matrix at `off` lies inside its array, and that its elements are finite.
    static <A> void checkFinite(String name, Kernels<A> kernels, int m, int n, A a, int off, int ld) {
        checkMatrix(name, "a", m, n, a, off, ld);
        boolean contiguous = ld == n;
        for (int i = 0; n > 0 && i < (contiguous ? Math.min(m, 1) : m); i++) {
            int bad = kernels.firstNonFinite(a, off + i * ld, contiguous ? m * n : n);
            if (bad >= 0) {
                throw new IllegalArgumentException(name + ": element [" + (i + bad / n) + ", " + bad % n + "] of the "
                        + m + " × " + n + " matrix is " + Array.get(a, off + i * ld + bad) + ", all must be finite");
            }
        }
    }

    /// Checks that `a` is a matrix of order n whose lower triangle is finite.
    static <A> void checkLower(String name, Kernels<A> kernels, int n, A a) {
        if (n < 0) {
            throw new IllegalArgumentException(name + ": the order must be ≥ 0, got " + n);
        }
        int length = Array.getLength(a);
        if ((long) n * n != length) {
            throw new IllegalArgumentException(
                    name + ": a matrix of order " + n + " has " + (long) n * n + " elements, the array has " + length);
        }
        checkLower(name, kernels, n, a, 0, n);
    }

    /// Checks that the matrix of order n at `off` lies inside its array, and that its lower triangle is finite.
    static <A> void checkLower(String name, Kernels<A> kernels, int n, A a, int off, int ld) {
        checkMatrix(name, "a", n, n, a, off, ld);
        for (int i = 0; i < n; i++) {
            int bad = kernels.firstNonFinite(a, off + i * ld, i + 1);
            if (bad >= 0) {
                throw new IllegalArgumentException(name + ": element [" + i + ", " + bad + "] of the " + n + " × " + n
                        + " matrix is " + Array.get(a, off + i * ld + bad) + ", all must be finite");
            }
        }
    }

    /// [Bounds#matrix] of an array of either precision.
    static void checkMatrix(String name, String argument, int rows, int cols, Object a, int off, int ld) {
        Bounds.matrix(name, argument, Array.getLength(a), off, rows, cols, ld);
    }

    /// [Bounds#vector] of an array of either precision.
    static void checkVector(String name, String argument, int n, Object x, int off) {
        Bounds.vector(name, argument, Array.getLength(x), off, n);
    }

    /// Checks that a relative tolerance is a number that is not negative.
    static void checkTolerance(String name, double tolerance) {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException(name + ": the tolerance must be ≥ 0, got " + tolerance);
        }
    }

    /// The distance from 1 to the next number of a precision.
    static double epsilon(Kernels<?> kernels) {
        return kernels.precision() == Precision.F32 ? Math.ulp(1f) : Math.ulp(1.0);
    }

    /// A new array of n zeros.
    @SuppressWarnings("unchecked")
    static <A> A vector(Kernels<A> kernels, int n) {
        return (A) kernels.precision().allocate(n);
    }

    /// A new array of `rows × cols` zeros.
    static <A> A matrix(String name, Kernels<A> kernels, int rows, int cols) {
        long elements = (long) rows * cols;
        if (elements > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(name + " of " + rows + " × " + cols + " would have " + elements
                    + " elements, more than an array can hold");
        }
        return vector(kernels, (int) elements);
    }

    /// A copy of the contiguous `m × n` matrix `a`.
    @SuppressWarnings("SuspiciousSystemArraycopy")
    static <A> A copy(Kernels<A> kernels, int m, int n, A a) {
        A copy = vector(kernels, m * n);
        System.arraycopy(a, 0, copy, 0, m * n);
        return copy;
    }

    /// Checks that `a` has the elements of a contiguous `m × n` matrix.
    static void checkSize(String name, int m, int n, Object a) {
        if (m < 0 || n < 0) {
            throw new IllegalArgumentException(name + ": sizes must be ≥ 0, got " + m + " × " + n);
        }
        int length = Array.getLength(a);
        if ((long) m * n != length) {
            throw new IllegalArgumentException(name + ": a " + m + " × " + n + " matrix has " + (long) m * n
                    + " elements, the array has " + length);
        }
    }

    /// The identity of order n.
    static <A> A identity(Kernels<A> kernels, int n) {
        A identity = vector(kernels, n * n);
        for (int i = 0; i < n; i++) {
            kernels.fill(identity, i * (n + 1), 1, 1);
        }
        return identity;
    }

    /// The product of the diagonal elements of a matrix of order n. It is infinite or zero where it is beyond the range
    /// of `double`, not where only a part of it is.
    static double diagonalProduct(int n, Object a, int off, int ld) {
        double mantissa = 1;
        long exponent = 0;
        for (int i = 0; i < n; i++) {
            double x = Array.getDouble(a, off + i * (ld + 1));
            int scale = x == 0 || !Double.isFinite(x) ? 0 : Math.getExponent(x);
            mantissa *= Math.scalb(x, -scale);
            int carry = Math.getExponent(mantissa);
            mantissa = Math.scalb(mantissa, -carry);
            exponent += scale + carry;
        }
        return Math.scalb(mantissa, Math.clamp(exponent, -5000, 5000));
    }

    /// The product of the diagonal elements of a matrix of order n, by its logarithm.
    static LogDeterminant logDiagonal(int n, Object a, int off, int ld) {
        double sign = 1;
        double log = 0;
        for (int i = 0; i < n; i++) {
            double x = Array.getDouble(a, off + i * (ld + 1));
            sign *= Math.signum(x);
            log += Math.log(Math.abs(x));
        }
        return new LogDeterminant(sign, log);
    }
}
