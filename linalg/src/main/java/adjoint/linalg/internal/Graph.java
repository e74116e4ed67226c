package adjoint.linalg.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The expression graph of a fused row kernel: values in the order of their definition, each named by its position.
/// Equal values are one value, so a sub-expression written twice is computed once.
public final class Graph {
    /// What a value is; operands are positions of earlier values.
    public sealed interface Value {
        /// Element `[r, j]` of array argument `array`.
        record Element(int array) implements Value {}

        /// Entry `[r]` of array argument `array`, the same for all columns.
        record PerRow(int array) implements Value {}

        /// Run-time scalar argument.
        record Scalar(int index) implements Value {}

        record Constant(double value) implements Value {}

        /// The number of columns of the run.
        record Columns() implements Value {}

        /// The number j of the column.
        record Column() implements Value {}

        /// A draw from U[0, 1) of the counter `scalars[index+2] + r·cols + j` under the key
        /// `(scalars[index], scalars[index+1])`.
        record Uniform(int index) implements Value {}

        record Unary(UnaryOp op, int x) implements Value {}

        record Binary(BinaryOp op, int x, int y) implements Value {}

        /// `x·y + z`, rounded once.
        record Fma(int x, int y, int z) implements Value {}

        /// An operation on the bits of numbers, which only [Lowering] makes.
        record Bits(BitsOp op, int x, int y) implements Value {}

        /// A truth value.
        record Compare(Comparison op, int x, int y) implements Value {}

        /// `test ? yes : no`, where `test` is a [Compare].
        record Select(int test, int yes, int no) implements Value {}

        /// A reduction of `x` over the columns of the row.
        record Reduce(Reduction op, int x) implements Value {}
    }

    public enum UnaryOp {
        NEG(Form.INSTRUCTION),
        ABS(Form.INSTRUCTION),
        SQRT(Form.INSTRUCTION),
        EXP(Form.LOWERED),
        LOG(Form.LOWERED),
        TANH(Form.LOWERED),
        ERF(Form.LOWERED),
        SIGMOID(Form.LOWERED),
        EXPM1(Form.LOWERED),
        LOG1P(Form.LOWERED),
        EXP2(Form.SCALAR),
        LOG2(Form.SCALAR),
        LOG10(Form.SCALAR),
        SIN(Form.SCALAR),
        COS(Form.SCALAR),
        TAN(Form.SCALAR),
        ASIN(Form.SCALAR),
        ACOS(Form.SCALAR),
        ATAN(Form.SCALAR),
        SINH(Form.SCALAR),
        COSH(Form.SCALAR),
        ASINH(Form.SCALAR),
        ACOSH(Form.SCALAR),
        ATANH(Form.SCALAR),
        ERFC(Form.SCALAR),
        ERFINV(Form.SCALAR),
        LGAMMA(Form.SCALAR),
        FLOOR(Form.SCALAR),
        CEIL(Form.SCALAR),
        RINT(Form.SCALAR),
        TRUNC(Form.SCALAR);

        private final Form form;

        UnaryOp(Form form) {
            this.form = form;
        }
    }

    public enum BinaryOp {
        ADD(Form.INSTRUCTION),
        SUB(Form.INSTRUCTION),
        MUL(Form.INSTRUCTION),
        DIV(Form.INSTRUCTION),
        MIN(Form.INSTRUCTION),
        MAX(Form.INSTRUCTION),
        POW(Form.SCALAR),
        ATAN2(Form.SCALAR),
        FMOD(Form.SCALAR),
        POLYGAMMA(Form.SCALAR);

        private final Form form;

        BinaryOp(Form form) {
            this.form = form;
        }

        boolean isFunction() {
            return form != Form.INSTRUCTION;
        }
    }

    /// How an operation on vectors is carried out.
    private enum Form {
        /// By a method of the vector class.
        INSTRUCTION,
        /// Written out by [Lowering].
        LOWERED,
        /// Not at all: a graph with such an operation becomes code without vectors, which calls
        /// `adjoint.linalg.Functions`.
        SCALAR
    }

    /// Operations on bits, for `x = ±2ᵉ·m`.
    public enum BitsOp {
        /// `x·2ⁿ`, where n is the lower half of the mantissa of y, as an integer with sign.
        ADD_EXPONENT,
        /// x, which must not be negative, with the sign of y.
        COPY_SIGN,
        /// e plus 1.5·2^(bits of a mantissa), for m in [√½, √2) and x positive and normal; y is not used.
        EXPONENT,
        /// m; y is not used.
        SIGNIFICAND
    }

    public enum Comparison {
        LT,
        LE,
        EQ,
        NE
    }

    public enum Reduction {
        SUM(BinaryOp.ADD, 0),
        PRODUCT(BinaryOp.MUL, 1),
        MAX(BinaryOp.MAX, Double.NEGATIVE_INFINITY),
        MIN(BinaryOp.MIN, Double.POSITIVE_INFINITY);

        private final BinaryOp operation;
        private final double neutral;

        Reduction(BinaryOp operation, double neutral) {
            this.operation = operation;
            this.neutral = neutral;
        }

        /// What combines two totals.
        BinaryOp operation() {
            return operation;
        }

        /// What a reduction starts from: the total of no columns.
        double neutral() {
            return neutral;
        }
    }

    /// Where results go.
    public sealed interface Store {
        /// The value that is stored.
        int value();

        /// The array argument it is stored to.
        int array();

        /// Element `[r, j]` becomes the value.
        record Out(int array, int value) implements Store {}

        /// The value is added to element `[r, j]`.
        record Accumulate(int array, int value) implements Store {}

        /// Entry `[r]` becomes the value, which is the same for all columns.
        record OutRow(int array, int value) implements Store {}
    }

    private final List<Value> values = new ArrayList<>();
    private final List<Boolean> rowInvariant = new ArrayList<>();
    private final BitSet sameForAllRows = new BitSet();
    private final BitSet costly = new BitSet();
    private final Map<Value, Integer> positions = new HashMap<>();
    private final List<Store> stores = new ArrayList<>();
    private final BitSet perRowArrays = new BitSet();
    private int arrays;
    private int scalars;
    private int[] uniforms = {};

    public Graph() {}

    /// A graph without values that takes the same arguments as another one.
    Graph(Graph signature) {
        perRowArrays.or(signature.perRowArrays);
        arrays = signature.arrays;
        scalars = signature.scalars;
        uniforms = signature.uniforms;
    }

    /// The position of a value, new or already there.
    public int add(Value value) {
        Integer known = positions.get(value);
        if (known != null) {
            return known;
        }
        int position = values.size();
        values.add(value);
        rowInvariant.add(invariant(value));
        sameForAllRows.set(position, isSameForAllRows(value));
        positions.put(value, position);
        costly.set(position, takesManyInstructions(value));
        return position;
    }

    /// Declares the next array argument, of one entry per row or of one per element.
    public int newArray(boolean perRow) {
        perRowArrays.set(arrays, perRow);
        return arrays++;
    }

    public int newScalars(int count) {
        int first = scalars;
        scalars += count;
        return first;
    }

    /// Declares the three scalar arguments of a uniform draw: two key words and the base of the counter.
    public int newUniform() {
        int first = newScalars(3);
        uniforms = Arrays.copyOf(uniforms, uniforms.length + 1);
        uniforms[uniforms.length - 1] = first;
        return first;
    }

    public void add(Store store) {
        stores.add(store);
    }

    public int size() {
        return values.size();
    }

    public Value value(int position) {
        return values.get(position);
    }

    public List<Store> stores() {
        return stores;
    }

    public int arrays() {
        return arrays;
    }

    public int scalars() {
        return scalars;
    }

    /// Whether a run writes that array.
    public boolean isOutput(int array) {
        for (int k = 0; k < stores.size(); k++) {
            if (stores.get(k).array() == array) {
                return true;
            }
        }
        return false;
    }

    /// Whether an array argument has one entry per row.
    public boolean isPerRow(int array) {
        return perRowArrays.get(array);
    }

    /// The first scalar of each uniform draw.
    public int[] uniforms() {
        return uniforms;
    }

    /// Whether a value is the same for all columns of a row.
    public boolean rowInvariant(int position) {
        return rowInvariant.get(position);
    }

    /// Whether a value is the same for all columns of all rows.
    boolean sameForAllRows(int position) {
        return sameForAllRows.get(position);
    }

    /// Whether a value is worth being kept for a later sweep.
    boolean isCostly(int position) {
        return costly.get(position);
    }

    void markCostly(int position) {
        costly.set(position);
    }

    private static boolean takesManyInstructions(Value value) {
        return switch (value) {
            case Value.Uniform _ -> true;
            default -> form(value) != Form.INSTRUCTION;
        };
    }

    private static Form form(Value value) {
        return switch (value) {
            case Value.Unary u -> u.op().form;
            case Value.Binary b -> b.op().form;
            default -> Form.INSTRUCTION;
        };
    }

    /// Whether all that varies along the columns can be computed on vectors.
    boolean isVectorizable() {
        for (int v = 0; v < values.size(); v++) {
            if (form(values.get(v)) == Form.SCALAR && !rowInvariant.get(v)) {
                return false;
            }
        }
        return true;
    }

    /// The positions of a value's operands.
    public static int[] operands(Value value) {
        return switch (value) {
            case Value.Unary v -> new int[] {v.x()};
            case Value.Binary v -> new int[] {v.x(), v.y()};
            case Value.Fma v -> new int[] {v.x(), v.y(), v.z()};
            case Value.Bits v -> new int[] {v.x(), v.y()};
            case Value.Compare v -> new int[] {v.x(), v.y()};
            case Value.Select v -> new int[] {v.test(), v.yes(), v.no()};
            case Value.Reduce v -> new int[] {v.x()};
            case Value.Element _,
                    Value.PerRow _,
                    Value.Scalar _,
                    Value.Constant _,
                    Value.Columns _,
                    Value.Column _,
                    Value.Uniform _ -> new int[0];
        };
    }

    private boolean invariant(Value value) {
        return switch (value) {
            case Value.Element _, Value.Column _, Value.Uniform _ -> false;
            case Value.Reduce _ -> true;
            default -> {
                for (int operand : operands(value)) {
                    if (!rowInvariant.get(operand)) {
                        yield false;
                    }
                }
                yield true;
            }
        };
    }

    private boolean isSameForAllRows(Value value) {
        return switch (value) {
            case Value.Element _, Value.PerRow _, Value.Column _, Value.Uniform _, Value.Reduce _ -> false;
            default -> {
                for (int operand : operands(value)) {
                    if (!sameForAllRows.get(operand)) {
                        yield false;
                    }
                }
                yield true;
            }
        };
    }
}
