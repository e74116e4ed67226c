package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import adjoint.linalg.internal.TileShape.Kind;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Generates the class of all register tiles of one precision.
///
/// A tile of R rows and V vectors keeps its `R × V` block of C in registers over the loop along k: V loads of B, and
/// per row one broadcast of A and V multiply-adds,
///
/// ```
/// for p in 0 … kc-1:   for r:   acc[r][v] = a[r, p] · b[p, v] + acc[r][v]
/// c[r, v] = alpha · acc[r][v] + s[r, v]            the last term only where there is an s
/// ```
///
/// Kinds of tile differ in how they read A and B:
///
/// - [Kind#PACKED]: both in panels, A of R rows and B of V vectors, so that all strides are constants. C2 moves every
///   range check out of the loop, and needs hardly an instruction beside broadcasts and multiply-adds.
/// - [Kind#ROWS]: rows of A where they lie, which costs an address for each row: for products that use A too little
///   to pack it.
/// - [Kind#DEEP]: as ROWS, for products of few rows, whose R·V accumulators alone would not keep the multiply-add
///   units busy: several sets of accumulators, each for its own share of k.
/// - [Kind#DIRECT]: as ROWS, and B where it lies, too: for small products.
///
/// All but DEEP add up each element in the order of k, whatever R and V are: how C is cut into tiles does not change
/// a bit of the result.
final class TileEmitter {
    /// Products of fewer rows than this use deep tiles where there are any.
    static final int DEEP_ROWS = 8;

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

    private final Emitter emit;
    private final CodeBuilder code;
    private final int lanes;
    private final Kind kind;
    private final int rows;
    private final int vectors;

    private TileEmitter(CodeBuilder code, ElementType type, int lanes, Tile tile) {
        this.emit = new Emitter(code, type);
        this.code = code;
        this.lanes = lanes;
        this.kind = tile.kind;
        this.rows = tile.rows;
        this.vectors = tile.vectors;
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
    }

    /// The kind of tile for rows of A where they lie and packed B, in a product of few rows or of more.
    static Kind rowsKind(boolean fewRows, int rows, int vectors) {
        return fewRows && sets(Kind.DEEP, rows, vectors) > 1 ? Kind.DEEP : Kind.ROWS;
    }

    /// Accumulator sets: a multiply-add takes four cycles, and two start in each.
    private static int sets(Kind kind, int rows, int vectors) {
        return kind == Kind.DEEP ? Math.max(1, Integer.highestOneBit(8 / (rows * vectors))) : 1;
    }

    /// An instance of `tiles`, the interface of one precision's tiles.
    static <T> T tiles(Class<T> tiles, ElementType type, TileShape shape) {
        return HiddenClass.instance(type.prefix + "TileCode", tiles, (builder, self) -> {
            for (Tile tile : all(shape)) {
                builder.withMethodBody(
                        tile.name(),
                        signature(type),
                        ClassFile.ACC_STATIC,
                        code -> new TileEmitter(code, type, shape.lanes(), tile).tile());
            }
            dispatch(builder, self, type, shape);
            TransposeEmitter.addTo(builder, type, shape.lanes());
        });
    }

    private record Tile(Kind kind, int rows, int vectors) {
        String name() {
            return kind.name().toLowerCase(Locale.ROOT) + rows + "x" + vectors;
        }
    }

    /// All tiles, in the order of their codes.
    private static List<Tile> all(TileShape shape) {
        List<Tile> tiles = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            boolean packedA = kind == Kind.PACKED;
            for (int v = 1; v <= (packedA ? shape.panel() : shape.widest()); v++) {
                for (int r = 1; r <= shape.rows(packedA, v); r++) {
                    if (kind != Kind.DEEP || sets(kind, r, v) > 1) {
                        tiles.add(new Tile(kind, r, v));
                    }
                }
            }
        }
        return tiles;
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
                CD_int);
    }

    /// The method `tile(code, …)`: a table switch over all tiles.
    private static void dispatch(ClassBuilder builder, ClassDesc self, ElementType type, TileShape shape) {
        MethodTypeDesc signature = signature(type);
        builder.withMethodBody("tile", signature.insertParameterTypes(0, CD_int), ClassFile.ACC_PUBLIC, code -> {
            List<Tile> tiles = all(shape);
            List<SwitchCase> cases = tiles.stream()
                    .map(t -> SwitchCase.of(shape.code(t.kind, t.rows, t.vectors), code.newLabel()))
                    .toList();
            Label unknown = code.newLabel();
            code.iload(code.parameterSlot(0));
            code.tableswitch(0, cases.getLast().caseValue(), unknown, cases);
            for (int i = 0; i < cases.size(); i++) {
                code.labelBinding(cases.get(i).target());
                for (int p = 0; p < signature.parameterCount(); p++) {
                    code.loadLocal(TypeKind.from(signature.parameterType(p)), code.parameterSlot(p + 1));
                }
                code.invokestatic(self, tiles.get(i).name(), signature).return_();
            }
            code.labelBinding(unknown).return_();
        });
    }

    private void tile() {
        int sets = sets(kind, rows, vectors);
        int[][][] sums = new int[sets][rows][vectors];
        for (int[][] set : sums) {
            for (int[] row : set) {
                for (int v = 0; v < vectors; v++) {
                    row[v] = emit.newReference();
                    emit.zero();
                    code.astore(row[v]);
                }
            }
        }
        int[] aRow = kind == Kind.PACKED ? null : rowStarts();
        int p = emit.newInt();
        code.loadConstant(0).istore(p);
        int unroll = vectors == 1 && kind != Kind.PACKED ? Math.max(2, sets) : sets;
        if (unroll > 1) {
            int end = emit.newInt();
            code.iload(kc).loadConstant(-unroll).iand().istore(end);
            emit.loop(p, end, unroll, () -> {
                for (int u = 0; u < unroll; u++) {
                    step(p, u, aRow, sums[u % sets]);
                }
            });
        }
        emit.loop(p, kc, 1, () -> step(p, 0, aRow, sums[0]));
        for (int u = 1; u < sets; u++) {
            addSet(sums[0], sums[u]);
        }
        write(sums[0]);
        code.return_();
    }

    /// Locals that hold where each row of A starts, where A is not packed.
    private int[] rowStarts() {
        int[] start = new int[rows];
        for (int r = 0; r < rows; r++) {
            start[r] = emit.newInt();
            code.iload(aOff).iload(lda).loadConstant(r).imul().iadd().istore(start[r]);
        }
        return start;
    }

    /// The multiply-adds of `k = p + u`. Indices are computed from the counter and not stepped: C2 then moves the
    /// range checks out of the loop.
    private void step(int p, int u, int[] aRow, int[][] sums) {
        int bRow = emit.newInt();
        int width = vectors * lanes;
        int offset = 0;
        code.iload(bOff);
        if (kind == Kind.DIRECT) {
            emit.sum(p, u);
            code.iload(ldb).imul();
        } else {
            code.iload(p).loadConstant(width).imul();
            offset = u * width;
        }
        code.iadd().istore(bRow);
        int[] bVector = new int[vectors];
        for (int v = 0; v < vectors; v++) {
            bVector[v] = emit.newReference();
            emit.load(b, bRow, offset + v * lanes);
            code.astore(bVector[v]);
        }
        int aElement = emit.newReference();
        for (int r = 0; r < rows; r++) {
            emit.species();
            code.aload(a);
            if (kind == Kind.PACKED) {
                code.iload(aOff).iload(p).loadConstant(rows).imul().iadd();
                addConstant(u * rows + r);
            } else {
                code.iload(aRow[r]).iload(p).iadd();
                addConstant(u);
            }
            code.arrayLoad(emit.type.kind);
            emit.broadcast();
            code.astore(aElement);
            for (int v = 0; v < vectors; v++) {
                emit.accumulateProduct(aElement, bVector[v], sums[r][v]);
            }
        }
    }

    private void addConstant(int value) {
        if (value != 0) {
            code.loadConstant(value).iadd();
        }
    }

    private void addSet(int[][] sums, int[][] more) {
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < vectors; v++) {
                code.aload(sums[r][v]).aload(more[r][v]);
                emit.vectorMethod("add", 2);
                code.astore(sums[r][v]);
            }
        }
    }

    /// `c = alpha·sums + s`.
    private void write(int[][] sums) {
        int scale = emit.newReference();
        emit.species();
        code.loadLocal(emit.type.kind, alpha);
        emit.broadcast();
        code.astore(scale);
        for (int[] row : sums) {
            for (int sum : row) {
                code.aload(sum).aload(scale);
                emit.vectorMethod("mul", 2);
                code.astore(sum);
            }
        }
        emit.ifPresent(
                s,
                () -> eachRow(sOff, lds, (r, row) -> {
                    for (int v = 0; v < vectors; v++) {
                        code.aload(sums[r][v]);
                        emit.load(s, row, v * lanes);
                        emit.vectorMethod("add", 2);
                        code.astore(sums[r][v]);
                    }
                }));
        eachRow(cOff, ldc, (r, row) -> {
            for (int v = 0; v < vectors; v++) {
                code.aload(sums[r][v]);
                emit.store(c, row, v * lanes);
            }
        });
    }

    private interface RowBody {
        /// The code for row `r`, whose start is in the local `row`.
        void at(int r, int row);
    }

    /// The body for each row, one after the other, with a local that walks down the rows.
    private void eachRow(int offset, int stride, RowBody body) {
        int row = emit.newInt();
        code.iload(offset).istore(row);
        for (int r = 0; r < rows; r++) {
            body.at(r, row);
            if (r < rows - 1) {
                code.iload(row).iload(stride).iadd().istore(row);
            }
        }
    }
}
