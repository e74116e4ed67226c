package adjoint.linalg.internal;

import java.util.Arrays;

/// Passes over a matrix in which every element needs what came before it: cumulative sums, and positions of extremes.
///
/// Sums are kept in double precision in both precisions, as a rounding error would otherwise stay in all that follows.
@SuppressWarnings("cast")
public final class DoubleScans {
    private DoubleScans() {}

    /// `out[i] = in[0] + … + in[i]`.
    public static void sum(int n, double[] in, int inOff, double[] out, int outOff) {
        /*64*/ double total = 0;
        for (int i = 0; i < n; i++) {
            total += in[inOff + i];
            out[outOff + i] = (double) total;
        }
    }

    /// `out[i] = in[i] + … + in[n - 1]`.
    public static void sumBackwards(int n, double[] in, int inOff, double[] out, int outOff) {
        /*64*/ double total = 0;
        for (int i = n - 1; i >= 0; i--) {
            total += in[inOff + i];
            out[outOff + i] = (double) total;
        }
    }

    /// `out[r, :] = in[0, :] + … + in[r, :]`, or from the last row up.
    public static void sumRows(
            int rows, int cols, boolean up, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        /*64*/ double[] totals = /*64*/ DoubleScratch.take(cols);
        Arrays.fill(totals, 0, cols, 0);
        for (int step = 0; step < rows; step++) {
            int r = up ? rows - 1 - step : step;
            addRow(cols, totals, in, inOff + r * ldIn, out, outOff + r * ldOut);
        }
        /*64*/ DoubleScratch.give(totals);
    }

    private static void addRow(int n, /*64*/ double[] totals, double[] in, int inOff, double[] out, int outOff) {
        for (int i = 0; i < n; i++) {
            totals[i] += in[inOff + i];
            out[outOff + i] = (double) totals[i];
        }
    }

    /// The position of the first of the largest of `n ≥ 1` elements; a NaN is the largest.
    public static int argMax(int n, double[] x, int off) {
        int best = 0;
        double largest = x[off];
        for (int i = 1; i < n; i++) {
            double value = x[off + i];
            if (!(value <= largest)) {
                if (largest != largest) {
                    return best;
                }
                largest = value;
                best = i;
            }
        }
        return best;
    }

    /// The position of the first of the smallest of `n ≥ 1` elements; a NaN is the smallest.
    public static int argMin(int n, double[] x, int off) {
        int best = 0;
        double smallest = x[off];
        for (int i = 1; i < n; i++) {
            double value = x[off + i];
            if (!(value >= smallest)) {
                if (smallest != smallest) {
                    return best;
                }
                smallest = value;
                best = i;
            }
        }
        return best;
    }
}
