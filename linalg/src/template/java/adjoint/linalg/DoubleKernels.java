package adjoint.linalg;

import adjoint.linalg.internal.AttentionKernels;
import adjoint.linalg.internal.DistributionDraws;
import adjoint.linalg.internal.DoubleAttention;
import adjoint.linalg.internal.DoubleDraws;
import adjoint.linalg.internal.DoubleGemm;
import adjoint.linalg.internal.DoubleMatrixVector;
import adjoint.linalg.internal.DoubleScalarGemm;
import adjoint.linalg.internal.DoubleScratch;
import adjoint.linalg.internal.DoubleStrips;
import adjoint.linalg.internal.DoubleTriangular;

/// The kernels of one precision in plain Java. Every public method checks its arguments and lays out the
/// work: blocks, trees, planes. The loops under it are overridden where vector instructions do them better.
///
/// This class has the products and what is made of them, [DoubleElements] sums, scans and element-wise loops,
/// [DoubleLayout] what only moves elements.
@SuppressWarnings("cast")
class DoubleKernels extends DoubleElements {
    private final DoubleGemm products;
    private final DoubleMatrixVector vectorProducts;
    private final DoubleTriangular triangular;
    private final AttentionKernels<double[]> attention = newAttention();

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
        super(draws, otherDraws);
        this.products = products;
        this.vectorProducts = vectorProducts;
        this.triangular = new DoubleTriangular(this, strips);
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
}
