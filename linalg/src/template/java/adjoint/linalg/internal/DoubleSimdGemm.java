package adjoint.linalg.internal;

import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import adjoint.linalg.internal.TileShape.Kind;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Matrix products on generated register tiles.
///
/// Blocking follows K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): a block
/// of op(B) is packed into panels as wide as a tile, a block of op(A) into panels as high as one, each panel in the
/// order in which a tile reads it. Small products skip what does not pay: rows of A that are used for few columns, and
/// a B that is small or used for few rows, are read where they lie.
@SuppressWarnings("cast")
public final class DoubleSimdGemm extends DoubleGemm {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final TileShape SHAPE = TileShape.ofMachine(SPECIES.vectorBitSize(), LANES);
    static final DoubleTiles TILES = TileEmitter.tiles(DoubleTiles.class, ElementType.of(Precision.F64), SHAPE);

    /// The depth of a block. Great, since every block of k but one reads C, and waits for it longer than for panels,
    /// which stream from the L2 cache.
    private static final int KC = 8192 / Double.BYTES;

    /// The elements of a packed block of op(A), a third of an L2 cache of 2 MB; and its groups of rows at most.
    private static final int A_ELEMENTS = 640 * 1024 / Double.BYTES;

    private static final int GROUPS = 24;

    /// The columns of a block. Where there are several blocks of rows it is larger, so that op(A) is packed less often.
    private static final int NC = 640;

    private static final int NC_TALL = 1024;

    /// The columns from which on packing rows of A pays.
    private static final int MANY_COLUMNS = 192;

    /// Packing B does not pay for fewer rows than this; nor, for up to `SOME_ROWS`, where B lies in the L1 cache.
    private static final int FEW_ROWS = 49;

    private static final int SOME_ROWS = 129;
    private static final int L1_ELEMENTS = 32768 / Double.BYTES;

    /// The rows that packing takes at a time.
    private static final int PACKED_ROWS = 8;

    private static final ThreadLocal<Product> PRODUCT = ThreadLocal.withInitial(Product::new);

    @Override
    int columnGrain() {
        return SHAPE.panelColumns();
    }

    @Override
    void product(
            int wholeRows,
            Transpose ta,
            Transpose tb,
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
            int lds) {
        Product product = PRODUCT.get();
        product.fewRows = wholeRows < TileEmitter.DEEP_ROWS;
        product.alpha = alpha;
        product.a = a;
        product.b = b;
        product.c = c;
        product.packedA = ta == Transpose.YES || n >= MANY_COLUMNS && m > SHAPE.mostRows() && SHAPE.packsRows();
        for (int p = 0; p < k; ) {
            int depth = depth(k - p);
            int mostRows = mostRows(depth);
            int blockColumns = m <= mostRows ? NC : NC_TALL;
            // The first block of k adds S, the others add what is in C by then.
            boolean first = p == 0;
            product.s = first ? s : c;
            product.lds = first ? lds : ldc;
            for (int j = 0; j < n; j += blockColumns) {
                int columns = Math.min(blockColumns, n - j);
                int bFrom = tb == Transpose.NO ? bOff + p * ldb + j : bOff + j * ldb + p;
                product.takeB(tb, columns, depth, bFrom, ldb, m);
                for (int i = 0; i < m; ) {
                    int rows = height(m - i, mostRows);
                    if (j == 0 || m > mostRows) {
                        int aFrom = ta == Transpose.NO ? aOff + i * lda + p : aOff + p * lda + i;
                        product.takeA(ta, rows, aFrom, lda);
                    }
                    product.sOff = first ? sOff + i * lds + j : cOff + i * ldc + j;
                    product.block(rows, cOff + i * ldc + j, ldc);
                    i += rows;
                }
            }
            p += depth;
        }
        product.clear();
    }

    /// The size of the next block of k: never a small rest.
    private static int depth(int left) {
        return left <= KC ? left : left < 2 * KC ? (left + 1) / 2 : KC;
    }

    /// The most rows of a block, in whole groups.
    private static int mostRows(int depth) {
        int group = SHAPE.rows(true, SHAPE.panel());
        return group * Math.clamp(A_ELEMENTS / ((long) depth * group), 1, GROUPS);
    }

    /// The rows of the next block: never a small rest, and whole groups.
    private static int height(int left, int most) {
        if (left <= most) {
            return left;
        }
        int group = SHAPE.rows(true, SHAPE.panel());
        return left < 2 * most ? ((left + 1) / 2 + group - 1) / group * group : most;
    }

    private static int roundUp(int n) {
        return (n + LANES - 1) / LANES * LANES;
    }

    /// The state of a product on one thread, with the room that packing needs; arrays grow to the largest product seen.
    private static final class Product {
        boolean fewRows;
        double alpha;
        double[] a;
        double[] b;
        double[] c;
        double[] s;
        int sOff;
        int lds;

        // The block of op(B): its first `direct` columns where they lie, the others in panels.
        private int columns;
        private int depth;
        private int direct;
        private int bFrom;
        private int ldb;
        private double[] panels = {};

        // The block of op(A): rows where they lie, or panels.
        boolean packedA;
        private double[] rows;
        private int rowsFrom;
        private int ldRows;
        private double[] aPanels = {};

        private final double[] tile = new double[SHAPE.mostRows() * SHAPE.widest() * LANES];

        /// Lets go of the operands.
        void clear() {
            a = null;
            b = null;
            c = null;
            s = null;
            rows = null;
        }

        void takeB(Transpose tb, int columns, int depth, int from, int ldb, int m) {
            this.columns = columns;
            this.depth = depth;
            this.bFrom = from;
            this.ldb = ldb;
            boolean small = m < FEW_ROWS || m < SOME_ROWS && depth * ldb <= L1_ELEMENTS;
            boolean inPlace = !packedA && tb == Transpose.NO && small;
            direct = inPlace ? wholePanels(columns) : 0;
            int packed = columns - direct;
            int length = depth * roundUp(packed);
            if (panels.length < length) {
                panels = new double[length];
            }
            if (tb == Transpose.NO) {
                pack(packedA, b, from + direct, ldb, depth, packed, panels);
            } else {
                packTransposed(packedA, b, from, ldb, depth, packed, panels);
            }
        }

        void takeA(Transpose ta, int m, int from, int lda) {
            if (!packedA) {
                rows = a;
                rowsFrom = from;
                ldRows = lda;
                return;
            }
            // Panels are written by whole vectors, the last one beyond its end.
            int length = m * depth + 2 * LANES;
            if (aPanels.length < length) {
                aPanels = new double[length];
            }
            rows = aPanels;
            rowsFrom = 0;
            ldRows = depth;
            if (ta == Transpose.YES) {
                packColumns(m, a, from, lda, depth, aPanels);
                return;
            }
            int groups = groups(m, SHAPE.panel());
            for (int g = 0, i = 0; g < groups; g++) {
                int group = groupRows(m, groups, g);
                packRows(group, a, from + i * lda, lda, depth, aPanels, i * depth);
                i += group;
            }
        }

        /// How many groups of rows, as equal as they can be, `m` rows make for tiles of `vectors` vectors.
        private int groups(int m, int vectors) {
            int most = SHAPE.rows(packedA, vectors);
            return (m + most - 1) / most;
        }

        /// The rows of group `g`.
        private static int groupRows(int m, int groups, int g) {
            return m / groups + (g < m % groups ? 1 : 0);
        }

        /// A block of C: for each panel of op(B), the tiles of all groups of rows.
        void block(int m, int cOff, int ldc) {
            int width;
            for (int j = 0; j < columns; j += width) {
                int vectors = SHAPE.vectors(packedA, columns - j);
                width = vectors * LANES;
                int groups = groups(m, vectors);
                for (int g = 0, i = 0; g < groups; g++) {
                    int group = groupRows(m, groups, g);
                    tile(group, vectors, i, j, cOff + i * ldc + j, ldc);
                    i += group;
                }
            }
        }

        private void tile(int m, int vectors, int i, int j, int cFrom, int ldc) {
            // In packed A, where row i is the first of its group, i · depth is where the panel of the group starts.
            int aFrom = rowsFrom + i * ldRows;
            int sFrom = sOff + i * lds + j;
            int width = vectors * LANES;
            if (j < direct) {
                int code = SHAPE.code(Kind.DIRECT, m, vectors);
                TILES.tile(code, depth, rows, aFrom, ldRows, b, bFrom + j, ldb, c, cFrom, ldc, alpha, s, sFrom, lds);
                return;
            }
            Kind kind = packedA ? Kind.PACKED : TileEmitter.rowsKind(fewRows, m, vectors);
            int code = SHAPE.code(kind, m, vectors);
            int panel = (j - direct) * depth;
            if (j + width <= columns) {
                TILES.tile(code, depth, rows, aFrom, ldRows, panels, panel, width, c, cFrom, ldc, alpha, s, sFrom, lds);
            } else {
                TILES.tile(code, depth, rows, aFrom, ldRows, panels, panel, width, tile, 0, width, alpha, null, 0, 0);
                copyEdge(m, columns - j, tile, width, c, cFrom, ldc, s, sFrom, lds);
            }
        }
    }

    /// The columns before the panel that reaches beyond the last one, if there is one.
    private static int wholePanels(int columns) {
        int j = 0;
        while (j < columns && j + SHAPE.vectors(false, columns - j) * LANES <= columns) {
            j += SHAPE.vectors(false, columns - j) * LANES;
        }
        return j;
    }

    /// `C = T + S` for a tile T that reaches beyond the last column.
    private static void copyEdge(
            int rows, int columns, double[] t, int ldt, double[] c, int cOff, int ldc, double[] s, int sOff, int lds) {
        int whole = columns - columns % LANES;
        VectorMask<Double> mask = SPECIES.indexInRange(whole, columns);
        for (int r = 0; r < rows; r++) {
            int ti = r * ldt;
            int ci = cOff + r * ldc;
            int si = sOff + r * lds;
            for (int j = 0; j < whole; j += LANES) {
                DoubleVector v = DoubleVector.fromArray(SPECIES, t, ti + j);
                (s == null ? v : v.add(DoubleVector.fromArray(SPECIES, s, si + j))).intoArray(c, ci + j);
            }
            DoubleVector v = DoubleVector.fromArray(SPECIES, t, ti + whole);
            (s == null ? v : v.add(DoubleVector.fromArray(SPECIES, s, si + whole, mask)))
                    .intoArray(c, ci + whole, mask);
        }
    }

    // ---- packing

    /// Panels of B, from `kc` rows of `n`; the last panel is filled up with zeros. A few rows at a time, all panels of
    /// them: panel after panel would come back to each row, and find its cache lines gone where rows lie far apart.
    private static void pack(boolean packedA, double[] b, int bOff, int ldb, int kc, int n, double[] panels) {
        for (int p = 0; p < kc; p += PACKED_ROWS) {
            int rows = Math.min(PACKED_ROWS, kc - p);
            int width;
            for (int j = 0; j < n; j += width) {
                width = SHAPE.vectors(packedA, n - j) * LANES;
                packPanel(b, bOff + p * ldb + j, ldb, rows, Math.min(width, n - j), panels, j * kc + p * width, width);
            }
        }
    }

    private static void packPanel(
            double[] b, int bOff, int ldb, int rows, int columns, double[] panels, int out, int width) {
        if (columns == 2 * LANES && width == columns) {
            packPair(b, bOff, ldb, rows, panels, out);
            return;
        }
        int v = 0;
        for (; v <= columns - LANES; v += LANES) {
            packVector(b, bOff + v, ldb, rows, panels, out + v, width);
        }
        if (v < columns) {
            packRest(b, bOff + v, ldb, rows, columns - v, panels, out + v, width);
        }
    }

    private static void packPair(double[] b, int bOff, int ldb, int kc, double[] panels, int out) {
        for (int p = 0; p < kc; p++) {
            int from = bOff + p * ldb;
            int to = out + p * (2 * LANES);
            DoubleVector.fromArray(SPECIES, b, from).intoArray(panels, to);
            DoubleVector.fromArray(SPECIES, b, from + LANES).intoArray(panels, to + LANES);
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

    /// Panels of Bᵀ, from `n` rows of `kc`; the last panel is filled up with copies of the last column.
    private static void packTransposed(boolean packedA, double[] b, int bOff, int ldb, int kc, int n, double[] panels) {
        int width;
        for (int j = 0; j < n; j += width) {
            width = SHAPE.vectors(packedA, n - j) * LANES;
            for (int v = 0; v < width; v += LANES) {
                int present = Math.min(LANES, n - j - v);
                transposeRows(present, b, bOff + (j + v) * ldb, ldb, kc, panels, j * kc + v, width);
            }
        }
    }

    /// The panel of `m` rows of A: `out[p, i] = in[i, p]`, with rows of `m` in the panel. A block is written from its
    /// last vectors to its first, and row after row: what one writes too far the next ones overwrite.
    private static void packRows(int m, double[] a, int aOff, int lda, int kc, double[] out, int outOff) {
        if (kc < LANES) {
            for (int p = 0; p < kc; p++) {
                for (int i = 0; i < m; i++) {
                    out[outOff + p * m + i] = a[aOff + i * lda + p];
                }
            }
            return;
        }
        for (int p = 0; p < kc; p += LANES) {
            // The last block overlaps the one before it.
            int from = Math.min(p, kc - LANES);
            for (int i = (m - 1) / LANES * LANES; i >= 0; i -= LANES) {
                int present = Math.min(LANES, m - i);
                TILES.transpose(present, a, aOff + i * lda + from, lda, out, outOff + from * m + i, m);
            }
        }
    }

    /// All panels of a transposed A, from `kc` rows of `m`, a few rows at a time as in [#pack].
    private static void packColumns(int m, double[] a, int aOff, int lda, int kc, double[] out) {
        // Rows of which whole vectors can be read and written without leaving the array or the panel.
        int inside = Math.clamp(Math.floorDiv(a.length - aOff - m - LANES, lda) + 1L, 0, kc - 1);
        int most = SHAPE.rows(true, SHAPE.panel());
        int groups = (m + most - 1) / most;
        for (int p = 0; p < kc; p += PACKED_ROWS) {
            int end = Math.min(p + PACKED_ROWS, kc);
            int vectorEnd = Math.clamp(inside, p, end);
            for (int g = 0, i = 0; g < groups; g++) {
                int group = Product.groupRows(m, groups, g);
                copyVectors(group, vectorEnd - p, a, aOff + p * lda + i, lda, out, i * kc + p * group);
                for (int q = vectorEnd; q < end; q++) {
                    System.arraycopy(a, aOff + q * lda + i, out, i * kc + q * group, group);
                }
                i += group;
            }
        }
    }

    /// `out[p, i] = in[p, i]` for `rows` rows of `m`, by whole vectors. What one writes too far the next ones
    /// overwrite:
    /// first those behind the first vector of each row, then all the first ones.
    private static void copyVectors(int m, int rows, double[] in, int inOff, int ldIn, double[] out, int outOff) {
        for (int i = (m - 1) / LANES * LANES; i > 0; i -= LANES) {
            for (int p = 0; p < rows; p++) {
                DoubleVector.fromArray(SPECIES, in, inOff + p * ldIn + i).intoArray(out, outOff + p * m + i);
            }
        }
        for (int p = 0; p < rows; p++) {
            DoubleVector.fromArray(SPECIES, in, inOff + p * ldIn).intoArray(out, outOff + p * m);
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
            TILES.transpose(rows, in, inOff + p, ldIn, out, outOff + p * ldOut, ldOut);
        }
        if (p < n) {
            // The last block overlaps the one before it.
            TILES.transpose(rows, in, inOff + n - LANES, ldIn, out, outOff + (n - LANES) * ldOut, ldOut);
        }
    }
}
