package adjoint.linalg.internal;

import adjoint.linalg.Epilogue;
import adjoint.linalg.Transpose;
import adjoint.linalg.internal.TileShape.Kind;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Matrix products on generated register tiles.
///
/// Blocking follows K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), less what
/// does not pay: a block of op(B) is packed into panels as wide as a tile, unless it is used for few rows or is small
/// enough to be read where it lies. Rows of A are read where they lie, unless they would push each other out of the L1
/// cache: then a block of them is copied. A transposed A is turned into rows, unless the product is small.
@SuppressWarnings("cast")
public final class DoubleSimdGemm extends DoubleGemm {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final TileShape SHAPE = DoubleTiles.SHAPE;
    private static final int PANEL = SHAPE.panel();

    /// The depth of a block. Great, since every block of k but one reads C, and waits for it longer than for panels,
    /// which stream from the L2 cache; but a panel must leave that cache room for op(A).
    private static final int KC = Math.min(8192 / Double.BYTES, 384 * 1024 / (SHAPE.panelColumns() * Double.BYTES));

    /// The elements of a block of op(A), a part of the L2 cache.
    private static final int A_ELEMENTS = 384 * 1024 / Double.BYTES;

    /// The columns of a block. Where there are several blocks of rows it is larger, so that op(A) is packed less often.
    private static final int NC = 640;

    private static final int NC_TALL = 1024;

    /// The rows from which on packing B pays, and those from which on it does although a panel stays in the L1 cache.
    private static final int FEW_ROWS = 3 * SHAPE.rows(Kind.ROWS, 2);

    private static final int SOME_ROWS = 10 * SHAPE.rows(Kind.ROWS, 2);
    private static final int L1_BYTES = 32 * 1024;

    /// Rows whose distance is a multiple of this share few sets of the L1 cache, which have room for so many.
    private static final int ALIASING_BYTES = 2048;

    private static final int MANY_ROWS = 12;

    /// The rows that packing takes at a time.
    private static final int PACKED_ROWS = 8;

    /// What is added where there is nothing to add.
    static final double[] ZEROS = new double[SHAPE.panelColumns()];

    private static final ThreadLocal<Room> ROOM = ThreadLocal.withInitial(Room::new);

    /// What packing needs on one thread; arrays grow to the largest product seen.
    private static final class Room {
        private double[] a = {};
        private double[] b = {};
        final double[] tile = new double[SHAPE.rows(Kind.ROWS, 1) * LANES];

        double[] a(int length) {
            if (a.length < length) {
                a = new double[length];
            }
            return a;
        }

        double[] b(int length) {
            if (b.length < length) {
                b = new double[length];
            }
            return b;
        }
    }

    @Override
    int columnGrain() {
        return SHAPE.panelColumns();
    }

    @Override
    Storage packed() {
        return Storage.PANELS;
    }

    @Override
    public int packedColumns(int n) {
        return packedWidth(n);
    }

    @Override
    public void pack(Transpose tb, int k, int n, double[] b, int bOff, int ldb, double[] panels) {
        int width = packedColumns(n);
        int depth;
        for (int p = 0; p < k; p += depth) {
            depth = evenly(k - p, KC, 1);
            packBlock(
                    Storage.of(tb),
                    b,
                    tb == Transpose.NO ? bOff + p * ldb : bOff + p,
                    ldb,
                    depth,
                    n,
                    panels,
                    p * width);
        }
    }

    @Override
    void product(
            Transpose ta,
            Storage tb,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double[] c,
            int cOff,
            int ldc,
            double[] s,
            int sOff,
            int lds,
            Epilogue<double[]> e,
            int terms,
            int row,
            int column) {
        int depth;
        for (int p = 0; p < k; p += depth) {
            depth = evenly(k - p, KC, 1);
            int aFrom = ta == Transpose.NO ? aOff + p : aOff + p * lda;
            int bFrom = tb == Storage.COLUMNS ? bOff + p : tb == Storage.ROWS ? bOff + p * ldb : p * ldb + bOff * depth;
            // The first block of k adds S, the others add what is in C by then; the epilogue follows the last one.
            Epilogue<double[]> last = p + depth == k ? e : null;
            if (p == 0) {
                slice(
                        ta, tb, m, n, depth, alpha, a, aFrom, lda, b, bFrom, ldb, c, cOff, ldc, s, sOff, lds, last,
                        terms, row, column);
            } else {
                slice(
                        ta, tb, m, n, depth, alpha, a, aFrom, lda, b, bFrom, ldb, c, cOff, ldc, c, cOff, ldc, last,
                        terms, row, column);
            }
        }
    }

    /// Items whose operands fit the L1 cache together take turns at each tile.
    @Override
    void products(
            Transpose ta,
            Storage tb,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            int aStride,
            double[] b,
            int bOff,
            int ldb,
            int bStride,
            boolean adds,
            double[] c,
            int cOff,
            int ldc,
            int cStride,
            int count) {
        Kind kind = kind(ta, tb, m, n, k);
        if (!kind.directB() || k > KC) {
            super.products(
                    ta, tb, m, n, k, alpha, a, aOff, lda, aStride, b, bOff, ldb, bStride, adds, c, cOff, ldc, cStride,
                    count);
            return;
        }
        int most = Math.max(1, L1_BYTES / Double.BYTES / (m * k + k * n + m * n));
        int items;
        for (int i = 0; i < count; i += items) {
            items = Math.min(most, count - i);
            int ci = cOff + i * cStride;
            block(
                    kind,
                    items,
                    m,
                    n,
                    k,
                    alpha,
                    a,
                    aOff + i * aStride,
                    lda,
                    aStride,
                    b,
                    bOff + i * bStride,
                    ldb,
                    bStride,
                    c,
                    ci,
                    ldc,
                    cStride,
                    adds ? c : null,
                    ci,
                    ldc,
                    adds ? cStride : 0);
        }
    }

    /// [#product] for one block of k.
    private static void slice(
            Transpose ta,
            Storage tb,
            int m,
            int n,
            int depth,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double[] c,
            int cOff,
            int ldc,
            double[] s,
            int sOff,
            int lds,
            Epilogue<double[]> e,
            int terms,
            int row,
            int column) {
        Kind kind = kind(ta, tb, m, n, depth);
        boolean copyA =
                kind == Kind.ROWS && (ta == Transpose.YES || m > MANY_ROWS && lda * Double.BYTES % ALIASING_BYTES == 0);
        if (kind.directB() || !copyA && tb == Storage.PANELS && (long) depth * m <= A_ELEMENTS) {
            block(kind, 1, m, n, depth, alpha, a, aOff, lda, 0, b, bOff, ldb, 0, c, cOff, ldc, 0, s, sOff, lds, 0);
            finish(e, terms, m, n, c, cOff, ldc, row, column);
            return;
        }
        Room room = ROOM.get();
        int group = SHAPE.rows(kind, PANEL);
        int mostRows = Math.max(1, A_ELEMENTS / (depth * group)) * group;
        int mostColumns = m <= mostRows ? NC : NC_TALL;
        // A copied row has a cache line to spare, so that rows do not alias.
        int ldRows = copyA ? depth + 64 / Double.BYTES : lda;
        int columns;
        for (int j = 0; j < n; j += columns) {
            columns = evenly(n - j, mostColumns, SHAPE.panelColumns());
            double[] panels = b;
            int panelsFrom = bOff + j * depth;
            if (tb != Storage.PANELS) {
                panels = room.b(depth * packedWidth(columns));
                panelsFrom = 0;
                packBlock(tb, b, tb == Storage.ROWS ? bOff + j : bOff + j * ldb, ldb, depth, columns, panels, 0);
            }
            int rows;
            for (int i = 0; i < m; i += rows) {
                rows = evenly(m - i, mostRows, group);
                double[] block = a;
                int blockFrom = aOff + i * lda;
                if (copyA) {
                    block = room.a(rows * ldRows);
                    blockFrom = 0;
                    if (j == 0 || m > mostRows) {
                        copyRows(
                                ta, rows, depth, a, ta == Transpose.NO ? aOff + i * lda : aOff + i, lda, block, ldRows);
                    }
                }
                int ci = cOff + i * ldc + j;
                int si = sOff + i * lds + j;
                block(
                        kind,
                        1,
                        rows,
                        columns,
                        depth,
                        alpha,
                        block,
                        blockFrom,
                        ldRows,
                        0,
                        panels,
                        panelsFrom,
                        ldb,
                        0,
                        c,
                        ci,
                        ldc,
                        0,
                        s,
                        si,
                        lds,
                        0);
                finish(e, terms, rows, columns, c, ci, ldc, row + i, column + j);
            }
        }
    }

    /// The size of the next block when `left` are left: at most `most`, which `grain` divides, a multiple of `grain`
    /// unless it is the last one, and never a small rest.
    private static int evenly(int left, int most, int grain) {
        return left <= most ? left : left < 2 * most ? ((left + 1) / 2 + grain - 1) / grain * grain : most;
    }

    /// How tiles read the operands.
    private static Kind kind(Transpose ta, Storage tb, int m, int n, int depth) {
        boolean small = m < FEW_ROWS || m < SOME_ROWS && depth * SHAPE.panelColumns() * Double.BYTES <= L1_BYTES;
        if (tb != Storage.ROWS || n < LANES || !small) {
            return Kind.ROWS;
        }
        return ta == Transpose.YES ? Kind.COLUMNS : Kind.DIRECT;
    }

    private static int packedWidth(int n) {
        return (n + LANES - 1) / LANES * LANES;
    }

    /// A block of C, or as many of them as there are items: for each panel of op(B), the tiles of all groups of rows,
    /// as equal as they can be. Panels are where op(B) lies, or one after the other.
    private static void block(
            Kind kind,
            int items,
            int m,
            int n,
            int depth,
            double alpha,
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
            double[] s,
            int sOff,
            int lds,
            int sStride) {
        if (n < LANES) {
            narrow(kind, m, n, depth, alpha, a, aOff, lda, b, bOff, c, cOff, ldc, s, sOff, lds);
            return;
        }
        int width;
        for (int j = 0; j < n; j += width) {
            int vectors = SHAPE.vectors(n - j);
            width = Math.min(vectors * LANES, n - j);
            int panel = kind.directB() ? bOff + j : bOff + j * depth;
            int most = DoubleTiles.rows(kind, vectors);
            int groups = m <= most ? 1 : (m + most - 1) / most;
            int rows = groups == 1 ? m : m / groups;
            int high = (m - rows * groups) * (rows + 1);
            groups(
                    kind, items, 0, high, rows + 1, vectors, width, depth, alpha, a, aOff, lda, aStride, b, panel, ldb,
                    bStride, c, cOff + j, ldc, cStride, s, sOff + j, lds, sStride);
            groups(
                    kind, items, high, m, rows, vectors, width, depth, alpha, a, aOff, lda, aStride, b, panel, ldb,
                    bStride, c, cOff + j, ldc, cStride, s, sOff + j, lds, sStride);
        }
    }

    /// The tiles of the rows `from … to-1` of a panel of `width` columns, in groups of `rows`.
    private static void groups(
            Kind kind,
            int items,
            int from,
            int to,
            int rows,
            int vectors,
            int width,
            int depth,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            int aStride,
            double[] b,
            int panel,
            int ldb,
            int bStride,
            double[] c,
            int cOff,
            int ldc,
            int cStride,
            double[] s,
            int sOff,
            int lds,
            int sStride) {
        if (from == to) {
            return;
        }
        double[] add = s == null ? ZEROS : s;
        int addFrom = s == null ? 0 : sOff;
        int ldAdd = s == null ? 0 : lds;
        int step = kind == Kind.COLUMNS ? 1 : lda;
        int last = width - LANES;
        DoubleTile tile = DoubleTiles.tile(kind, rows, vectors, width < vectors * LANES, s == null && alpha == 1);
        for (int item = 0; item < items; item++) {
            int ai = aOff + item * aStride;
            int bi = panel + item * bStride;
            int ci = cOff + item * cStride;
            int si = addFrom + item * sStride;
            for (int i = from; i < to; i += rows) {
                tile.run(
                        depth,
                        a,
                        ai + i * step,
                        lda,
                        b,
                        bi,
                        ldb,
                        c,
                        ci + i * ldc,
                        ldc,
                        alpha,
                        add,
                        si + i * ldAdd,
                        ldAdd,
                        last);
            }
        }
    }

    /// A block of C of fewer columns than a vector has elements: by way of a tile that has them all.
    private static void narrow(
            Kind kind,
            int m,
            int n,
            int depth,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] panel,
            int panelOff,
            double[] c,
            int cOff,
            int ldc,
            double[] s,
            int sOff,
            int lds) {
        double[] t = ROOM.get().tile;
        int most = DoubleTiles.rows(kind, 1);
        for (int i = 0; i < m; i += most) {
            int rows = Math.min(most, m - i);
            DoubleTiles.tile(kind, rows, 1, false, true)
                    .run(depth, a, aOff + i * lda, lda, panel, panelOff, 0, t, 0, LANES, 1, ZEROS, 0, 0, 0);
            copyEdge(rows, n, alpha, t, c, cOff + i * ldc, ldc, s, sOff + i * lds, lds);
        }
    }

    /// `C = alpha·T + S` for a tile T of one vector that reaches beyond the last column.
    private static void copyEdge(
            int rows,
            int columns,
            double alpha,
            double[] t,
            double[] c,
            int cOff,
            int ldc,
            double[] s,
            int sOff,
            int lds) {
        VectorMask<Double> mask = SPECIES.indexInRange(0, columns);
        DoubleVector scale = DoubleVector.broadcast(SPECIES, alpha);
        DoubleVector zero = DoubleVector.zero(SPECIES);
        for (int r = 0; r < rows; r++) {
            DoubleVector add = s == null ? zero : DoubleVector.fromArray(SPECIES, s, sOff + r * lds, mask);
            DoubleVector.fromArray(SPECIES, t, r * LANES).fma(scale, add).intoArray(c, cOff + r * ldc, mask);
        }
    }

    // ---- packing

    /// `out = op(A)` for `rows` rows of `depth`.
    private static void copyRows(
            Transpose ta, int rows, int depth, double[] a, int aOff, int lda, double[] out, int ldOut) {
        if (ta == Transpose.YES && DoubleTransposes.fit(depth, rows)) {
            DoubleTransposes.blocks(depth, rows, a, aOff, lda, out, 0, ldOut);
            return;
        }
        for (int i = 0; i < rows; i++) {
            if (ta == Transpose.NO) {
                System.arraycopy(a, aOff + i * lda, out, i * ldOut, depth);
            } else {
                for (int p = 0; p < depth; p++) {
                    out[i * ldOut + p] = a[aOff + p * lda + i];
                }
            }
        }
    }

    /// Panels of op(B), of `depth` rows and `n` columns. The last vector of the last panel ends at the last column, or
    /// is filled up where there is only one.
    private static void packBlock(
            Storage tb, double[] b, int bOff, int ldb, int depth, int n, double[] panels, int out) {
        if (tb == Storage.COLUMNS) {
            packTransposed(b, bOff, ldb, depth, n, panels, out);
        } else {
            pack(b, bOff, ldb, depth, n, panels, out);
        }
    }

    /// A few rows at a time, all panels of them: panel after panel would come back to each row, and find its cache
    /// lines gone where rows lie far apart.
    private static void pack(double[] b, int bOff, int ldb, int kc, int n, double[] panels, int out) {
        for (int p = 0; p < kc; p += PACKED_ROWS) {
            int rows = Math.min(PACKED_ROWS, kc - p);
            int width;
            for (int j = 0; j < n; j += width) {
                width = SHAPE.vectors(n - j) * LANES;
                int to = out + j * kc + p * width;
                packPanel(b, bOff + p * ldb + j, ldb, rows, Math.min(width, n - j), panels, to, width);
            }
        }
    }

    private static void packPanel(
            double[] b, int bOff, int ldb, int rows, int columns, double[] panels, int out, int width) {
        if (columns == 4 * LANES) {
            packFour(b, bOff, ldb, rows, panels, out);
        } else if (columns < LANES) {
            packRest(b, bOff, ldb, rows, columns, panels, out, width);
        } else {
            for (int v = 0; v < width; v += LANES) {
                packVector(b, bOff + Math.min(v, columns - LANES), ldb, rows, panels, out + v, width);
            }
        }
    }

    private static void packFour(double[] b, int bOff, int ldb, int kc, double[] panels, int out) {
        for (int p = 0; p < kc; p++) {
            int from = bOff + p * ldb;
            int to = out + p * (4 * LANES);
            DoubleVector.fromArray(SPECIES, b, from).intoArray(panels, to);
            DoubleVector.fromArray(SPECIES, b, from + LANES).intoArray(panels, to + LANES);
            DoubleVector.fromArray(SPECIES, b, from + 2 * LANES).intoArray(panels, to + 2 * LANES);
            DoubleVector.fromArray(SPECIES, b, from + 3 * LANES).intoArray(panels, to + 3 * LANES);
        }
    }

    private static void packVector(double[] b, int bOff, int ldb, int kc, double[] panels, int out, int width) {
        for (int p = 0; p < kc; p++) {
            DoubleVector.fromArray(SPECIES, b, bOff + p * ldb).intoArray(panels, out + p * width);
        }
    }

    private static void packRest(
            double[] b, int bOff, int ldb, int kc, int columns, double[] panels, int out, int width) {
        VectorMask<Double> mask = SPECIES.indexInRange(0, columns);
        for (int p = 0; p < kc; p++) {
            DoubleVector.fromArray(SPECIES, b, bOff + p * ldb, mask).intoArray(panels, out + p * width);
        }
    }

    private static void packTransposed(double[] b, int bOff, int ldb, int kc, int n, double[] panels, int out) {
        int width;
        for (int j = 0; j < n; j += width) {
            width = SHAPE.vectors(n - j) * LANES;
            for (int v = 0; v < width; v += LANES) {
                int row = Math.max(0, Math.min(j + v, n - LANES));
                transposeRows(Math.min(LANES, n), b, bOff + row * ldb, ldb, kc, panels, out + j * kc + v, width);
            }
        }
    }

    /// `out[p, r] = in[min(r, rows-1), p]` for `rows` rows of `n`, at most [#LANES], and r below [#LANES].
    private static void transposeRows(
            int rows, double[] in, int inOff, int ldIn, int n, double[] out, int outOff, int ldOut) {
        if (n < LANES) {
            for (int p = 0; p < n; p++) {
                for (int r = 0; r < LANES; r++) {
                    out[outOff + p * ldOut + r] = in[inOff + Math.min(r, rows - 1) * ldIn + p];
                }
            }
            return;
        }
        int p = 0;
        for (; p <= n - LANES; p += LANES) {
            DoubleTiles.transpose().run(rows, in, inOff + p, ldIn, out, outOff + p * ldOut, ldOut);
        }
        if (p < n) {
            // The last block overlaps the one before it.
            DoubleTiles.transpose().run(rows, in, inOff + n - LANES, ldIn, out, outOff + (n - LANES) * ldOut, ldOut);
        }
    }
}
