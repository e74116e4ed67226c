package adjoint.linalg.internal;

import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import adjoint.linalg.internal.TileShape.Kind;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Matrix products on generated register tiles.
///
/// Blocking follows K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), less what
/// does not pay: a block of op(B) is packed into panels as wide as a tile, unless it is used for few rows or is small
/// enough to be read where it lies; rows of A are read where they lie, unless rows lie so that they push each other out
/// of the L1 cache; columns of a transposed A are copied into panels as high as a tile, unless B is not packed either.
@SuppressWarnings("cast")
public final class DoubleSimdGemm extends DoubleGemm {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    static final TileShape SHAPE = TileShape.ofMachine(SPECIES.vectorBitSize(), LANES);
    static final DoubleTiles TILES = TileEmitter.tiles(DoubleTiles.class, ElementType.of(Precision.F64), SHAPE);

    /// The depth of a block. Great, since every block of k but one reads C, and waits for it longer than for panels,
    /// which stream from the L2 cache.
    private static final int KC = 8192 / Double.BYTES;

    /// The elements of a block of op(A), a part of the L2 cache.
    private static final int A_ELEMENTS = 384 * 1024 / Double.BYTES;

    /// The columns of a block. Where there are several blocks of rows it is larger, so that op(A) is packed less often.
    private static final int NC = 640;

    private static final int NC_TALL = 1024;

    /// The rows from which on packing B pays, and those from which on it does although a panel stays in the L1 cache.
    private static final int FEW_ROWS = 3 * SHAPE.rows(Kind.ROWS, SHAPE.panel());

    private static final int SOME_ROWS = 10 * SHAPE.rows(Kind.ROWS, SHAPE.panel());
    private static final int L1_BYTES = 24 * 1024;

    /// Rows whose distance is a multiple of this share few sets of the L1 cache.
    private static final int ALIASING_BYTES = 2048;

    /// The rows that packing takes at a time.
    private static final int PACKED_ROWS = 8;

    /// What is added where there is nothing to add.
    static final double[] ZEROS = new double[SHAPE.widest() * LANES];

    private static final ThreadLocal<Product> PRODUCT = ThreadLocal.withInitial(Product::new);

    @Override
    int columnGrain() {
        return SHAPE.panelColumns();
    }

    @Override
    void product(
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
        product.alpha = alpha;
        product.a = a;
        product.b = b;
        product.c = c;
        for (int p = 0; p < k; ) {
            int depth = evenly(k - p, KC, 1);
            product.kind = kind(ta, tb, m, n, depth, ldb);
            int group = SHAPE.rows(product.kind, SHAPE.panel());
            int mostRows = Math.max(1, A_ELEMENTS / (depth * group)) * group;
            int mostColumns = m <= mostRows ? NC : NC_TALL;
            // The first block of k adds S, the others add what is in C by then.
            boolean first = p == 0;
            product.s = first ? s : c;
            product.lds = first ? lds : ldc;
            for (int j = 0; j < n; ) {
                int columns = evenly(n - j, mostColumns, SHAPE.panelColumns());
                int bFrom = tb == Transpose.NO ? bOff + p * ldb + j : bOff + j * ldb + p;
                product.takeB(tb, columns, depth, bFrom, ldb);
                for (int i = 0; i < m; ) {
                    int rows = evenly(m - i, mostRows, group);
                    if (j == 0 || m > mostRows) {
                        int aFrom = ta == Transpose.NO ? aOff + i * lda + p : aOff + p * lda + i;
                        product.takeA(ta, rows, aFrom, lda);
                    }
                    product.sOff = first ? sOff + i * lds + j : cOff + i * ldc + j;
                    product.block(rows, cOff + i * ldc + j, ldc);
                    i += rows;
                }
                j += columns;
            }
            p += depth;
        }
        product.clear();
    }

    /// The size of the next block when `left` are left: at most `most`, which `grain` divides, a multiple of `grain`
    /// unless it is the last one, and never a small rest.
    private static int evenly(int left, int most, int grain) {
        return left <= most ? left : left < 2 * most ? ((left + 1) / 2 + grain - 1) / grain * grain : most;
    }

    /// How tiles read the blocks of a product.
    private static Kind kind(Transpose ta, Transpose tb, int m, int n, int depth, int ldb) {
        boolean small = m < FEW_ROWS || m < SOME_ROWS && depth * SHAPE.panelColumns() * Double.BYTES <= L1_BYTES;
        boolean direct = tb == Transpose.NO && n >= LANES && small;
        if (ta == Transpose.YES) {
            return direct ? Kind.COLUMNS : Kind.PACKED;
        }
        return direct ? Kind.DIRECT : Kind.ROWS;
    }

    private static int roundUp(int n) {
        return (n + LANES - 1) / LANES * LANES;
    }

    /// The state of a product on one thread, with the room that packing needs; arrays grow to the largest product seen.
    private static final class Product {
        Kind kind;
        double alpha;
        double[] a;
        double[] b;
        double[] c;
        double[] s;
        int sOff;
        int lds;

        // The block of op(B), in panels or where it lies.
        private int columns;
        private int depth;
        private double[] panels;
        private int bFrom;
        private int ldb;
        private double[] bRoom = {};

        // The block of op(A): rows or columns where they lie, a copy of the rows, or panels.
        private double[] rows;
        private int rowsFrom;
        private int ldRows;
        private double[] aRoom = {};

        private final double[] tile = new double[SHAPE.rows(Kind.ROWS, 1) * LANES];

        /// Lets go of the operands.
        void clear() {
            a = null;
            b = null;
            c = null;
            s = null;
            panels = null;
            rows = null;
        }

        void takeB(Transpose tb, int columns, int depth, int from, int ldb) {
            this.columns = columns;
            this.depth = depth;
            this.ldb = ldb;
            if (kind.directB()) {
                panels = b;
                bFrom = from;
                return;
            }
            int length = depth * roundUp(columns);
            if (bRoom.length < length) {
                bRoom = new double[length];
            }
            panels = bRoom;
            bFrom = 0;
            if (tb == Transpose.NO) {
                pack(kind, b, from, ldb, depth, columns, bRoom);
            } else {
                packTransposed(kind, b, from, ldb, depth, columns, bRoom);
            }
        }

        void takeA(Transpose ta, int m, int from, int lda) {
            boolean copied = kind == Kind.ROWS && m > 8 && lda * Double.BYTES % ALIASING_BYTES == 0;
            if (kind != Kind.PACKED && !copied) {
                rows = a;
                rowsFrom = from;
                ldRows = lda;
                return;
            }
            // A row and a cache line; panels are written by whole vectors, the last one beyond its end.
            ldRows = kind == Kind.PACKED ? depth : depth + 64 / Double.BYTES;
            int length = m * ldRows + 2 * LANES;
            if (aRoom.length < length) {
                aRoom = new double[length];
            }
            rows = aRoom;
            rowsFrom = 0;
            if (kind == Kind.PACKED) {
                packColumns(m, a, from, lda, depth, aRoom);
                return;
            }
            for (int i = 0; i < m; i++) {
                System.arraycopy(a, from + i * lda, aRoom, i * ldRows, depth);
            }
        }

        /// How many groups of rows, as equal as they can be, `m` rows make for tiles of `vectors` vectors.
        private static int groups(Kind kind, int m, int vectors) {
            int most = SHAPE.rows(kind, vectors);
            return (m + most - 1) / most;
        }

        /// The rows of group `g`.
        private static int groupRows(int m, int groups, int g) {
            return m / groups + (g < m % groups ? 1 : 0);
        }

        /// A block of C: for each panel of op(B), the tiles of all groups of rows.
        void block(int m, int cOff, int ldc) {
            int aStep = kind == Kind.COLUMNS ? 1 : ldRows;
            int width;
            for (int j = 0; j < columns; j += width) {
                int vectors = SHAPE.vectors(kind, columns - j);
                width = vectors * LANES;
                int panel = kind.directB() ? bFrom + j : j * depth;
                int last = Math.min(width, columns - j) - LANES;
                int groups = groups(kind, m, vectors);
                for (int g = 0, i = 0; g < groups; g++) {
                    int group = groupRows(m, groups, g);
                    // In packed A, where row i is the first of its group, i · depth is where the group's panel starts.
                    tile(
                            group,
                            vectors,
                            rowsFrom + i * aStep,
                            panel,
                            cOff + i * ldc + j,
                            ldc,
                            sOff + i * lds + j,
                            last);
                    i += group;
                }
            }
        }

        private void tile(int m, int vectors, int aFrom, int panel, int cFrom, int ldc, int sFrom, int last) {
            int code = SHAPE.code(kind, m, vectors);
            if (last < 0) {
                // C has fewer columns than a vector has elements.
                TILES.tile(code, depth, rows, aFrom, ldRows, panels, panel, ldb, tile, 0, LANES, 1, ZEROS, 0, 0, 0);
                copyEdge(m, last + LANES, alpha, tile, c, cFrom, ldc, s, sFrom, lds);
            } else if (s == null) {
                TILES.tile(
                        code, depth, rows, aFrom, ldRows, panels, panel, ldb, c, cFrom, ldc, alpha, ZEROS, 0, 0, last);
            } else {
                TILES.tile(
                        code, depth, rows, aFrom, ldRows, panels, panel, ldb, c, cFrom, ldc, alpha, s, sFrom, lds,
                        last);
            }
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

    /// Panels of B, from `kc` rows of `n`. The last vector of the last panel ends at the last column, or is filled up
    /// with zeros where there is only one. A few rows at a time, all panels of them: panel after panel would come back
    /// to
    /// each row, and find its cache lines gone where rows lie far apart.
    private static void pack(Kind kind, double[] b, int bOff, int ldb, int kc, int n, double[] panels) {
        for (int p = 0; p < kc; p += PACKED_ROWS) {
            int rows = Math.min(PACKED_ROWS, kc - p);
            int width;
            for (int j = 0; j < n; j += width) {
                width = SHAPE.vectors(kind, n - j) * LANES;
                packPanel(b, bOff + p * ldb + j, ldb, rows, Math.min(width, n - j), panels, j * kc + p * width, width);
            }
        }
    }

    private static void packPanel(
            double[] b, int bOff, int ldb, int rows, int columns, double[] panels, int out, int width) {
        if (columns == 2 * LANES && width == columns) {
            packPair(b, bOff, ldb, rows, panels, out);
        } else if (columns < LANES) {
            packRest(b, bOff, ldb, rows, columns, panels, out, width);
        } else {
            for (int v = 0; v < width; v += LANES) {
                packVector(b, bOff + Math.min(v, columns - LANES), ldb, rows, panels, out + v, width);
            }
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

    /// Panels of Bᵀ, from `n` rows of `kc`. The last vector of the last panel ends at the last column, or is filled up
    /// with copies of it where there is only one.
    private static void packTransposed(Kind kind, double[] b, int bOff, int ldb, int kc, int n, double[] panels) {
        int width;
        for (int j = 0; j < n; j += width) {
            width = SHAPE.vectors(kind, n - j) * LANES;
            for (int v = 0; v < width; v += LANES) {
                int row = Math.max(0, Math.min(j + v, n - LANES));
                transposeRows(Math.min(LANES, n), b, bOff + row * ldb, ldb, kc, panels, j * kc + v, width);
            }
        }
    }

    /// All panels of a transposed A, from `kc` rows of `m`, a few rows at a time as in [#pack].
    private static void packColumns(int m, double[] a, int aOff, int lda, int kc, double[] out) {
        int groups = Product.groups(Kind.PACKED, m, 1);
        // Rows of which whole vectors can be read and written without leaving the array or the panel.
        int readable = Math.floorDiv(a.length - aOff - m - LANES, lda) + 1;
        int writable = kc - (LANES - 1) / (m / groups) - 1;
        int inside = Math.max(0, Math.min(readable, writable));
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
    static void copyVectors(int m, int rows, double[] in, int inOff, int ldIn, double[] out, int outOff) {
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
