package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.MethodTypeDesc;

/// Generates register tiles, each when it is first needed, as a class of its own.
///
/// A tile of R rows and V vectors keeps its `R × V` block of C in registers over the loop along k: V loads of B, and
/// per row one broadcast of A and V multiply-adds,
///
/// ```
/// for p in 0 … kc-1:   for r:   acc[r][v] = a[r, p] · b[p, v] + acc[r][v]
/// c[r, v] = alpha · acc[r][v] + s[r, v]
/// ```
///
/// Kinds of tile differ in how they read A and B:
///
/// - [Kind#ROWS]: rows of A where they lie, B in panels of V vectors, so that its strides are constants and C2 moves
/// all
///   range checks out of the loop.
/// - [Kind#DIRECT]: as ROWS, and B where it lies, too: for small products.
/// - [Kind#COLUMNS]: as DIRECT, for a transposed A where it lies: the rows of a tile are neighbours in memory.
/// - [Kind#PACKED]: as COLUMNS, with A in panels of R rows and B in panels of V vectors.
///
/// A *plain* tile writes the bare sums: alpha is 1, and there is no S. The last vector of a *tail* starts `last`
/// elements behind the first one and overlaps the one before it: so ends a C whose columns do not fill vectors. Both
/// vectors write the same values, after all of S was read.
///
/// All add up each element in the order of k, whatever R and V are: how C is cut into tiles, and of which kind, does
/// not change a bit of the result.
final class TileEmitter {
    // Parameters of a tile, as numbers of local variables.
    private final int kc;
    private final int a;
    private final int aOff;
    private final int lda;
    private final int b;
    private final int bOff;
    private final int ldb;
    private final int c;
    private final int cOff;
    private final int ldc;
    private final int alpha;
    private final int s;
    private final int sOff;
    private final int lds;
    private final int last;

    private final Emitter emit;
    private final CodeBuilder code;
    private final int lanes;
    private final Kind kind;
    private final int rows;
    private final int vectors;
    private final boolean tail;
    private final boolean plain;

    private TileEmitter(CodeBuilder code, ElementType type, int lanes, Tile tile) {
        this.emit = new Emitter(code, type);
        this.code = code;
        this.lanes = lanes;
        this.kind = tile.kind();
        this.rows = tile.rows();
        this.vectors = tile.vectors();
        this.tail = tile.tail();
        this.plain = tile.plain();
        kc = code.parameterSlot(0);
        a = code.parameterSlot(1);
        aOff = code.parameterSlot(2);
        lda = code.parameterSlot(3);
        b = code.parameterSlot(4);
        bOff = code.parameterSlot(5);
        ldb = code.parameterSlot(6);
        c = code.parameterSlot(7);
        cOff = code.parameterSlot(8);
        ldc = code.parameterSlot(9);
        alpha = code.parameterSlot(10);
        s = code.parameterSlot(11);
        sOff = code.parameterSlot(12);
        lds = code.parameterSlot(13);
        last = code.parameterSlot(14);
    }

    /// A tile as an instance of `type`, the interface of one precision's tiles.
    static <T> T tile(Class<T> type, ElementType element, int lanes, Tile tile) {
        return HiddenClass.instance(
                element.prefix + tile.name(),
                type,
                (builder, _) -> builder.withMethodBody(
                        "run",
                        signature(element),
                        ClassFile.ACC_PUBLIC,
                        code -> new TileEmitter(code, element, lanes, tile).tile()));
    }

    private static MethodTypeDesc signature(ElementType type) {
        return MethodTypeDesc.of(
                CD_void,
                CD_int,
                type.array,
                CD_int,
                CD_int,
                type.array,
                CD_int,
                CD_int,
                type.array,
                CD_int,
                CD_int,
                type.element,
                type.array,
                CD_int,
                CD_int,
                CD_int);
    }

    private void tile() {
        int[][] sums = new int[rows][vectors];
        for (int[] row : sums) {
            for (int v = 0; v < vectors; v++) {
                row[v] = emit.newReference();
                emit.zero();
                code.astore(row[v]);
            }
        }
        int[] aRow = kind.columnsOfA() ? null : rowStarts();
        int p = emit.newInt();
        code.loadConstant(0).istore(p);
        emit.loop(p, kc, 1, () -> step(p, aRow, sums));
        write(sums);
        code.return_();
    }

    /// Locals that hold where each row of A starts.
    private int[] rowStarts() {
        int[] start = new int[rows];
        for (int r = 0; r < rows; r++) {
            start[r] = emit.newInt();
            code.iload(aOff).iload(lda).loadConstant(r).imul().iadd().istore(start[r]);
        }
        return start;
    }

    /// The multiply-adds of one p. Indices are computed from the counter and not stepped: C2 then moves the range
    /// checks out of the loop.
    private void step(int p, int[] aRow, int[][] sums) {
        int[] bVector = bVectors(p);
        int aColumn = emit.newInt();
        if (kind.columnsOfA()) {
            code.iload(aOff).iload(p);
            if (kind == Kind.COLUMNS) {
                code.iload(lda);
            } else {
                code.loadConstant(rows);
            }
            code.imul().iadd().istore(aColumn);
        }
        int aElement = emit.newReference();
        for (int r = 0; r < rows; r++) {
            emit.species();
            code.aload(a);
            if (kind.columnsOfA()) {
                emit.sum(aColumn, r);
            } else {
                code.iload(aRow[r]).iload(p).iadd();
            }
            code.arrayLoad(emit.type.kind);
            emit.broadcast();
            code.astore(aElement);
            for (int v = 0; v < vectors; v++) {
                emit.accumulateProduct(aElement, bVector[v], sums[r][v]);
            }
        }
    }

    /// Locals with the vectors of B at p.
    private int[] bVectors(int p) {
        int[] bVector = new int[vectors];
        int bRow = emit.newInt();
        code.iload(bOff).iload(p);
        if (kind.directB()) {
            code.iload(ldb);
        } else {
            code.loadConstant(vectors * lanes);
        }
        code.imul().iadd().istore(bRow);
        for (int v = 0; v < vectors; v++) {
            bVector[v] = emit.newReference();
            if (kind.directB() && tail && v == vectors - 1) {
                code.iload(bRow).iload(last).iadd().istore(bRow);
                emit.load(b, bRow, 0);
            } else {
                emit.load(b, bRow, v * lanes);
            }
            code.astore(bVector[v]);
        }
        return bVector;
    }

    /// `c = alpha·sums + s`, or `c = sums`; S is read before anything is written.
    private void write(int[][] sums) {
        if (!plain) {
            int scale = emit.newReference();
            emit.species();
            code.loadLocal(emit.type.kind, alpha);
            emit.broadcast();
            code.astore(scale);
            eachVector(sums, sOff, lds, (sum, at, offset) -> {
                code.aload(sum).aload(scale);
                emit.load(s, at, offset);
                emit.vectorMethod("fma", 3);
                code.astore(sum);
            });
        }
        eachVector(sums, cOff, ldc, (sum, at, offset) -> {
            code.aload(sum);
            emit.store(c, at, offset);
        });
    }

    private interface VectorBody {
        /// The code for the vector of sums whose element 0 belongs at index `at + offset`, `at` being a local.
        void emit(int sum, int at, int offset);
    }

    /// The body for each vector of each row, one after the other, with a local that walks down the rows.
    private void eachVector(int[][] sums, int start, int stride, VectorBody body) {
        int row = emit.newInt();
        int end = emit.newInt();
        code.iload(start).istore(row);
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                if (tail && v == vectors - 1) {
                    code.iload(row).iload(last).iadd().istore(end);
                    body.emit(sums[r][v], end, 0);
                } else {
                    body.emit(sums[r][v], row, v * lanes);
                }
            }
            code.iload(row).iload(stride).iadd().istore(row);
        }
    }
}
