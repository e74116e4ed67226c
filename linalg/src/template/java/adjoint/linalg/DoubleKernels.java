package adjoint.linalg;

import adjoint.linalg.internal.AttentionKernels;
import adjoint.linalg.internal.DistributionDraws;
import adjoint.linalg.internal.DoubleAttention;
import adjoint.linalg.internal.DoubleDraws;
import adjoint.linalg.internal.DoubleGemm;
import adjoint.linalg.internal.DoubleMatrixVector;
import adjoint.linalg.internal.DoubleScalarGemm;
import adjoint.linalg.internal.DoubleScans;
import adjoint.linalg.internal.DoubleScratch;
import adjoint.linalg.internal.DoubleStrips;
import adjoint.linalg.internal.DoubleTriangular;
import adjoint.linalg.internal.Keys;
import java.util.Arrays;

/// The kernels of one precision in plain Java. Every public method checks its arguments and lays out the
/// work: blocks, trees, planes. The loops under it are overridden where vector instructions do them better.
///
/// Sums are pairwise over blocks of [#BLOCK] elements: the tree depends on the length only.
@SuppressWarnings("cast")
class DoubleKernels implements Kernels<double[]> {
    /// The elements that one leaf of a summation tree adds up.
    static final int BLOCK = 4096;

    /// The side of the square blocks of a transpose: two of them stay in the L1 cache.
    static final int TILE = 16;

    /// The rows that [#sumRows] adds up before it touches the sums.
    static final int ROWS = 8;

    private final DoubleGemm products;
    private final DoubleMatrixVector vectorProducts;
    private final DoubleTriangular triangular;
    private final AttentionKernels<double[]> attention = newAttention();
    private final DoubleDraws draws;
    private final DistributionDraws otherDraws;

    DoubleKernels() {
        this(
                new DoubleScalarGemm(),
                new DoubleMatrixVector(),
                new DoubleStrips(),
                new DoubleDraws(),
                DistributionDraws.scalar());
    }

    /// Kernels whose products, with matrices, vectors and triangles, are these, and whose random draws are `draws` and,
    /// where double precision computes them for both, `otherDraws`.
    DoubleKernels(
            DoubleGemm products,
            DoubleMatrixVector vectorProducts,
            DoubleStrips strips,
            DoubleDraws draws,
            DistributionDraws otherDraws) {
        this.products = products;
        this.vectorProducts = vectorProducts;
        this.triangular = new DoubleTriangular(this, strips);
        this.draws = draws;
        this.otherDraws = otherDraws;
    }

    @Override
    public final Precision precision() {
        return Precision.F64;
    }

    // ---- products

    @Override
    public void gemm(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            /*64*/ double beta,
            double[] c,
            int cOff,
            int ldc) {
        checkProduct("gemm", ta, tb, m, n, k, a, aOff, lda, b, bOff, ldb, c, cOff, ldc);
        boolean na = ta == Transpose.NO;
        boolean nb = tb == Transpose.NO;
        if (n == 1) {
            gemv(ta, na ? m : k, na ? k : m, alpha, a, aOff, lda, b, bOff, nb ? ldb : 1, beta, c, cOff, ldc);
            return;
        }
        if (m == 1) {
            Transpose t = nb ? Transpose.YES : Transpose.NO;
            gemv(t, nb ? k : n, nb ? n : k, alpha, b, bOff, ldb, a, aOff, na ? 1 : lda, beta, c, cOff, 1);
            return;
        }
        double scale = (double) alpha;
        products.multiply(ta, tb, m, n, k, scale, a, aOff, lda, b, bOff, ldb, (double) beta, c, cOff, ldc, null);
    }

    @Override
    public void gemmBatched(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            int aStride,
            double[] b,
            int bOff,
            int ldb,
            int bStride,
            /*64*/ double beta,
            double[] c,
            int cOff,
            int ldc,
            int cStride,
            int batch) {
        if (batch < 0 || aStride < 0 || bStride < 0 || cStride < 0 || cStride == 0 && batch > 1) {
            throw new IllegalArgumentException("gemmBatched: the batch and the strides must be ≥ 0, that of c > 0, got "
                    + batch + " items with strides " + aStride + ", " + bStride + ", " + cStride);
        }
        if (batch == 0) {
            return;
        }
        checkProduct("gemmBatched", ta, tb, m, n, k, a, aOff, lda, b, bOff, ldb, c, cOff, ldc);
        int aLast = last(aOff, aStride, batch);
        int bLast = last(bOff, bStride, batch);
        int cLast = last(cOff, cStride, batch);
        checkProduct("gemmBatched", ta, tb, m, n, k, a, aLast, lda, b, bLast, ldb, c, cLast, ldc);
        checkItems(ta, tb, m, n, k, a, aOff, lda, aStride, b, bOff, ldb, bStride, c, cOff, ldc, cStride, batch);
        double scale = (double) alpha;
        products.multiplyBatched(
                ta,
                tb,
                m,
                n,
                k,
                scale,
                a,
                aOff,
                lda,
                aStride,
                b,
                bOff,
                ldb,
                bStride,
                (double) beta,
                c,
                cOff,
                ldc,
                cStride,
                batch);
    }

    private static void checkItems(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double[] a,
            int aOff,
            int lda,
            int aStride,
            double[] b,
            int bOff,
            int ldb,
            int bStride,
            double[] c,
            int cOff,
            int ldc,
            int cStride,
            int batch) {
        int ar = ta == Transpose.NO ? m : k;
        int br = tb == Transpose.NO ? k : n;
        String kernel = "gemmBatched";
        Bounds.disjointItems(
                kernel, batch, "c", c, cOff, m, n, ldc, cStride, "a", a, aOff, ar, m + k - ar, lda, aStride);
        Bounds.disjointItems(
                kernel, batch, "c", c, cOff, m, n, ldc, cStride, "b", b, bOff, br, k + n - br, ldb, bStride);
    }

    /// Where the last item of a batch starts; beyond every array if that is more than an `int` holds.
    private static int last(int offset, int stride, int batch) {
        return (int) Math.min(Integer.MAX_VALUE, offset + (batch - 1L) * stride);
    }

    @Override
    public void gemmBias(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double[] c,
            int cOff,
            int ldc,
            double[] bias,
            int biasOff) {
        checkProduct("gemmBias", ta, tb, m, n, k, a, aOff, lda, b, bOff, ldb, c, cOff, ldc);
        Bounds.vector("gemmBias", "bias", bias.length, biasOff, n);
        Bounds.disjoint("gemmBias", "c", c, cOff, m, n, ldc, "bias", bias, biasOff, 1, n, n);
        double scale = (double) alpha;
        products.multiplyBias(ta, tb, m, n, k, scale, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, bias, biasOff);
    }

    @Override
    public void gemm(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            /*64*/ double beta,
            double[] c,
            int cOff,
            int ldc,
            Epilogue<double[]> epilogue) {
        checkProduct("gemm", ta, tb, m, n, k, a, aOff, lda, b, bOff, ldb, c, cOff, ldc);
        epilogue.check("gemm", m, n, c, cOff, ldc);
        double scale = (double) alpha;
        products.multiply(ta, tb, m, n, k, scale, a, aOff, lda, b, bOff, ldb, (double) beta, c, cOff, ldc, epilogue);
    }

    @Override
    public PackedMatrix<double[]> pack(Transpose tb, int k, int n, double[] b, int bOff, int ldb) {
        boolean nb = tb == Transpose.NO;
        Bounds.matrix("pack", "b", b.length, bOff, nb ? k : n, nb ? n : k, ldb);
        long length = (long) k * products.packedColumns(n);
        if (length > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("pack: " + k + " × " + n + " elements do not fit into an array");
        }
        double[] panels = new double[(int) length];
        products.pack(tb, k, n, b, bOff, ldb, panels);
        return new PackedMatrix<>(this, k, n, panels);
    }

    @Override
    public void gemm(
            Transpose ta,
            int m,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            PackedMatrix<double[]> b,
            /*64*/ double beta,
            double[] c,
            int cOff,
            int ldc,
            Epilogue<double[]> epilogue) {
        boolean na = ta == Transpose.NO;
        int k = b.rows();
        int n = b.cols();
        double[] panels = b.data(this);
        Bounds.matrix("gemm", "a", a.length, aOff, na ? m : k, na ? k : m, lda);
        Bounds.matrix("gemm", "c", c.length, cOff, m, n, ldc);
        Bounds.disjoint("gemm", "c", c, cOff, m, n, ldc, "a", a, aOff, na ? m : k, na ? k : m, lda);
        epilogue.check("gemm", m, n, c, cOff, ldc);
        double scale = (double) alpha;
        products.multiplyPacked(ta, m, n, k, scale, a, aOff, lda, panels, (double) beta, c, cOff, ldc, epilogue);
    }

    /// The bounds of the three matrices of a product.
    static void checkProduct(
            String kernel,
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double[] c,
            int cOff,
            int ldc) {
        boolean na = ta == Transpose.NO;
        boolean nb = tb == Transpose.NO;
        Bounds.matrix(kernel, "a", a.length, aOff, na ? m : k, na ? k : m, lda);
        Bounds.matrix(kernel, "b", b.length, bOff, nb ? k : n, nb ? n : k, ldb);
        Bounds.matrix(kernel, "c", c.length, cOff, m, n, ldc);
        if (k > 0) {
            Bounds.disjoint(kernel, "c", c, cOff, m, n, ldc, "a", a, aOff, na ? m : k, na ? k : m, lda);
            Bounds.disjoint(kernel, "c", c, cOff, m, n, ldc, "b", b, bOff, nb ? k : n, nb ? n : k, ldb);
        }
    }

    // ---- a matrix and vectors

    @Override
    public final void gemv(
            Transpose ta,
            int m,
            int n,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xOff,
            int incX,
            /*64*/ double beta,
            double[] y,
            int yOff,
            int incY) {
        boolean transposed = ta == Transpose.YES;
        int xn = transposed ? m : n;
        int yn = transposed ? n : m;
        Bounds.matrix("gemv", "a", a.length, aOff, m, n, lda);
        Bounds.vector("gemv", "x", x.length, xOff, xn, incX);
        Bounds.vector("gemv", "y", y.length, yOff, yn, incY);
        Bounds.disjoint("gemv", "y", y, yOff, yn, 1, incY, "a", a, aOff, m, n, lda);
        Bounds.disjoint("gemv", "y", y, yOff, yn, 1, incY, "x", x, xOff, xn, 1, incX);
        start(yn, (double) beta, y, yOff, incY);
        if (alpha == 0 || m == 0 || n == 0) {
            return;
        }
        double[] xs = contiguous(xn, x, xOff, incX);
        double[] ys = contiguous(yn, y, yOff, incY);
        int xFrom = xs == x ? xOff : 0;
        int yFrom = ys == y ? yOff : 0;
        if (transposed) {
            vectorProducts.multiplyTransposed(m, n, (double) alpha, a, aOff, lda, xs, xFrom, ys, yFrom);
        } else {
            vectorProducts.multiply(m, n, (double) alpha, a, aOff, lda, xs, xFrom, ys, yFrom);
        }
        putBack(yn, ys, y, yOff, incY);
        giveBack(xs, x);
    }

    @Override
    public final void symv(
            Triangle triangle,
            int n,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xOff,
            int incX,
            /*64*/ double beta,
            double[] y,
            int yOff,
            int incY) {
        Bounds.matrix("symv", "a", a.length, aOff, n, n, lda);
        Bounds.vector("symv", "x", x.length, xOff, n, incX);
        Bounds.vector("symv", "y", y.length, yOff, n, incY);
        Bounds.disjoint("symv", "y", y, yOff, n, 1, incY, "a", a, aOff, n, n, lda);
        Bounds.disjoint("symv", "y", y, yOff, n, 1, incY, "x", x, xOff, n, 1, incX);
        start(n, (double) beta, y, yOff, incY);
        if (alpha == 0 || n == 0) {
            return;
        }
        double factor = (double) alpha;
        double[] xs = DoubleScratch.take(n);
        for (int i = 0; i < n; i++) {
            xs[i] = factor * x[xOff + i * incX];
        }
        double[] ys = contiguous(n, y, yOff, incY);
        vectorProducts.multiplySymmetric(triangle, n, a, aOff, lda, xs, 0, ys, ys == y ? yOff : 0);
        putBack(n, ys, y, yOff, incY);
        DoubleScratch.give(xs);
    }

    @Override
    public final void ger(
            int m,
            int n,
            /*64*/ double alpha,
            double[] x,
            int xOff,
            int incX,
            double[] y,
            int yOff,
            int incY,
            double[] a,
            int aOff,
            int lda) {
        Bounds.vector("ger", "x", x.length, xOff, m, incX);
        Bounds.vector("ger", "y", y.length, yOff, n, incY);
        Bounds.matrix("ger", "a", a.length, aOff, m, n, lda);
        Bounds.disjoint("ger", "a", a, aOff, m, n, lda, "x", x, xOff, m, 1, incX);
        Bounds.disjoint("ger", "a", a, aOff, m, n, lda, "y", y, yOff, n, 1, incY);
        if (alpha == 0 || m == 0 || n == 0) {
            return;
        }
        double[] ys = contiguous(n, y, yOff, incY);
        vectorProducts.update(m, n, (double) alpha, x, xOff, incX, ys, ys == y ? yOff : 0, a, aOff, lda);
        giveBack(ys, y);
    }

    /// `y = beta·y`; with `beta = 0`, y is not read.
    private static void start(int n, double beta, double[] y, int yOff, int incY) {
        for (int i = 0; beta != 1 && i < n; i++) {
            int at = yOff + i * incY;
            y[at] = beta == 0 ? 0 : beta * y[at];
        }
    }

    /// x itself where its elements are neighbours, else a copy in a work array.
    private static double[] contiguous(int n, double[] x, int xOff, int incX) {
        if (incX == 1) {
            return x;
        }
        double[] copy = DoubleScratch.take(n);
        for (int i = 0; i < n; i++) {
            copy[i] = x[xOff + i * incX];
        }
        return copy;
    }

    /// Writes a copy made by [#contiguous] back.
    private static void putBack(int n, double[] copy, double[] x, int xOff, int incX) {
        for (int i = 0; copy != x && i < n; i++) {
            x[xOff + i * incX] = copy[i];
        }
        giveBack(copy, x);
    }

    private static void giveBack(double[] copy, double[] x) {
        if (copy != x) {
            DoubleScratch.give(copy);
        }
    }

    // ---- symmetric and triangular matrices

    @Override
    public final void syrk(
            Triangle triangle,
            Transpose ta,
            int n,
            int k,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            /*64*/ double beta,
            double[] c,
            int cOff,
            int ldc) {
        boolean transposed = ta == Transpose.YES;
        Bounds.matrix("syrk", "a", a.length, aOff, transposed ? k : n, transposed ? n : k, lda);
        Bounds.matrix("syrk", "c", c.length, cOff, n, n, ldc);
        Bounds.disjoint("syrk", "c", c, cOff, n, n, ldc, "a", a, aOff, transposed ? k : n, transposed ? n : k, lda);
        triangular.square(triangle, ta, n, k, (double) alpha, a, aOff, lda, (double) beta, c, cOff, ldc);
    }

    @Override
    public final void trmm(
            Side side,
            Triangle triangle,
            Transpose ta,
            Diagonal diagonal,
            int m,
            int n,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb) {
        int order = side == Side.LEFT ? m : n;
        Bounds.matrix("trmm", "a", a.length, aOff, order, order, lda);
        Bounds.matrix("trmm", "b", b.length, bOff, m, n, ldb);
        Bounds.disjoint("trmm", "b", b, bOff, m, n, ldb, "a", a, aOff, order, order, lda);
        triangular.apply(false, side, triangle, ta, diagonal, m, n, (double) alpha, a, aOff, lda, b, bOff, ldb);
    }

    @Override
    public final void trsm(
            Side side,
            Triangle triangle,
            Transpose ta,
            Diagonal diagonal,
            int m,
            int n,
            /*64*/ double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb) {
        int order = side == Side.LEFT ? m : n;
        Bounds.matrix("trsm", "a", a.length, aOff, order, order, lda);
        Bounds.matrix("trsm", "b", b.length, bOff, m, n, ldb);
        Bounds.disjoint("trsm", "b", b, bOff, m, n, ldb, "a", a, aOff, order, order, lda);
        triangular.apply(true, side, triangle, ta, diagonal, m, n, (double) alpha, a, aOff, lda, b, bOff, ldb);
    }

    // ---- attention

    /// What [Attention] runs on.
    final AttentionKernels<double[]> attention() {
        return attention;
    }

    /// Attention with these kernels.
    AttentionKernels<double[]> newAttention() {
        return DoubleAttention.scalar(this);
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
        int left = leftOf(n);
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
        int left = leftOf(n);
        return dotTree(x, xOff, y, yOff, left) + dotTree(x, xOff + left, y, yOff + left, n - left);
    }

    @Override
    public final /*64*/ double sumSquares(double[] x, int off, int n) {
        return dot(x, off, x, off, n);
    }

    /// The length of the left subtree: the largest power-of-two multiple of [#BLOCK] below `n > BLOCK`.
    private static int leftOf(int n) {
        return Integer.highestOneBit((n - 1) / BLOCK) * BLOCK;
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

    /// Walks the rows in groups of [#ROWS]; a group is summed as a tree and added to `out` in one pass.
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

    // ---- layout

    @Override
    public final void transpose(
            int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        Bounds.matrix("transpose", "in", in.length, inOff, rows, cols, ldIn);
        Bounds.matrix("transpose", "out", out.length, outOff, cols, rows, ldOut);
        Bounds.disjoint("transpose", "out", out, outOff, cols, rows, ldOut, "in", in, inOff, rows, cols, ldIn);
        transposeBlocks(rows, cols, in, inOff, ldIn, out, outOff, ldOut);
    }

    /// The transpose in blocks that stay in the L1 cache.
    void transposeBlocks(int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        for (int r = 0; r < rows; r += TILE) {
            int height = Math.min(TILE, rows - r);
            for (int c = 0; c < cols; c += TILE) {
                int width = Math.min(TILE, cols - c);
                transposeBlock(height, width, in, inOff + r * ldIn + c, ldIn, out, outOff + c * ldOut + r, ldOut);
            }
        }
    }

    private static void transposeBlock(
            int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        for (int c = 0; c < cols; c++) {
            for (int r = 0; r < rows; r++) {
                out[outOff + c * ldOut + r] = in[inOff + r * ldIn + c];
            }
        }
    }

    @Override
    public final void copyStrided(
            int[] shape, double[] in, int inOff, int[] inStrides, double[] out, int outOff, int[] outStrides) {
        Bounds.strided("copyStrided", "in", in.length, inOff, shape, inStrides);
        Bounds.strided("copyStrided", "out", out.length, outOff, shape, outStrides);
        Bounds.disjointStrided("copyStrided", shape, "out", out, outOff, outStrides, "in", in, inOff, inStrides);
        copyAxes(0, StridedAxes.of(shape, inStrides, outStrides), in, inOff, out, outOff);
    }

    /// Walks the outer axes down to the last two, which [#copyPlane] copies.
    private void copyAxes(int depth, int[] axes, double[] in, int inOff, double[] out, int outOff) {
        int size = StridedAxes.size(axes, depth);
        int inStride = StridedAxes.inStride(axes, depth);
        int outStride = StridedAxes.outStride(axes, depth);
        if (depth < StridedAxes.rank(axes) - 2) {
            for (int i = 0; i < size; i++) {
                copyAxes(depth + 1, axes, in, inOff + i * inStride, out, outOff + i * outStride);
            }
            return;
        }
        int cols = StridedAxes.size(axes, depth + 1);
        int inCol = StridedAxes.inStride(axes, depth + 1);
        int outCol = StridedAxes.outStride(axes, depth + 1);
        if (inCol != 1 && inStride == 1 && outCol == 1) {
            transposeBlocks(cols, size, in, inOff, inCol, out, outOff, outStride);
        } else {
            copyPlane(size, cols, in, inOff, inStride, inCol, out, outOff, outStride, outCol);
        }
    }

    private static void copyPlane(
            int rows,
            int cols,
            double[] in,
            int inOff,
            int inRow,
            int inCol,
            double[] out,
            int outOff,
            int outRow,
            int outCol) {
        for (int r = 0; r < rows; r++) {
            int i = inOff + r * inRow;
            int o = outOff + r * outRow;
            if (inCol == 1 && outCol == 1) {
                System.arraycopy(in, i, out, o, cols);
            } else if (inCol == 0 && outCol == 1) {
                Arrays.fill(out, o, o + cols, in[i]);
            } else {
                for (int c = 0; c < cols; c++) {
                    out[o + c * outCol] = in[i + c * inCol];
                }
            }
        }
    }

    @Override
    public final void gatherRows(
            int rows,
            int cols,
            double[] in,
            int inOff,
            int ldIn,
            int[] index,
            int iOff,
            double[] out,
            int outOff,
            int ldOut) {
        Bounds.matrix("gatherRows", "out", out.length, outOff, rows, cols, ldOut);
        Bounds.rowIndex("gatherRows", "in", in.length, inOff, rows, cols, ldIn, index, iOff);
        Bounds.disjointRows("gatherRows", rows, cols, index, iOff, "in", in, inOff, ldIn, "out", out, outOff, ldOut);
        for (int r = 0; cols > 0 && r < rows; r++) {
            System.arraycopy(in, inOff + index[iOff + r] * ldIn, out, outOff + r * ldOut, cols);
        }
    }

    @Override
    public final void scatterAddRows(
            int rows,
            int cols,
            double[] in,
            int inOff,
            int ldIn,
            int[] index,
            int iOff,
            double[] out,
            int outOff,
            int ldOut) {
        Bounds.matrix("scatterAddRows", "in", in.length, inOff, rows, cols, ldIn);
        Bounds.rowIndex("scatterAddRows", "out", out.length, outOff, rows, cols, ldOut, index, iOff);
        Bounds.disjointRows(
                "scatterAddRows", rows, cols, index, iOff, "out", out, outOff, ldOut, "in", in, inOff, ldIn);
        for (int r = 0; r < rows; r++) {
            addRow(cols, in, inOff + r * ldIn, out, outOff + index[iOff + r] * ldOut);
        }
    }

    // ---- random numbers

    @Override
    public final void uniform(
            int key0, int key1, long counter, double[] x, int off, int n, /*64*/ double lo, /*64*/ double hi) {
        Bounds.vector("uniform", "x", x.length, off, n);
        draws.uniform(key0, key1, counter, x, off, n, (double) lo, (double) (hi - lo));
    }

    @Override
    public final void normal(
            int key0, int key1, long counter, double[] x, int off, int n, /*64*/ double mean, /*64*/ double deviation) {
        Bounds.vector("normal", "x", x.length, off, n);
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
