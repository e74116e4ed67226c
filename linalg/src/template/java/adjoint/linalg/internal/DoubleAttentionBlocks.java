package adjoint.linalg.internal;

import java.util.Arrays;

/// The arithmetic of attention on blocks that lie in the cache, in plain Java.
///
/// Queries go side by side: in a block of scores, a row is a key and its columns are the [#panel] queries of a panel.
/// Then the softmax is one number per column, and no step reduces over the lanes of a vector; and scores, once they are
/// weights, are an operand of the products that follow just where they lie.
///
/// ```
/// panel    out[p, i] = x[i, p]              queries of x across, in rows of `panel`
/// group    out[p, r] = x[r, p]              m ≤ `group` keys of x across, in rows of m
/// columns  out[g][r, c] = x[r, c of g]      columns of x in parts g of m ≤ `group`, in rows of m
/// ```
///
/// Scores are in units of ln 2: weights are powers of 2.
@SuppressWarnings("cast")
class DoubleAttentionBlocks {
    static final double LN_2 = (double) Math.log(/*64*/ 2.0);

    private static final int LANES = 8;

    /// Elements that a vector has; writers may write that many beyond the end of what they pack.
    final int lanes;

    /// The queries of a panel.
    final int panel;

    /// The most rows of a tile.
    final int group;

    DoubleAttentionBlocks() {
        this(LANES, 2 * LANES, 4);
    }

    DoubleAttentionBlocks(int lanes, int panel, int group) {
        this.lanes = lanes;
        this.panel = panel;
        this.group = group;
    }

    /// The rows of the next tile, when `left` are left: tiles of about the same height.
    final int height(int left) {
        return Math.ceilDiv(left, Math.ceilDiv(left, group));
    }

    /// The columns of rows of `columns`, in whole vectors.
    final int padded(int columns) {
        return Math.ceilDiv(columns, lanes) * lanes;
    }

    // ---- products

    /// `c[r, i] = alpha·Σ_p a[p, r]·b[p, i]`, with the last c added where `add`: m rows of a panel.
    void product(
            int m,
            int depth,
            double[] a,
            int aOff,
            double[] b,
            int bOff,
            double[] c,
            int cOff,
            int ldc,
            double alpha,
            boolean add) {
        for (int r = 0; r < m; r++) {
            int row = cOff + r * ldc;
            if (!add) {
                Arrays.fill(c, row, row + panel, 0);
            }
            for (int p = 0; p < depth; p++) {
                double x = alpha * a[aOff + p * m + r];
                for (int i = 0; i < panel; i++) {
                    c[row + i] += x * b[bOff + p * panel + i];
                }
            }
        }
    }

    /// `c[r, j] += alpha·Σ_p a[r, p]·b[p, j]` for m rows of `width` columns, a multiple of `lanes`; the rows of b are
    /// as long as those of c are wide.
    void addRows(
            int m,
            int width,
            int depth,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            double[] c,
            int cOff,
            int ldc,
            double alpha) {
        for (int r = 0; r < m; r++) {
            int row = cOff + r * ldc;
            for (int p = 0; p < depth; p++) {
                double x = alpha * a[aOff + r * lda + p];
                for (int j = 0; j < width; j++) {
                    c[row + j] += x * b[bOff + p * width + j];
                }
            }
        }
    }

    // ---- packing

    /// A group of m rows of `depth`.
    void packGroup(int m, int depth, double[] x, int off, int ld, double[] out, int outOff) {
        for (int p = 0; p < depth; p++) {
            for (int r = 0; r < m; r++) {
                out[outOff + p * m + r] = x[off + r * ld + p];
            }
        }
    }

    /// Part of the columns of `rows` rows: m of them.
    void packColumns(int m, int rows, double[] x, int off, int ld, double[] out, int outOff) {
        for (int r = 0; r < rows; r++) {
            System.arraycopy(x, off + r * ld, out, outOff + r * m, m);
        }
    }

    // ---- passes over blocks of scores

    /// One step of the online softmax, over `n` keys of a panel. `state` holds, `panel` numbers each, the maximum so
    /// far, the sum of the weights so far, and as a result the factor by which what was summed up so far shrinks,
    /// because there is a new maximum. Scores become weights; those that are dropped become 0 after they have been
    /// summed.
    ///
    /// @return whether a factor is not 1
    boolean softmax(int n, double[] s, int off, double[] state, int at, Draws draws) {
        boolean changed = false;
        for (int i = 0; i < panel; i++) {
            double before = state[at + i];
            double max = before;
            for (int j = 0; j < n; j++) {
                double x = s[off + j * panel + i];
                max = x > max ? x : max;
            }
            double factor = exp2(before - max);
            double sum = state[at + panel + i] * factor;
            for (int j = 0; j < n; j++) {
                double e = exp2(s[off + j * panel + i] - max);
                sum += e;
                s[off + j * panel + i] = draws != null && draws.drops(j, i) ? 0 : e;
            }
            state[at + i] = max;
            state[at + panel + i] = sum;
            state[at + 2 * panel + i] = factor;
            changed |= factor != 1;
        }
        return changed;
    }

    /// `x[r, i] *= factor[i]` for `rows` rows of a panel.
    void scaleColumns(int rows, double[] x, int off, double[] factor, int at) {
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < panel; i++) {
                x[off + r * panel + i] *= factor[at + i];
            }
        }
    }

    /// From scores and from the gradients of the weights as they are after dropout, the gradients of the scores, for
    /// `n` keys of a panel:
    ///
    /// ```
    /// P = 2^(s − lseᵢ)      s ← drop(P)      ds = g ← P·(drop(g) − δᵢ)       without the factor 1/(1 − p) of drop
    /// ```
    ///
    /// Rows of s and g are `ld` long, those of ds are `panel`. The rows `at` and behind of `state` are lse and δ.
    void gradient(
            int n,
            double[] s,
            int sOff,
            double[] g,
            int gOff,
            int ld,
            double[] ds,
            int dsOff,
            double[] state,
            int at,
            Draws draws) {
        for (int j = 0; j < n; j++) {
            for (int i = 0; i < panel; i++) {
                double weight = exp2(s[sOff + j * ld + i] - state[at + i]);
                boolean dropped = draws != null && draws.drops(j, i);
                double gradient = dropped ? 0 : g[gOff + j * ld + i];
                double x = weight * (gradient - state[at + panel + i]);
                s[sOff + j * ld + i] = dropped ? 0 : weight;
                g[gOff + j * ld + i] = x;
                ds[dsOff + j * panel + i] = x;
            }
        }
    }

    private static double exp2(double x) {
        return (double) Math.exp(LN_2 * x);
    }
}
