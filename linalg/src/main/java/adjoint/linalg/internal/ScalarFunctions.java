package adjoint.linalg.internal;

import adjoint.linalg.Functions;
import adjoint.linalg.internal.Graph.BinaryOp;
import adjoint.linalg.internal.Graph.UnaryOp;

/// The functions that both precisions compute in `double`, of one number, as [ScalarOperations] calls them.
final class ScalarFunctions {
    private ScalarFunctions() {}

    static double apply(UnaryOp op, double x) {
        return switch (op) {
            case EXPM1 -> Functions.expm1(x);
            case LOG1P -> Functions.log1p(x);
            case EXP2 -> Functions.exp2(x);
            case LOG2 -> Functions.log2(x);
            case LOG10 -> Functions.log10(x);
            case SIN -> Functions.sin(x);
            case COS -> Functions.cos(x);
            case TAN -> Functions.tan(x);
            case ASIN -> Functions.asin(x);
            case ACOS -> Functions.acos(x);
            case ATAN -> Functions.atan(x);
            case SINH -> Functions.sinh(x);
            case COSH -> Functions.cosh(x);
            case ASINH -> Functions.asinh(x);
            case ACOSH -> Functions.acosh(x);
            case ATANH -> Functions.atanh(x);
            case ERFC -> Functions.erfc(x);
            case ERFINV -> Functions.erfinv(x);
            case LGAMMA -> Functions.lgamma(x);
            case FLOOR -> Functions.floor(x);
            case CEIL -> Functions.ceil(x);
            case RINT -> Functions.rint(x);
            case TRUNC -> Functions.trunc(x);
            case NEG, ABS, SQRT, EXP, LOG, TANH, ERF, SIGMOID ->
                throw new IllegalStateException(op + " has a form in each precision");
        };
    }

    static double apply(BinaryOp op, double x, double y) {
        return switch (op) {
            case POW -> Functions.pow(x, y);
            case ATAN2 -> Functions.atan2(x, y);
            case FMOD -> Functions.fmod(x, y);
            case POLYGAMMA -> Functions.polygamma(x, y);
            case ADD, SUB, MUL, DIV, MIN, MAX -> throw new IllegalStateException(op + " has a form in each precision");
        };
    }
}
