package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import adjoint.linalg.internal.Graph.BinaryOp;
import adjoint.linalg.internal.Graph.BitsOp;
import adjoint.linalg.internal.Graph.Comparison;
import adjoint.linalg.internal.Graph.UnaryOp;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;

/// Operations on one element.
final class ScalarOperations implements Operations {
    private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");
    private static final ClassDesc FUNCTIONS = ClassDesc.of("adjoint.linalg.Functions");
    private static final ClassDesc COUNTER_HASH = ClassDesc.of("adjoint.linalg.CounterHash");

    private final CodeBuilder code;
    private final ElementType type;

    ScalarOperations(CodeBuilder code, ElementType type) {
        this.code = code;
        this.type = type;
    }

    @Override
    public int newValue() {
        return code.allocateLocal(type.kind);
    }

    @Override
    public int newCondition() {
        return code.allocateLocal(TypeKind.INT);
    }

    @Override
    public void push(int local) {
        code.loadLocal(type.kind, local);
    }

    @Override
    public void pop(int local) {
        code.storeLocal(type.kind, local);
    }

    @Override
    public void popCondition(int local) {
        code.istore(local);
    }

    @Override
    public void unary(UnaryOp op, int x) {
        push(x);
        switch (op) {
            case NEG -> {
                if (isFloat()) {
                    code.fneg();
                } else {
                    code.dneg();
                }
            }
            case ABS -> code.invokestatic(MATH, "abs", MethodTypeDesc.of(type.element, type.element));
            case SQRT -> squareRoot();
            case EXP, LOG, TANH, ERF, SIGMOID ->
                code.invokestatic(
                        FUNCTIONS, op.name().toLowerCase(Locale.ROOT), MethodTypeDesc.of(type.element, type.element));
            default -> {
                widen();
                code.invokestatic(
                        FUNCTIONS, op.name().toLowerCase(Locale.ROOT), MethodTypeDesc.of(CD_double, CD_double));
                narrow();
            }
        }
    }

    private void widen() {
        if (isFloat()) {
            code.f2d();
        }
    }

    private void narrow() {
        if (isFloat()) {
            code.d2f();
        }
    }

    /// By way of `double`, where the square root of a `float`, rounded twice, is still the nearest `float`.
    private void squareRoot() {
        widen();
        code.invokestatic(MATH, "sqrt", MethodTypeDesc.of(CD_double, CD_double));
        narrow();
    }

    @Override
    public void binary(BinaryOp op, int x, int y) {
        push(x);
        if (op.isFunction()) {
            widen();
            push(y);
            widen();
            code.invokestatic(
                    FUNCTIONS, op.name().toLowerCase(Locale.ROOT), MethodTypeDesc.of(CD_double, CD_double, CD_double));
            narrow();
            return;
        }
        push(y);
        switch (op) {
            case ADD -> add();
            case SUB -> {
                if (isFloat()) {
                    code.fsub();
                } else {
                    code.dsub();
                }
            }
            case MUL -> multiply();
            case DIV -> {
                if (isFloat()) {
                    code.fdiv();
                } else {
                    code.ddiv();
                }
            }
            case MIN, MAX ->
                code.invokestatic(
                        MATH,
                        op.name().toLowerCase(Locale.ROOT),
                        MethodTypeDesc.of(type.element, type.element, type.element));
            default -> throw new IllegalStateException(op + " is no operation of the machine");
        }
    }

    /// Rounded twice: `Math.fma` is very slow where the hardware lacks it.
    @Override
    public void fma(int x, int y, int z) {
        push(x);
        push(y);
        multiply();
        push(z);
        add();
    }

    @Override
    public void bits(BitsOp op, int x, int y) {
        throw new IllegalStateException(op + " is an operation on vectors");
    }

    private void add() {
        if (isFloat()) {
            code.fadd();
        } else {
            code.dadd();
        }
    }

    private void multiply() {
        if (isFloat()) {
            code.fmul();
        } else {
            code.dmul();
        }
    }

    @Override
    public void compare(Comparison op, int x, int y) {
        push(x);
        push(y);
        // The comparison instruction is chosen so that a NaN makes every comparison but NE false.
        boolean nanIsGreater = op == Comparison.LT || op == Comparison.LE;
        if (isFloat()) {
            code.with(OperatorInstruction.of(nanIsGreater ? Opcode.FCMPG : Opcode.FCMPL));
        } else {
            code.with(OperatorInstruction.of(nanIsGreater ? Opcode.DCMPG : Opcode.DCMPL));
        }
        Label no = code.newLabel();
        Label end = code.newLabel();
        switch (op) {
            case LT -> code.ifge(no);
            case LE -> code.ifgt(no);
            case EQ -> code.ifne(no);
            case NE -> code.ifeq(no);
        }
        code.iconst_1().goto_(end).labelBinding(no).iconst_0().labelBinding(end);
    }

    @Override
    public void select(int condition, int yes, int no) {
        Label otherwise = code.newLabel();
        Label end = code.newLabel();
        code.iload(condition).ifeq(otherwise);
        push(yes);
        code.goto_(end).labelBinding(otherwise);
        push(no);
        code.labelBinding(end);
    }

    @Override
    public void uniform(int low, int key0, int key1) {
        code.iload(low).i2l().loadConstant(0xffffffffL).land().iload(key0).iload(key1);
        code.invokestatic(COUNTER_HASH, "uniform", MethodTypeDesc.of(CD_float, CD_long, CD_int, CD_int));
        if (!isFloat()) {
            code.f2d();
        }
    }

    private boolean isFloat() {
        return type == ElementType.F32;
    }
}
