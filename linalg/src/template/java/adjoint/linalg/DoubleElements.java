package adjoint.linalg;

import adjoint.linalg.internal.DistributionDraws;
import adjoint.linalg.internal.DoubleDraws;
import adjoint.linalg.internal.DoubleScans;
import adjoint.linalg.internal.DoubleScratch;
import adjoint.linalg.internal.Keys;
import java.util.Arrays;

/// The kernels of one precision that add up or loop over elements, and random numbers.
///
/// Sums are pairwise over blocks of [#BLOCK] elements or [#ROW_BLOCK] rows: the tree depends on the length only.
@SuppressWarnings("cast")
abstract class DoubleElements extends DoubleLayout {
    /// The elements that one leaf of a summation tree adds up.
    static final int BLOCK = 4096;

    /// The rows that [#sumRows] adds up before it touches the sums.
    static final int ROWS = 8;

    /// The rows that one leaf of a summation tree over rows adds up.
    static final int ROW_BLOCK = 256;

    private final DoubleDraws draws;
    private final DistributionDraws otherDraws;

    DoubleElements(DoubleDraws draws, DistributionDraws otherDraws) {
        this.draws = draws;
        this.otherDraws = otherDraws;
    }

    // ---- sums

    @Override
    public final /*64*/ double sum(double[] x, int off, int n) {
        Bounds.vector("sum", "x", x.length, off, n);
        return n <= BLOCK ? sumBlock(x, off, n) : sumTree(x, off, n);
    }

    private /*64*/ double sumTree(double[] x, int off, int n) {
        if (n <= BLOCK) {
            return sumBlock(x, off, n);
        }
        int left = leftOf(n, BLOCK);
        return sumTree(x, off, left) + sumTree(x, off + left, n - left);
    }

    @Override
    public final /*64*/ double dot(double[] x, int xOff, double[] y, int yOff, int n) {
        Bounds.vector("dot", "x", x.length, xOff, n);
        Bounds.vector("dot", "y", y.length, yOff, n);
        return n <= BLOCK ? dotBlock(x, xOff, y, yOff, n) : dotTree(x, xOff, y, yOff, n);
    }

    private /*64*/ double dotTree(double[] x, int xOff, double[] y, int yOff, int n) {
        if (n <= BLOCK) {
            return dotBlock(x, xOff, y, yOff, n);
        }
        int left = leftOf(n, BLOCK);
        return dotTree(x, xOff, y, yOff, left) + dotTree(x, xOff + left, y, yOff + left, n - left);
    }

    @Override
    public final /*64*/ double sumSquares(double[] x, int off, int n) {
        return dot(x, off, x, off, n);
    }

    /// The length of the left subtree: the largest power-of-two multiple of the block below `n > block`.
    static int leftOf(int n, int block) {
        return Integer.highestOneBit((n - 1) / block) * block;
    }

    /// Σ x over at most [#BLOCK] elements.
    /*64*/ double sumBlock(double[] x, int off, int n) {
        /*64*/ double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        for (; i <= n - 4; i += 4) {
            s0 += x[off + i];
            s1 += x[off + i + 1];
            s2 += x[off + i + 2];
            s3 += x[off + i + 3];
        }
        for (; i < n; i++) {
            s0 += x[off + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /// Σ x·y over at most [#BLOCK] elements.
    /*64*/ double dotBlock(double[] x, int xOff, double[] y, int yOff, int n) {
        /*64*/ double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        for (; i <= n - 4; i += 4) {
            s0 += (/*64*/ double) x[xOff + i] * y[yOff + i];
            s1 += (/*64*/ double) x[xOff + i + 1] * y[yOff + i + 1];
            s2 += (/*64*/ double) x[xOff + i + 2] * y[yOff + i + 2];
            s3 += (/*64*/ double) x[xOff + i + 3] * y[yOff + i + 3];
        }
        for (; i < n; i++) {
            s0 += (/*64*/ double) x[xOff + i] * y[yOff + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /// A block of [#ROW_BLOCK] rows is walked in groups of [#ROWS]: a group is summed as a tree and added to the sums
    /// in one pass. The sums of blocks are added pairwise.
    @Override
    public final void sumRows(
            int rows, int cols, double[] x, int off, int ld, /*64*/ double beta, double[] out, int outOff) {
        Bounds.matrix("sumRows", "x", x.length, off, rows, cols, ld);
        Bounds.vector("sumRows", "out", out.length, outOff, cols);
        Bounds.disjoint("sumRows", "out", out, outOff, 1, cols, cols, "x", x, off, rows, cols, ld);
        if (beta == 0) {
            Arrays.fill(out, outOff, outOff + cols, 0);
        } else if (beta != 1) {
            scaleRow(cols, (double) beta, out, outOff);
        }
        if (rows <= ROW_BLOCK) {
            addRows(rows, cols, x, off, ld, out, outOff);
        } else {
            double[] sums = takeLevels(rows, cols);
            addRowTree(rows, cols, x, off, ld, out, outOff, sums, 0);
            DoubleScratch.give(sums);
        }
    }

    /// A row of `cols` sums for each level of a tree over more than one block of rows.
    static double[] takeLevels(int rows, int cols) {
        return DoubleScratch.take((32 - Integer.numberOfLeadingZeros((rows - 1) / ROW_BLOCK)) * cols);
    }

    private void addRowTree(
            int rows, int cols, double[] x, int off, int ld, double[] out, int outOff, double[] sums, int at) {
        if (rows <= ROW_BLOCK) {
            addRows(rows, cols, x, off, ld, out, outOff);
            return;
        }
        int left = leftOf(rows, ROW_BLOCK);
        addRowTree(left, cols, x, off, ld, out, outOff, sums, at);
        Arrays.fill(sums, at, at + cols, 0);
        addRowTree(rows - left, cols, x, off + left * ld, ld, sums, at, sums, at + cols);
        addRow(cols, sums, at, out, outOff);
    }

    /// `out += Σ_r x[r]` over the rows of a block.
    private void addRows(int rows, int cols, double[] x, int off, int ld, double[] out, int outOff) {
        int r = 0;
        for (; r <= rows - ROWS; r += ROWS) {
            addEightRows(cols, x, off + r * ld, ld, out, outOff);
        }
        for (; r < rows; r++) {
            addRow(cols, x, off + r * ld, out, outOff);
        }
    }

    /// `out += ((x₀ + x₁) + (x₂ + x₃)) + ((x₄ + x₅) + (x₆ + x₇))` over eight rows of x.
    void addEightRows(int cols, double[] x, int off, int ld, double[] out, int outOff) {
        for (int j = 0; j < cols; j++) {
            int i = off + j;
            double top = (x[i] + x[i + ld]) + (x[i + 2 * ld] + x[i + 3 * ld]);
            double bottom = (x[i + 4 * ld] + x[i + 5 * ld]) + (x[i + 6 * ld] + x[i + 7 * ld]);
            out[outOff + j] += top + bottom;
        }
    }

    /// `y += x`.
    @Override
    void addRow(int n, double[] x, int xOff, double[] y, int yOff) {
        for (int i = 0; i < n; i++) {
            y[yOff + i] += x[xOff + i];
        }
    }

    // ---- reductions

    @Override
    public final void reduce(
            Reduction reduction, int outer, int n, int inner, double[] in, int inOff, double[] out, int outOff) {
        if (outer < 0 || n < 0 || inner < 0) {
            throw new IllegalArgumentException("reduce: sizes must be ≥ 0, got " + outer + " × " + n + " × " + inner);
        }
        int row = (int) Math.min(Integer.MAX_VALUE, (long) n * inner);
        Bounds.matrix("reduce", "in", in.length, inOff, outer, row, row);
        Bounds.matrix("reduce", "out", out.length, outOff, outer, inner, inner);
        Bounds.disjoint("reduce", "out", out, outOff, outer, inner, inner, "in", in, inOff, outer, row, row);
        DoubleReductions.reduce(this, reduction, outer, n, inner, in, inOff, out, outOff);
    }

    // ---- scans

    @Override
    public final void cumulativeSum(
            int rows,
            int cols,
            boolean reverse,
            double[] in,
            int inOff,
            int ldIn,
            double[] out,
            int outOff,
            int ldOut) {
        checkScan("cumulativeSum", rows, cols, in, inOff, ldIn, out, outOff, ldOut);
        for (int r = 0; r < rows; r++) {
            if (reverse) {
                DoubleScans.sumBackwards(cols, in, inOff + r * ldIn, out, outOff + r * ldOut);
            } else {
                DoubleScans.sum(cols, in, inOff + r * ldIn, out, outOff + r * ldOut);
            }
        }
    }

    @Override
    public final void cumulativeSumRows(
            int rows,
            int cols,
            boolean reverse,
            double[] in,
            int inOff,
            int ldIn,
            double[] out,
            int outOff,
            int ldOut) {
        checkScan("cumulativeSumRows", rows, cols, in, inOff, ldIn, out, outOff, ldOut);
        DoubleScans.sumRows(rows, cols, reverse, in, inOff, ldIn, out, outOff, ldOut);
    }

    private static void checkScan(
            String kernel, int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        Bounds.matrix(kernel, "in", in.length, inOff, rows, cols, ldIn);
        Bounds.matrix(kernel, "out", out.length, outOff, rows, cols, ldOut);
        if (inOff != outOff || rows > 1 && ldIn != ldOut) {
            Bounds.disjoint(kernel, "out", out, outOff, rows, cols, ldOut, "in", in, inOff, rows, cols, ldIn);
        }
    }

    @Override
    public final void argMax(int rows, int cols, double[] in, int inOff, int ldIn, int[] out, int outOff) {
        checkArg("argMax", "largest", rows, cols, in, inOff, ldIn, out, outOff);
        for (int r = 0; r < rows; r++) {
            out[outOff + r] = DoubleScans.argMax(cols, in, inOff + r * ldIn);
        }
    }

    @Override
    public final void argMin(int rows, int cols, double[] in, int inOff, int ldIn, int[] out, int outOff) {
        checkArg("argMin", "smallest", rows, cols, in, inOff, ldIn, out, outOff);
        for (int r = 0; r < rows; r++) {
            out[outOff + r] = DoubleScans.argMin(cols, in, inOff + r * ldIn);
        }
    }

    private static void checkArg(
            String kernel, String which, int rows, int cols, double[] in, int inOff, int ldIn, int[] out, int outOff) {
        Bounds.matrix(kernel, "in", in.length, inOff, rows, cols, ldIn);
        Bounds.vector(kernel, "out", out.length, outOff, rows);
        if (rows > 0 && cols == 0) {
            throw new IllegalArgumentException(
                    kernel + ": in is " + rows + " × 0, a row without columns has no " + which + " element");
        }
    }

    // ---- elements

    @Override
    public int firstNonFinite(double[] x, int off, int n) {
        Bounds.vector("firstNonFinite", "x", x.length, off, n);
        for (int from = 0; from < n; from += BLOCK) {
            int length = Math.min(BLOCK, n - from);
            if (hasNonFinite(x, off + from, length)) {
                int i = from;
                while (Double.isFinite(x[off + i])) {
                    i++;
                }
                return i;
            }
        }
        return -1;
    }

    /// Whether one of at most [#BLOCK] elements is NaN or infinite.
    boolean hasNonFinite(double[] x, int off, int n) {
        for (int i = 0; i < n; i++) {
            if (!Double.isFinite(x[off + i])) {
                return true;
            }
        }
        return false;
    }

    @Override
    public final void fill(double[] x, int off, int n, /*64*/ double value) {
        Bounds.vector("fill", "x", x.length, off, n);
        Arrays.fill(x, off, off + n, (double) value);
    }

    @Override
    public final void axpy(int n, /*64*/ double alpha, double[] x, int xOff, double[] y, int yOff) {
        Bounds.vector("axpy", "x", x.length, xOff, n);
        Bounds.vector("axpy", "y", y.length, yOff, n);
        Bounds.sameOrDisjoint("axpy", n, "y", y, yOff, "x", x, xOff);
        axpyRow(n, (double) alpha, x, xOff, y, yOff);
    }

    @Override
    public final void scale(int n, /*64*/ double alpha, double[] x, int xOff) {
        Bounds.vector("scale", "x", x.length, xOff, n);
        scaleRow(n, (double) alpha, x, xOff);
    }

    @Override
    public final void rot(int n, double[] x, int xOff, double[] y, int yOff, /*64*/ double cos, /*64*/ double sin) {
        Bounds.vector("rot", "x", x.length, xOff, n);
        Bounds.vector("rot", "y", y.length, yOff, n);
        Bounds.disjoint("rot", "y", y, yOff, 1, n, n, "x", x, xOff, 1, n, n);
        rotRow(n, x, xOff, y, yOff, (double) cos, (double) sin);
    }

    /// `(x, y) = (cos·x + sin·y, cos·y - sin·x)`.
    void rotRow(int n, double[] x, int xOff, double[] y, int yOff, double cos, double sin) {
        for (int i = 0; i < n; i++) {
            double u = x[xOff + i];
            double v = y[yOff + i];
            x[xOff + i] = cos * u + sin * v;
            y[yOff + i] = cos * v - sin * u;
        }
    }

    /// `y += alpha·x`.
    void axpyRow(int n, double alpha, double[] x, int xOff, double[] y, int yOff) {
        for (int i = 0; i < n; i++) {
            y[yOff + i] += alpha * x[xOff + i];
        }
    }

    /// `x *= alpha`: one array, which the JIT compiler vectorises by itself.
    static void scaleRow(int n, double alpha, double[] x, int xOff) {
        for (int i = 0; i < n; i++) {
            x[xOff + i] *= alpha;
        }
    }

    // ---- random numbers

    @Override
    public final void uniform(
            int key0, int key1, long counter, double[] x, int off, int n, /*64*/ double lo, /*64*/ double hi) {
        Bounds.vector("uniform", "x", x.length, off, n);
        double low = (double) lo;
        double high = (double) hi;
        double range = (double) (hi - lo);
        if (!(lo <= hi) || !Double.isFinite(low) || !Double.isFinite(high) || !Double.isFinite(range)) {
            throw new IllegalArgumentException("uniform: lo ≤ hi and hi - lo must be finite in " + precision()
                    + ", got lo = " + lo + " and hi = " + hi);
        }
        draws.uniform(key0, key1, counter, x, off, n, low, range);
        if (low + range * DoubleDraws.LARGEST >= high && low < high) {
            double below = Math.nextDown(high);
            for (int i = off; i < off + n; i++) {
                x[i] = Math.min(x[i], below);
            }
        }
    }

    @Override
    public final void normal(
            int key0, int key1, long counter, double[] x, int off, int n, /*64*/ double mean, /*64*/ double deviation) {
        Bounds.vector("normal", "x", x.length, off, n);
        if (!Double.isFinite((double) mean) || !(deviation >= 0) || !Double.isFinite((double) deviation)) {
            throw new IllegalArgumentException("normal: mean and deviation ≥ 0 must be finite in " + precision()
                    + ", got mean = " + mean + " and deviation = " + deviation);
        }
        draws.normal(key0, key1, counter, x, off, n, (double) mean, (double) deviation);
    }

    @Override
    public final void draw(Distribution distribution, int key0, int key1, long counter, double[] x, int off, int n) {
        Bounds.vector("draw", "x", x.length, off, n);
        switch (distribution) {
            case Distribution.Uniform d -> uniform(key0, key1, counter, x, off, n, d.lo(), d.hi());
            case Distribution.Normal d -> normal(key0, key1, counter, x, off, n, d.mean(), d.deviation());
            case Distribution.Rademacher _ -> draws.signs(key0, key1, counter, x, off, n);
            default -> otherDraws.fill(distribution, Keys.of(key0, key1), counter, x, off, n);
        }
    }
}
