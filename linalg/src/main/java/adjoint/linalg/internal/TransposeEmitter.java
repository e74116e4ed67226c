package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.MethodTypeDesc;

/// Generates the transpose of a square block of as many rows as a vector has lanes, in registers.
///
/// Stage d of log₂(lanes) exchanges, within every pair of rows `(i, i+d)`, the off-diagonal blocks of side d:
///
/// ```
/// row i    ←  lane l of row i   where l & d = 0,  else lane l-d of row i+d
/// row i+d  ←  lane l of row i+d where l & d ≠ 0,  else lane l+d of row i
/// ```
///
/// Both are one selection from the lanes of two vectors, `VectorConstants.LOW_d` and `HIGH_d`. Rows are handled as
/// integers, of which selections take their indices.
final class TransposeEmitter {
    private final Emitter emit;
    private final CodeBuilder code;
    private final int lanes;

    private TransposeEmitter(CodeBuilder code, ElementType type, int lanes) {
        this.emit = new Emitter(code, type);
        this.code = code;
        this.lanes = lanes;
    }

    /// The method `run(rows, in, inOff, ldIn, out, outOff, ldOut)` as an instance of `type`, the interface of one
    /// precision: `out[c, r] = in[min(r, rows-1), c]`.
    static <T> T transpose(Class<T> type, ElementType element, int lanes) {
        MethodTypeDesc signature =
                MethodTypeDesc.of(CD_void, CD_int, element.array, CD_int, CD_int, element.array, CD_int, CD_int);
        return HiddenClass.instance(
                element.prefix + "Transpose",
                type,
                (builder, _) -> builder.withMethodBody(
                        "run",
                        signature,
                        ClassFile.ACC_PUBLIC,
                        code -> new TransposeEmitter(code, element, lanes).transpose()));
    }

    private void transpose() {
        int[] row = load();
        for (int distance = 1; distance < lanes; distance *= 2) {
            exchange(row, distance);
        }
        int out = code.parameterSlot(4);
        int at = emit.newInt();
        code.iload(code.parameterSlot(5)).istore(at);
        for (int r = 0; r < lanes; r++) {
            code.aload(row[r]);
            code.invokevirtual(emit.type.integers, "viewAsFloatingLanes", MethodTypeDesc.of(emit.type.vector));
            emit.store(out, at, 0);
            code.iload(at).iload(code.parameterSlot(6)).iadd().istore(at);
        }
        code.return_();
    }

    private int[] load() {
        int last = emit.newInt();
        code.iload(code.parameterSlot(0)).loadConstant(1).isub().istore(last);
        int at = emit.newInt();
        code.iload(code.parameterSlot(2)).istore(at);
        int index = emit.newInt();
        int[] row = new int[lanes];
        for (int r = 0; r < lanes; r++) {
            row[r] = emit.newReference();
            emit.load(code.parameterSlot(1), at, 0);
            code.invokevirtual(emit.type.vector, "viewAsIntegralLanes", MethodTypeDesc.of(emit.type.integers));
            code.astore(row[r]);
            code.loadConstant(r).istore(index);
            emit.ifLess(
                    index,
                    last,
                    () -> code.iload(at).iload(code.parameterSlot(3)).iadd().istore(at));
        }
        return row;
    }

    private void exchange(int[] row, int distance) {
        int low = constant("LOW_" + distance);
        int high = constant("HIGH_" + distance);
        for (int i = 0; i < lanes; i++) {
            if ((i & distance) != 0) {
                continue;
            }
            int x = row[i];
            int y = row[i + distance];
            int newX = emit.newReference();
            select(low, x, y);
            code.astore(newX);
            select(high, x, y);
            code.astore(y).aload(newX).astore(x);
        }
    }

    /// A local with one of the index vectors.
    private int constant(String name) {
        int local = emit.newReference();
        code.getstatic(emit.type.constants, name, Emitter.VECTOR)
                .checkcast(emit.type.integers)
                .astore(local);
        return local;
    }

    /// Pushes the lanes of x and y, x first, that the index vector names.
    private void select(int index, int x, int y) {
        code.aload(index).aload(x).aload(y);
        code.invokevirtual(
                emit.type.integers,
                "selectFrom",
                MethodTypeDesc.of(emit.type.integers, Emitter.VECTOR, Emitter.VECTOR));
    }
}
