package adjoint.linalg.internal;

import adjoint.linalg.CounterHash;
import adjoint.linalg.Functions;
import adjoint.linalg.internal.Graph.Store;
import adjoint.linalg.internal.Graph.Value;
import java.util.Arrays;

/// Evaluates a [Graph] element by element in `double`, rounding only what is stored.
public final class Interpreter implements RowKernel {
    private final Graph graph;

    public Interpreter(Graph graph) {
        this.graph = graph;
    }

    @Override
    public void run(int rows, int cols, Object[] arrays, int[] offsets, int[] rowStrides, double[] scalars) {
        double[] invariant = new double[graph.size()];
        double[][] varying = new double[graph.size()][];
        for (int v = 0; v < graph.size(); v++) {
            varying[v] = graph.rowInvariant(v) ? null : new double[cols];
        }
        for (int r = 0; r < rows; r++) {
            for (int v = 0; v < graph.size(); v++) {
                if (graph.rowInvariant(v)) {
                    invariant[v] = value(v, r, 0, cols, invariant, varying, arrays, offsets, rowStrides, scalars);
                } else {
                    for (int j = 0; j < cols; j++) {
                        varying[v][j] = value(v, r, j, cols, invariant, varying, arrays, offsets, rowStrides, scalars);
                    }
                }
            }
            for (Store store : graph.stores()) {
                int base = offsets[store.array()] + r * rowStrides[store.array()];
                Object array = arrays[store.array()];
                switch (store) {
                    case Store.OutRow o -> set(array, base, invariant[o.value()]);
                    case Store.Out o -> {
                        for (int j = 0; j < cols; j++) {
                            set(array, base + j, at(o.value(), j, invariant, varying));
                        }
                    }
                    case Store.Accumulate o -> {
                        for (int j = 0; j < cols; j++) {
                            set(array, base + j, get(array, base + j) + at(o.value(), j, invariant, varying));
                        }
                    }
                }
            }
        }
    }

    private double value(
            int v,
            int r,
            int j,
            int cols,
            double[] invariant,
            double[][] varying,
            Object[] arrays,
            int[] offsets,
            int[] rowStrides,
            double[] scalars) {
        return switch (graph.value(v)) {
            case Value.Element e -> get(arrays[e.array()], offsets[e.array()] + r * rowStrides[e.array()] + j);
            case Value.PerRow e -> get(arrays[e.array()], offsets[e.array()] + r * rowStrides[e.array()]);
            case Value.Scalar s -> scalars[s.index()];
            case Value.Constant c -> c.value();
            case Value.Columns _ -> cols;
            case Value.Column _ -> j;
            case Value.Uniform u ->
                CounterHash.uniform((long) scalars[u.index() + 2] + (long) r * cols + j, (int) scalars[u.index()], (int)
                        scalars[u.index() + 1]);
            case Value.Unary u -> {
                double x = at(u.x(), j, invariant, varying);
                yield switch (u.op()) {
                    case NEG -> -x;
                    case ABS -> Math.abs(x);
                    case SQRT -> Math.sqrt(x);
                    case EXP -> Functions.exp(x);
                    case LOG -> Functions.log(x);
                    case TANH -> Functions.tanh(x);
                    case ERF -> Functions.erf(x);
                    case SIGMOID -> Functions.sigmoid(x);
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
                };
            }
            case Value.Binary b -> {
                double x = at(b.x(), j, invariant, varying);
                double y = at(b.y(), j, invariant, varying);
                yield switch (b.op()) {
                    case ADD -> x + y;
                    case SUB -> x - y;
                    case MUL -> x * y;
                    case DIV -> x / y;
                    case MIN -> Math.min(x, y);
                    case MAX -> Math.max(x, y);
                    case POW -> Math.pow(x, y);
                    case ATAN2 -> Math.atan2(x, y);
                    case FMOD -> x % y;
                    case POLYGAMMA -> Functions.polygamma(x, y);
                };
            }
            case Value.Fma f ->
                at(f.x(), j, invariant, varying) * at(f.y(), j, invariant, varying) + at(f.z(), j, invariant, varying);
            case Value.Bits b -> throw new IllegalStateException("not in a graph that a user defines: " + b);
            case Value.Compare c -> {
                double x = at(c.x(), j, invariant, varying);
                double y = at(c.y(), j, invariant, varying);
                boolean holds = switch (c.op()) {
                    case LT -> x < y;
                    case LE -> x <= y;
                    case EQ -> x == y;
                    case NE -> x != y;
                };
                yield holds ? 1 : 0;
            }
            case Value.Select s ->
                at(s.test(), j, invariant, varying) != 0
                        ? at(s.yes(), j, invariant, varying)
                        : at(s.no(), j, invariant, varying);
            case Value.Reduce x -> {
                double[] y = new double[cols];
                for (int i = 0; i < cols; i++) {
                    y[i] = at(x.x(), i, invariant, varying);
                }
                yield switch (x.op()) {
                    case SUM -> Arrays.stream(y).sum();
                    case PRODUCT -> Arrays.stream(y).reduce(1, (a, b) -> a * b);
                    case MAX -> Arrays.stream(y).reduce(Double.NEGATIVE_INFINITY, Math::max);
                    case MIN -> Arrays.stream(y).reduce(Double.POSITIVE_INFINITY, Math::min);
                };
            }
        };
    }

    private double at(int v, int j, double[] invariant, double[][] varying) {
        return varying[v] == null ? invariant[v] : varying[v][j];
    }

    private static double get(Object array, int i) {
        return array instanceof float[] a ? a[i] : ((double[]) array)[i];
    }

    private static void set(Object array, int i, double value) {
        if (array instanceof float[] a) {
            a[i] = (float) value;
        } else {
            ((double[]) array)[i] = value;
        }
    }
}
