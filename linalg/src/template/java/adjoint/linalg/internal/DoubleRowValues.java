package adjoint.linalg.internal;

import adjoint.linalg.Functions;
import adjoint.linalg.internal.Graph.Value;

/// Operations on single numbers, as [ScalarOperations] emits them. A truth value is 1 or 0.
@SuppressWarnings("cast")
final class DoubleRowValues {
    private DoubleRowValues() {}

    /// A value that is neither a leaf nor a reduction, from earlier ones.
    static double compute(Value value, double[] values) {
        return switch (value) {
            case Value.Unary u -> {
                double x = values[u.x()];
                yield switch (u.op()) {
                    case NEG -> -x;
                    case ABS -> Math.abs(x);
                    case SQRT -> (double) Math.sqrt(x);
                    case EXP -> Functions.exp(x);
                    case LOG -> Functions.log(x);
                    case TANH -> Functions.tanh(x);
                    case ERF -> Functions.erf(x);
                    case SIGMOID -> Functions.sigmoid(x);
                    default -> (double) ScalarFunctions.apply(u.op(), x);
                };
            }
            case Value.Binary b -> {
                double x = values[b.x()];
                double y = values[b.y()];
                yield switch (b.op()) {
                    case ADD -> x + y;
                    case SUB -> x - y;
                    case MUL -> x * y;
                    case DIV -> x / y;
                    case MIN -> Math.min(x, y);
                    case MAX -> Math.max(x, y);
                    default -> (double) ScalarFunctions.apply(b.op(), x, y);
                };
            }
            case Value.Fma f -> values[f.x()] * values[f.y()] + values[f.z()];
            case Value.Compare c -> {
                double x = values[c.x()];
                double y = values[c.y()];
                boolean holds = switch (c.op()) {
                    case LT -> x < y;
                    case LE -> x <= y;
                    case EQ -> x == y;
                    case NE -> x != y;
                };
                yield holds ? 1 : 0;
            }
            case Value.Select s -> values[s.test()] != 0 ? values[s.yes()] : values[s.no()];
            default -> throw new IllegalStateException("not an operation: " + value);
        };
    }
}
