package adjoint.linalg.internal;

import static adjoint.linalg.internal.DoubleVectorConstants.exact;

import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// A register tile by way of methods that all tiles share, at a good half of the speed of generated code and with the
/// same bits. It serves until that is compiled, see [WarmUp].
final class DoubleStandInTile implements DoubleTile {
    private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    /// Rows that are computed at once.
    private static final int GROUP = 4;

    private static final ThreadLocal<double[]> SUMS = ThreadLocal.withInitial(
            () -> new double[DoubleTiles.SHAPE.rows(Kind.ROWS, 1) * DoubleTiles.SHAPE.panelColumns()]);

    private final Tile tile;
    private final int width;
    private long work;
    private volatile boolean tried;

    DoubleStandInTile(Tile tile) {
        this.tile = tile;
        this.width = tile.vectors() * L;
    }

    @Override
    public void run(
            int kc,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double[] c,
            int cOff,
            int ldc,
            double alpha,
            double[] s,
            int sOff,
            int lds,
            int last) {
        Kind kind = tile.kind();
        int rows = tile.rows();
        double[] t = SUMS.get();
        int rowStep = kind.columnsOfA() ? 1 : lda;
        int aStep = kind == Kind.COLUMNS ? lda : kind == Kind.PACKED ? rows : 1;
        int bStep = kind.directB() ? ldb : width;
        for (int v = 0; v < width; v += 2 * L) {
            int next = Math.min(v + L, width - L);
            int b0 = bOff + (kind.directB() ? column(v, last) : v);
            int b1 = bOff + (kind.directB() ? column(next, last) : next);
            for (int r = 0; r < rows; r += GROUP) {
                int group = Math.min(GROUP, rows - r);
                int ar = aOff + r * rowStep;
                sums(kc, group, a, ar, rowStep, aStep, b, b0, b1, bStep, t, r * width + v, r * width + next, width);
            }
        }
        for (int v = 0; v < width && !tile.plain(); v += L) {
            scale(rows, t, v, width, alpha, s, sOff + column(v, last), lds);
        }
        for (int v = 0; v < width; v += L) {
            copy(rows, t, v, width, c, cOff + column(v, last), ldc);
        }
        count(WarmUp.CALL + (long) kc * rows * tile.vectors());
    }

    /// The column of C at which the vector of column v of the tile starts.
    private int column(int v, int last) {
        return tile.tail() && v == width - L ? last : v;
    }

    /// Threads may lose some of each other's counts.
    private void count(long operations) {
        work += operations;
        if (work >= WarmUp.WORTH_A_TRIAL && !tried) {
            tryGenerated();
        }
    }

    private synchronized void tryGenerated() {
        if (!tried) {
            tried = true;
            WarmUp.start(new DoubleTileTrial(tile));
        }
    }

    /// `t[r] = Σ a[r, p]·b[p]` for at most [#GROUP] rows and two vectors of columns. Where there are fewer rows, or
    /// only one vector, the last one is computed again.
    private static void sums(
            int kc,
            int rows,
            double[] a,
            int a0,
            int rowStep,
            int aStep,
            double[] b,
            int b0,
            int b1,
            int bStep,
            double[] t,
            int t0,
            int t1,
            int width) {
        int r1 = Math.min(1, rows - 1);
        int r2 = Math.min(2, rows - 1);
        int r3 = Math.min(3, rows - 1);
        int a1 = a0 + r1 * rowStep;
        int a2 = a0 + r2 * rowStep;
        int a3 = a0 + r3 * rowStep;
        DoubleVector s00 = DoubleVector.zero(S);
        DoubleVector s01 = s00;
        DoubleVector s10 = s00;
        DoubleVector s11 = s00;
        DoubleVector s20 = s00;
        DoubleVector s21 = s00;
        DoubleVector s30 = s00;
        DoubleVector s31 = s00;
        for (int p = 0; p < kc; p++) {
            DoubleVector y0 = DoubleVector.fromArray(S, b, b0 + p * bStep);
            DoubleVector y1 = DoubleVector.fromArray(S, b, b1 + p * bStep);
            // The calls are on a vector of known class: that of a sum would hang on the profile, see Emitter.exact.
            DoubleVector x = DoubleVector.broadcast(S, a[a0 + p * aStep]);
            s00 = x.fma(y0, s00);
            s01 = x.fma(y1, s01);
            x = DoubleVector.broadcast(S, a[a1 + p * aStep]);
            s10 = x.fma(y0, s10);
            s11 = x.fma(y1, s11);
            x = DoubleVector.broadcast(S, a[a2 + p * aStep]);
            s20 = x.fma(y0, s20);
            s21 = x.fma(y1, s21);
            x = DoubleVector.broadcast(S, a[a3 + p * aStep]);
            s30 = x.fma(y0, s30);
            s31 = x.fma(y1, s31);
        }
        exact(s31).intoArray(t, t1 + r3 * width);
        exact(s30).intoArray(t, t0 + r3 * width);
        exact(s21).intoArray(t, t1 + r2 * width);
        exact(s20).intoArray(t, t0 + r2 * width);
        exact(s11).intoArray(t, t1 + r1 * width);
        exact(s10).intoArray(t, t0 + r1 * width);
        exact(s01).intoArray(t, t1);
        exact(s00).intoArray(t, t0);
    }

    /// `t = alpha·t + s` for a vector of columns.
    private static void scale(int rows, double[] t, int tOff, int width, double alpha, double[] s, int sOff, int lds) {
        for (int r = 0; r < rows; r++) {
            DoubleVector sum = DoubleVector.fromArray(S, t, tOff + r * width);
            sum.fma(DoubleVector.broadcast(S, alpha), DoubleVector.fromArray(S, s, sOff + r * lds))
                    .intoArray(t, tOff + r * width);
        }
    }

    private static void copy(int rows, double[] t, int tOff, int width, double[] c, int cOff, int ldc) {
        for (int r = 0; r < rows; r++) {
            DoubleVector.fromArray(S, t, tOff + r * width).intoArray(c, cOff + r * ldc);
        }
    }
}
