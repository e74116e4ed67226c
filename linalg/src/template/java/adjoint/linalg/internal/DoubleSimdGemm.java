package adjoint.linalg.internal;

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
    /// which stream from the L2 cache.
    private static final int KC = 8192 / Double.BYTES;

    /// The elements of a block of op(A), a part of the L2 cache.
    private static final int A_ELEMENTS = 384 * 1024 / Double.BYTES;

    /// The columns of a block. Where there are several blocks of rows it is larger, so that op(A) is packed less often.
    private static final int NC = 640;

    private static final int NC_TALL = 1024;

    /// The rows from which on packing B pays, and those from which on it does although a panel stays in the L1 cache.
    private static final int FEW_ROWS = 3 * SHAPE.rows(Kind.ROWS, 2);

    private static final int SOME_ROWS = 10 * SHAPE.rows(Kind.ROWS, 2);
    private static final int L1_BYTES = 32 * 1024;

    /// Rows whose distance is a multiple of this share few sets of the L1 cache.
    private static final int ALIASING_BYTES = 2048;

    /// The rows that packing takes at a time.
    private static final int PACKED_ROWS = 8;

    /// What is added where there is nothing to add.
    static final double[] ZEROS = new double[SHAPE.panelColumns()];

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
            int group = SHAPE.rows(product.kind, PANEL);
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
                    product.multiply(rows, cOff + i * ldc + j, ldc);
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
            return direct ? Kind.COLUMNS : Kind.ROWS;
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
        private double[] block;
        private int blockFrom;
        private int ldBlock;
        private double[] aRoom = {};

        private final double[] tile = new double[SHAPE.rows(Kind.ROWS, 1) * LANES];

        /// Lets go of the operands.
        void clear() {
            a = null;
            b = null;
            c = null;
            s = null;
            panels = null;
            block = null;
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
                pack(b, from, ldb, depth, columns, bRoom);
            } else {
                packTransposed(b, from, ldb, depth, columns, bRoom);
            }
        }

        void takeA(Transpose ta, int m, int from, int lda) {
            boolean rowsAlias = m > 12 && lda * Double.BYTES % ALIASING_BYTES == 0;
            if (kind == Kind.COLUMNS || ta == Transpose.NO && (kind == Kind.DIRECT || !rowsAlias)) {
                block = a;
                blockFrom = from;
                ldBlock = lda;
                return;
            }
            // A copied row has a cache line to spare, so that rows do not alias.
            ldBlock = depth + 64 / Double.BYTES;
            if (aRoom.length < m * ldBlock) {
                aRoom = new double[m * ldBlock];
            }
            block = aRoom;
            blockFrom = 0;
            if (ta == Transpose.YES) {
                transpose(depth, m, a, from, lda, aRoom, ldBlock);
                return;
            }
            for (int i = 0; i < m; i++) {
                System.arraycopy(a, from + i * lda, aRoom, i * ldBlock, depth);
            }
        }

        /// `out[c, r] = in[r, c]`.
        private static void transpose(int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int ldOut) {
            if (DoubleTransposes.fit(rows, cols)) {
                DoubleTransposes.blocks(rows, cols, in, inOff, ldIn, out, 0, ldOut);
                return;
            }
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < cols; c++) {
                    out[c * ldOut + r] = in[inOff + r * ldIn + c];
                }
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
        void multiply(int m, int cOff, int ldc) {
            if (columns < LANES) {
                narrow(m, cOff, ldc);
                return;
            }
            int width;
            for (int j = 0; j < columns; j += width) {
                int vectors = SHAPE.vectors(columns - j);
                width = Math.min(vectors * LANES, columns - j);
                int panel = kind.directB() ? bFrom + j : j * depth;
                int groups = groups(kind, m, vectors);
                int high = m % groups;
                int rows = m / groups;
                int split = high * (rows + 1);
                groups(0, split, rows + 1, vectors, panel, width, cOff + j, ldc, sOff + j);
                groups(split, m, rows, vectors, panel, width, cOff + j, ldc, sOff + j);
            }
        }

        /// The tiles of the rows `from … to-1` of a panel of `width` columns, in groups of `rows`.
        private void groups(
                int from, int to, int rows, int vectors, int panel, int width, int cOff, int ldc, int sOff) {
            if (from == to) {
                return;
            }
            double[] add = s == null ? ZEROS : s;
            int addFrom = s == null ? 0 : sOff;
            int ldAdd = s == null ? 0 : lds;
            int step = kind == Kind.COLUMNS ? 1 : ldBlock;
            DoubleTile tile = DoubleTiles.tile(kind, rows, vectors, width < vectors * LANES, s == null && alpha == 1);
            for (int i = from; i < to; i += rows) {
                tile.run(
                        depth,
                        block,
                        blockFrom + i * step,
                        ldBlock,
                        panels,
                        panel,
                        ldb,
                        c,
                        cOff + i * ldc,
                        ldc,
                        alpha,
                        add,
                        addFrom + i * ldAdd,
                        ldAdd,
                        width - LANES);
            }
        }

        /// A block of C of fewer columns than a vector has elements: by way of a tile that has them all.
        private void narrow(int m, int cOff, int ldc) {
            int groups = groups(kind, m, 1);
            int rows;
            for (int g = 0, i = 0; g < groups; g++, i += rows) {
                rows = groupRows(m, groups, g);
                int from = blockFrom + i * ldBlock;
                DoubleTiles.tile(kind, rows, 1, false, true)
                        .run(depth, block, from, ldBlock, panels, 0, ldb, tile, 0, LANES, 1, ZEROS, 0, 0, 0);
                copyEdge(rows, columns, alpha, tile, c, cOff + i * ldc, ldc, s, sOff + i * lds, lds);
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
    private static void pack(double[] b, int bOff, int ldb, int kc, int n, double[] panels) {
        for (int p = 0; p < kc; p += PACKED_ROWS) {
            int rows = Math.min(PACKED_ROWS, kc - p);
            int width;
            for (int j = 0; j < n; j += width) {
                width = SHAPE.vectors(n - j) * LANES;
                packPanel(b, bOff + p * ldb + j, ldb, rows, Math.min(width, n - j), panels, j * kc + p * width, width);
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

    /// Panels of Bᵀ, from `n` rows of `kc`. The last vector of the last panel ends at the last column, or is filled up
    /// with copies of it where there is only one.
    private static void packTransposed(double[] b, int bOff, int ldb, int kc, int n, double[] panels) {
        int width;
        for (int j = 0; j < n; j += width) {
            width = SHAPE.vectors(n - j) * LANES;
            for (int v = 0; v < width; v += LANES) {
                int row = Math.max(0, Math.min(j + v, n - LANES));
                transposeRows(Math.min(LANES, n), b, bOff + row * ldb, ldb, kc, panels, j * kc + v, width);
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
            DoubleTiles.TRANSPOSE.run(rows, in, inOff + p, ldIn, out, outOff + p * ldOut, ldOut);
        }
        if (p < n) {
            // The last block overlaps the one before it.
            DoubleTiles.TRANSPOSE.run(rows, in, inOff + n - LANES, ldIn, out, outOff + (n - LANES) * ldOut, ldOut);
        }
    }
}
