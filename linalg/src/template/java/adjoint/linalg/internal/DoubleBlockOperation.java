package adjoint.linalg.internal;

import adjoint.linalg.internal.Graph.Value;

/// An operation of lowered graphs on the first n elements of arrays, in a plain loop with the bits of vector code. A
/// truth value is 1 or 0.
///
/// They are objects so that the JIT compiler compiles each loop once: a call that may go to any of many is not inlined.
interface DoubleBlockOperation {
    /// `out = op(x, y, z)`; operands that the operation does not have are null.
    void run(int n, double[] x, double[] y, double[] z, double[] out);

    /// The operation of a value that is neither a leaf nor a reduction.
    static DoubleBlockOperation of(Value value) {
        return switch (value) {
            case Value.Unary u ->
                switch (u.op()) {
                    case NEG -> DoubleBlockLoops.NEG;
                    case ABS -> DoubleBlockLoops.ABS;
                    case SQRT -> DoubleBlockLoops.SQRT;
                    default -> throw new IllegalStateException(u.op() + " should have been lowered");
                };
            case Value.Binary b ->
                switch (b.op()) {
                    case ADD -> DoubleBlockLoops.ADD;
                    case SUB -> DoubleBlockLoops.SUB;
                    case MUL -> DoubleBlockLoops.MUL;
                    case DIV -> DoubleBlockLoops.DIV;
                    case MIN -> DoubleBlockLoops.MIN;
                    case MAX -> DoubleBlockLoops.MAX;
                    default -> throw new IllegalStateException(b.op() + " has no form on vectors");
                };
            case Value.Fma _ -> DoubleBlockLoops.FMA;
            case Value.Bits b ->
                switch (b.op()) {
                    case ADD_EXPONENT -> DoubleBlockLoops.ADD_EXPONENT;
                    case COPY_SIGN -> DoubleBlockLoops.COPY_SIGN;
                    case EXPONENT -> DoubleBlockLoops.EXPONENT;
                    case SIGNIFICAND -> DoubleBlockLoops.SIGNIFICAND;
                };
            case Value.Compare c ->
                switch (c.op()) {
                    case LT -> DoubleBlockLoops.LT;
                    case LE -> DoubleBlockLoops.LE;
                    case EQ -> DoubleBlockLoops.EQ;
                    case NE -> DoubleBlockLoops.NE;
                };
            case Value.Select _ -> DoubleBlockLoops.SELECT;
            default -> throw new IllegalStateException("not an operation: " + value);
        };
    }
}
