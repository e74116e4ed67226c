package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;

/// The reduction of a square matrix to an upper bidiagonal one, `A = Q·B·Pᵀ`, by reflectors from the left and from
/// the right in turn.
///
/// Within a panel of [#BLOCK] rows and columns, A stays as it is, and what the reflectors change is kept apart as
/// `A - Σᵣ lᵣ·rᵣᵀ`: each left reflector v adds the term `v·(τ·Aᵀv)ᵀ`, each right one u the term `(τ·A·u)·uᵀ`, with the
/// A of that moment. So half of the work is products of A with vectors, and the other half, after the panel, one matrix
/// product. l and r are rows of two work arrays.
///
/// Reference: Dongarra, Sorensen, Hammarling, "Block reduction of matrices to condensed forms for eigenvalue
/// computations", J. Comput. Appl. Math. 27, 1989.
@SuppressWarnings("cast")
final class DoubleBidiagonal {
    /// Rows and columns of a panel.
    private static final int BLOCK = 32;

    private DoubleBidiagonal() {}

    /// Reduces the `n × n` matrix `a`, which is destroyed.
    ///
    /// @param d receives the diagonal, and `e` the n-1 elements above it
    /// @param v receives the reflectors of Q, n rows of n elements, unless it is null; row j begins with j zeros
    /// @param u receives those of P, unless it is null; row j begins with j + 1 zeros
    /// @param tau receives the n factors of Q and then the n factors of P
    static void reduce(
            Kernels<double[]> kernels,
            int n,
            double[] a,
            /*64*/ double[] d,
            /*64*/ double[] e,
            double[] v,
            double[] u,
            double[] tau) {
        double[] l = DoubleScratch.take(2 * BLOCK * n);
        double[] r = DoubleScratch.take(2 * BLOCK * n);
        double[] w = DoubleScratch.take(2 * BLOCK);
        for (int j = 0; j < n; j += BLOCK) {
            int end = Math.min(n, j + BLOCK);
            for (int g = j; g < end; g++) {
                int terms = 2 * (g - j);
                left(kernels, n, g, terms, a, l, r, w, d, tau);
                keep(kernels, n, g, g, l, terms * n, v);
                if (g < n - 1) {
                    right(kernels, n, g, terms, a, l, r, w, e, tau);
                    keep(kernels, n, g, g + 1, r, (terms + 1) * n, u);
                }
            }
            if (end < n) {
                int rest = n - end;
                int corner = end * n + end;
                kernels.gemm(
                        Transpose.YES, Transpose.NO, rest, rest, 2 * BLOCK, -1, l, end, n, r, end, n, 1, a, corner, n);
            }
        }
        if (u != null && n > 0) {
            kernels.fill(u, (n - 1) * n, n, 0);
            tau[2 * n - 1] = 0;
        }
        DoubleScratch.give(w);
        DoubleScratch.give(r);
        DoubleScratch.give(l);
    }

    /// The reflector of column g, and the term it adds.
    private static void left(
            Kernels<double[]> kernels,
            int n,
            int g,
            int terms,
            double[] a,
            double[] l,
            double[] r,
            double[] w,
            /*64*/ double[] d,
            double[] tau) {
        int v = terms * n + g;
        int rows = n - g;
        int cols = rows - 1;
        for (int i = 0; i < rows; i++) {
            l[v + i] = a[(g + i) * n + g];
        }
        kernels.gemv(Transpose.YES, terms, rows, -1, l, g, n, r, g, n, 1, l, v, 1);
        double factor = DoubleReflectors.make(kernels, rows, l, v);
        d[g] = l[v];
        l[v] = 1;
        tau[g] = factor;
        int y = v + 1;
        kernels.gemv(Transpose.NO, terms, rows, 1, l, g, n, l, v, 1, 0, w, 0, 1);
        kernels.gemv(Transpose.YES, rows, cols, 1, a, g * n + g + 1, n, l, v, 1, 0, r, y, 1);
        kernels.gemv(Transpose.YES, terms, cols, -1, r, g + 1, n, w, 0, 1, 1, r, y, 1);
        kernels.scale(cols, factor, r, y);
    }

    /// The reflector of row g behind the diagonal, and the term it adds.
    private static void right(
            Kernels<double[]> kernels,
            int n,
            int g,
            int terms,
            double[] a,
            double[] l,
            double[] r,
            double[] w,
            /*64*/ double[] e,
            double[] tau) {
        int u = (terms + 1) * n + g + 1;
        int cols = n - g - 1;
        System.arraycopy(a, g * n + g + 1, r, u, cols);
        kernels.gemv(Transpose.YES, terms + 1, cols, -1, r, g + 1, n, l, g, n, 1, r, u, 1);
        double factor = DoubleReflectors.make(kernels, cols, r, u);
        e[g] = r[u];
        r[u] = 1;
        tau[n + g] = factor;
        int corner = (g + 1) * n + g + 1;
        kernels.gemv(Transpose.NO, terms + 1, cols, 1, r, g + 1, n, r, u, 1, 0, w, 0, 1);
        kernels.gemv(Transpose.NO, cols, cols, 1, a, corner, n, r, u, 1, 0, l, u, 1);
        kernels.gemv(Transpose.YES, terms + 1, cols, -1, l, g + 1, n, w, 0, 1, 1, l, u, 1);
        kernels.scale(cols, factor, l, u);
    }

    /// Copies a reflector that begins at element `from` to row g of `all`.
    private static void keep(Kernels<double[]> kernels, int n, int g, int from, double[] x, int off, double[] all) {
        if (all != null) {
            kernels.fill(all, g * n, from, 0);
            System.arraycopy(x, off + from, all, g * n + from, n - from);
        }
    }

    /// `C = C·Qᵀ` for C of `n × n`, with reflectors that begin at element `shift` of the first row.
    static void applyTransposed(
            Kernels<double[]> kernels, int n, int shift, double[] v, double[] tau, int tauOff, double[] c) {
        int block = 2 * BLOCK;
        double[] t = DoubleScratch.take(block * block);
        int count = n - shift;
        for (int j = Math.floorDiv(count - 1, block) * block; j >= 0; j -= block) {
            int width = Math.min(block, count - j);
            int from = j + shift;
            int m = n - from;
            DoubleReflectors.triangle(kernels, width, m, v, j * n + from, n, tau, tauOff + j, t, 0, block);
            DoubleReflectors.applyRight(
                    kernels, Transpose.YES, n, m, width, v, j * n + from, n, t, 0, block, c, from, n);
        }
        DoubleScratch.give(t);
    }
}
