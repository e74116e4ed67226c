package adjoint.linalg;

import java.lang.reflect.Array;

/// What the decompositions share: argument checks and arrays.
final class Decomposition {
    private Decomposition() {}

    /// Checks that `a` is an `m × n` matrix of finite numbers.
    static <A> void check(String name, Kernels<A> kernels, int m, int n, A a) {
        if (m < 0 || n < 0) {
            throw new IllegalArgumentException(name + ": sizes must be ≥ 0, got " + m + " × " + n);
        }
        int length = Array.getLength(a);
        if ((long) m * n != length) {
            throw new IllegalArgumentException(name + ": a " + m + " × " + n + " matrix has " + (long) m * n
                    + " elements, the array has " + length);
        }
        int bad = kernels.firstNonFinite(a, 0, length);
        if (bad >= 0) {
            throw new IllegalArgumentException(name + ": element [" + bad / n + ", " + bad % n + "] of the " + m + " × "
                    + n + " matrix is " + Array.get(a, bad) + ", all must be finite");
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
}
