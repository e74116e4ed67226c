package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import adjoint.linalg.CounterHash;
import adjoint.linalg.internal.Graph.BinaryOp;
import adjoint.linalg.internal.Graph.BitsOp;
import adjoint.linalg.internal.Graph.Comparison;
import adjoint.linalg.internal.Graph.UnaryOp;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;

/// Operations on a vector of the preferred species. Truth values are masks. Only methods of the vector classes are
/// called: the JIT compiler inlines those however large the caller grows, and others it does not.
final class VectorOperations implements Operations {
    private static final ClassDesc COMPARISON = Emitter.OPERATORS.nested("Comparison");
    private static final ClassDesc BINARY = Emitter.OPERATORS.nested("Binary");
    private static final ClassDesc ASSOCIATIVE = Emitter.OPERATORS.nested("Associative");
    private static final ClassDesc CONVERSION = Emitter.OPERATORS.nested("Conversion");
    private static final ClassDesc INT_VECTOR = ClassDesc.of("jdk.incubator.vector.IntVector");

    private final Emitter emit;
    private final CodeBuilder code;
    private final ClassDesc vector;
    private final ClassDesc integers;
    private final FloatFormat format;

    VectorOperations(Emitter emit) {
        this.emit = emit;
        this.code = emit.code;
        this.vector = emit.type.vector;
        this.integers = emit.type.integers;
        this.format = FloatFormat.of(emit.type);
    }

    @Override
    public int newValue() {
        return emit.newReference();
    }

    @Override
    public int newCondition() {
        return emit.newReference();
    }

    @Override
    public void push(int local) {
        code.aload(local);
    }

    @Override
    public void pop(int local) {
        code.astore(local);
    }

    @Override
    public void popCondition(int local) {
        code.astore(local);
    }

    @Override
    public void unary(UnaryOp op, int x) {
        push(x);
        switch (op) {
            case NEG, ABS, SQRT -> emit.vectorMethod(op.name().toLowerCase(Locale.ROOT), 1);
            default -> throw new IllegalStateException(op + " is no operation of vectors");
        }
    }

    @Override
    public void binary(BinaryOp op, int x, int y) {
        push(x);
        push(y);
        emit.vectorMethod(op.name().toLowerCase(Locale.ROOT), 2);
    }

    @Override
    public void fma(int x, int y, int z) {
        push(x);
        push(y);
        push(z);
        emit.vectorMethod("fma", 3);
    }

    @Override
    public void bits(BitsOp op, int x, int y) {
        switch (op) {
            case ADD_EXPONENT -> {
                pushBits(x);
                pushBits(y);
                integer("LSHL", BINARY, format.mantissaBits());
                code.invokevirtual(integers, "add", MethodTypeDesc.of(integers, Emitter.VECTOR));
            }
            case COPY_SIGN -> {
                pushBits(x);
                pushBits(y);
                integer("AND", ASSOCIATIVE, format.signBit());
                code.invokevirtual(integers, "or", MethodTypeDesc.of(integers, Emitter.VECTOR));
            }
            case EXPONENT -> {
                pushBits(x);
                integer("ADD", ASSOCIATIVE, format.one() - format.sqrtHalf());
                integer("LSHR", BINARY, format.mantissaBits());
                integer("ADD", ASSOCIATIVE, format.roundBits() - (format.one() >>> format.mantissaBits()));
            }
            case SIGNIFICAND -> {
                pushBits(x);
                integer("ADD", ASSOCIATIVE, format.one() - format.sqrtHalf());
                integer("AND", ASSOCIATIVE, (1L << format.mantissaBits()) - 1);
                integer("ADD", ASSOCIATIVE, format.sqrtHalf());
            }
        }
        code.invokevirtual(integers, "viewAsFloatingLanes", MethodTypeDesc.of(vector));
    }

    private void pushBits(int local) {
        push(local);
        code.invokevirtual(vector, "viewAsIntegralLanes", MethodTypeDesc.of(integers));
    }

    /// Integer vector → integer vector: `lanewise(op, constant)`.
    private void integer(String op, ClassDesc opType, long constant) {
        int x = emit.newReference();
        code.astore(x).aload(x).getstatic(Emitter.OPERATORS, op, opType).loadConstant(constant);
        code.invokevirtual(integers, "lanewise", MethodTypeDesc.of(integers, BINARY, CD_long));
    }

    @Override
    public void compare(Comparison op, int x, int y) {
        push(x);
        code.getstatic(Emitter.OPERATORS, op.name(), COMPARISON);
        push(y);
        code.invokevirtual(vector, "compare", MethodTypeDesc.of(Emitter.MASK, COMPARISON, Emitter.VECTOR));
    }

    @Override
    public void select(int condition, int yes, int no) {
        push(no);
        push(yes);
        code.aload(condition);
        emit.blend();
    }

    /// [CounterHash#uniform] in every lane, on vectors of as many `int`s.
    @Override
    public void uniform(int low, int key0, int key1) {
        code.getstatic(emit.type.constants, "INTS", Emitter.SPECIES).iload(low);
        code.invokestatic(INT_VECTOR, "broadcast", MethodTypeDesc.of(INT_VECTOR, Emitter.SPECIES, CD_int));
        code.iconst_1().invokevirtual(INT_VECTOR, "addIndex", MethodTypeDesc.of(INT_VECTOR, CD_int));
        int bits = emit.newReference();
        code.astore(bits);
        withKey(bits, "XOR", key0);
        mix(bits);
        withKey(bits, "ADD", key1);
        mix(bits);
        shifted(bits, 8);
        code.getstatic(emit.type.constants, "FROM_INT", CONVERSION);
        emit.species();
        code.iconst_0();
        code.invokevirtual(
                INT_VECTOR, "convertShape", MethodTypeDesc.of(Emitter.VECTOR, CONVERSION, Emitter.SPECIES, CD_int));
        code.checkcast(vector);
        emit.constant(0x1p-24);
        code.invokevirtual(vector, "mul", MethodTypeDesc.of(vector, emit.type.element));
    }

    private void withKey(int bits, String op, int key) {
        code.aload(bits).getstatic(Emitter.OPERATORS, op, ASSOCIATIVE).iload(key);
        code.invokevirtual(INT_VECTOR, "lanewise", MethodTypeDesc.of(INT_VECTOR, BINARY, CD_int));
        code.astore(bits);
    }

    /// [CounterHash#mix] of an integer vector local, in place.
    private void mix(int bits) {
        xorShifted(bits, 16);
        multiply(bits, CounterHash.MULTIPLIER_1);
        xorShifted(bits, 15);
        multiply(bits, CounterHash.MULTIPLIER_2);
        xorShifted(bits, 15);
    }

    private void multiply(int bits, int factor) {
        code.aload(bits).loadConstant(factor);
        code.invokevirtual(INT_VECTOR, "mul", MethodTypeDesc.of(INT_VECTOR, CD_int))
                .astore(bits);
    }

    private void xorShifted(int bits, int distance) {
        int shifted = emit.newReference();
        shifted(bits, distance);
        code.astore(shifted);
        code.aload(bits).getstatic(Emitter.OPERATORS, "XOR", ASSOCIATIVE).aload(shifted);
        code.invokevirtual(INT_VECTOR, "lanewise", MethodTypeDesc.of(INT_VECTOR, BINARY, Emitter.VECTOR));
        code.astore(bits);
    }

    /// Pushes `bits >>> distance`.
    private void shifted(int bits, int distance) {
        code.aload(bits).getstatic(Emitter.OPERATORS, "LSHR", BINARY).loadConstant(distance);
        code.invokevirtual(INT_VECTOR, "lanewise", MethodTypeDesc.of(INT_VECTOR, BINARY, CD_int));
    }
}
