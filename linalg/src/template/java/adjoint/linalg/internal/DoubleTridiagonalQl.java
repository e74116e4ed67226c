package adjoint.linalg.internal;

import adjoint.linalg.Kernels;

/// Eigenvalues, and if asked for eigenvectors, of a symmetric tridiagonal matrix by the implicit QL iteration with
/// Wilkinson's shift: O(n²) rotations, of two rows each.
///
/// Reference: Bowdler, Martin, Reinsch, Wilkinson, "The QR and QL algorithms for symmetric matrices", Numerische
/// Mathematik 11, 1968; Parlett, *The Symmetric Eigenvalue Problem*, chapter 8.
@SuppressWarnings("cast")
final class DoubleTridiagonalQl {
    /// Steps per eigenvalue, on an average; mostly fewer than two are needed.
    private static final int MAX_STEPS = 60;

    private DoubleTridiagonalQl() {}

    /// Replaces the diagonal `d[from … to)` by the eigenvalues, rising. `e[i]` couples i and i + 1; it is destroyed.
    ///
    /// The rows `from … to` of `q`, from column `from` to column `to`, are rotated along: if they are the unit matrix
    /// before, row i is the eigenvector of `d[i]` after. Without vectors, `q` is null.
    static void solve(
            Kernels<double[]> kernels,
            int from,
            int to,
            /*64*/ double[] d,
            /*64*/ double[] e,
            double[] q,
            int qOff,
            int ldq) {
        /*64*/ double negligible = negligible(from, to, d, e);
        int steps = 0;
        for (int l = from; l < to; l++) {
            for (int m = block(l, to, negligible, d, e); m > l; m = block(l, to, negligible, d, e)) {
                if (++steps > MAX_STEPS * (to - from)) {
                    throw new ArithmeticException("no convergence of eigenvalue " + l + " of a tridiagonal matrix of "
                            + "order " + (to - from) + " after " + steps + " steps");
                }
                step(kernels, l, m, from, to, d, e, q, qOff, ldq);
            }
        }
        sort(from, to, d, q, qOff, ldq);
    }

    /// What is negligible whatever it couples: u² times the largest element.
    private static /*64*/ double negligible(int from, int to, /*64*/ double[] d, /*64*/ double[] e) {
        /*64*/ double largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(d[i]));
            largest = i < to - 1 ? Math.max(largest, Math.abs(e[i])) : largest;
        }
        return largest * /*64*/ 0x1p-106;
    }

    /// The end of the block that starts at `l`: the first m whose coupling to m + 1 is negligible.
    private static int block(int l, int to, /*64*/ double negligible, /*64*/ double[] d, /*64*/ double[] e) {
        int m = l;
        while (m < to - 1 && Math.abs(e[m]) > negligible + /*64*/ 0x1p-53 * (Math.abs(d[m]) + Math.abs(d[m + 1]))) {
            m++;
        }
        return m;
    }

    /// One QL step on the block `l … m`.
    private static void step(
            Kernels<double[]> kernels,
            int l,
            int m,
            int from,
            int to,
            /*64*/ double[] d,
            /*64*/ double[] e,
            double[] q,
            int qOff,
            int ldq) {
        /*64*/ double shift = (d[l + 1] - d[l]) / (2 * e[l]);
        /*64*/ double g = d[m] - d[l] + e[l] / (shift + Math.copySign(length(shift, 1), shift));
        /*64*/ double s = 1;
        /*64*/ double c = 1;
        /*64*/ double p = 0;
        for (int i = m - 1; i >= l; i--) {
            /*64*/ double f = s * e[i];
            /*64*/ double b = c * e[i];
            /*64*/ double r = length(f, g);
            if (i + 1 < m) {
                e[i + 1] = r;
            }
            if (r == 0) {
                // The block has come apart at i + 1.
                d[i + 1] -= p;
                return;
            }
            s = f / r;
            c = g / r;
            g = d[i + 1] - p;
            r = (d[i] - g) * s + 2 * c * b;
            p = s * r;
            d[i + 1] = g + p;
            g = c * r - b;
            if (q != null) {
                int row = qOff + i * ldq + from;
                kernels.rot(to - from, q, row, q, row + ldq, c, -s);
            }
        }
        d[l] -= p;
        e[l] = g;
    }

    /// √(x² + y²), also where the squares vanish or overflow.
    private static /*64*/ double length(/*64*/ double x, /*64*/ double y) {
        /*64*/ double squares = x * x + y * y;
        return squares > /*64*/ 0x1p-900 && squares < /*64*/ 0x1p900 ? Math.sqrt(squares) : Math.hypot(x, y);
    }

    /// Sorts eigenvalues, which are mostly in order already, by insertion, or with vectors by selection, which moves
    /// each row at most once.
    private static void sort(int from, int to, /*64*/ double[] d, double[] q, int qOff, int ldq) {
        if (q == null) {
            for (int i = from + 1; i < to; i++) {
                /*64*/ double value = d[i];
                int at = i;
                for (; at > from && d[at - 1] > value; at--) {
                    d[at] = d[at - 1];
                }
                d[at] = value;
            }
            return;
        }
        for (int i = from; i < to - 1; i++) {
            int least = i;
            for (int j = i + 1; j < to; j++) {
                if (d[j] < d[least]) {
                    least = j;
                }
            }
            if (least != i) {
                /*64*/ double value = d[i];
                d[i] = d[least];
                d[least] = value;
                exchange(to - from, q, qOff + i * ldq + from, qOff + least * ldq + from);
            }
        }
    }

    private static void exchange(int n, double[] q, int x, int y) {
        for (int j = 0; j < n; j++) {
            double value = q[x + j];
            q[x + j] = q[y + j];
            q[y + j] = value;
        }
    }
}
