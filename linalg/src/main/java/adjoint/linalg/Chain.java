package adjoint.linalg;

import adjoint.linalg.internal.ChainCompiler;
import adjoint.linalg.internal.Graph;
import adjoint.linalg.internal.Graph.Store;
import adjoint.linalg.internal.Graph.Value;
import adjoint.linalg.internal.RowKernel;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;

/// A fused kernel over the rows of matrices: element-wise expressions and row reductions, in as few sweeps over each
/// row as the reductions need.
///
/// ```
/// Chain softmax = Chain.define("softmax", c -> {
///     Expr x = c.in();
///     Expr e = x.sub(x.maxRow()).exp();
///     c.out(e.div(e.sumRow()));
/// });
/// softmax.run(Precision.F32, rows, cols, new Object[] {x, y}, new int[2], new int[] {cols, cols}, new double[0]);
/// ```
///
/// **Arguments of a run.** `arrays`, `offsets` and `rowStrides` are in the order in which the definition declared them
/// ([Builder#in], [Builder#perRow], [Builder#out], [Builder#accumulate], [Builder#outRow]), `scalars` likewise
/// ([Builder#scalar]; [Builder#uniform] takes three). Element `[r, j]` of an array is at
/// `offset + r·rowStride + j`, a per-row entry at `offset + r·rowStride`. A row stride of 0 makes one row serve all:
/// an input that is a row vector, or an accumulated output that is summed over the rows, in the order of the rows.
///
/// **Aliasing.** An output may be exactly an input (same array, offset and stride). Outputs must not otherwise overlap
/// inputs or each other, nor may the rows of one output overlap: with a row stride of 0, an output must be accumulated,
/// or exactly an input, as of `m ← max(m, x)`, which goes on from row to row.
///
/// **Order.** A run is single-threaded and its result depends on its arguments alone; callers split rows with
/// [Parallel]. Large flat element-wise work is one row.
///
/// A chain is compiled for a precision when it first runs in it. A run allocates nothing after that.
public final class Chain {
    private final String name;
    private final Graph graph;
    private final AtomicReferenceArray<RowKernel> kernels = new AtomicReferenceArray<>(Precision.values().length);

    private Chain(String name, Graph graph) {
        this.name = name;
        this.graph = graph;
    }

    /// A chain from its definition, which declares arguments and results on the builder.
    public static Chain define(String name, Consumer<Builder> definition) {
        Builder builder = new Builder();
        definition.accept(builder);
        if (builder.graph.stores().isEmpty()) {
            throw new IllegalArgumentException("chain " + name + " has no output");
        }
        return new Chain(name, builder.graph);
    }

    public String name() {
        return name;
    }

    /// Runs the chain on `rows × cols` elements.
    ///
    /// @throws IllegalArgumentException if the number or type of the arguments is not what the definition declared
    /// @throws IndexOutOfBoundsException if an array is too short
    public void run(
            Precision precision,
            int rows,
            int cols,
            Object[] arrays,
            int[] offsets,
            int[] rowStrides,
            double[] scalars) {
        check(precision, rows, cols, arrays, offsets, rowStrides, scalars);
        if (rows > 0) {
            kernel(precision).run(rows, cols, arrays, offsets, rowStrides, scalars);
        }
    }

    /// What the chain computes.
    Graph graph() {
        return graph;
    }

    @Override
    public String toString() {
        return "Chain " + name;
    }

    private RowKernel kernel(Precision precision) {
        RowKernel kernel = kernels.get(precision.ordinal());
        return kernel != null ? kernel : compile(precision);
    }

    /// One thread compiles, others wait for it.
    private synchronized RowKernel compile(Precision precision) {
        int p = precision.ordinal();
        if (kernels.get(p) == null) {
            kernels.set(
                    p,
                    Simd.provider() == Simd.Provider.SIMD
                            ? ChainCompiler.standIn(name, graph, precision, ready -> kernels.set(p, ready))
                            : ChainCompiler.compile(name, graph, precision, false));
        }
        return kernels.get(p);
    }

    private void check(
            Precision precision,
            int rows,
            int cols,
            Object[] arrays,
            int[] offsets,
            int[] rowStrides,
            double[] scalars) {
        if (rows < 0 || cols < 0) {
            throw new IllegalArgumentException("chain " + name + ": negative size " + rows + " x " + cols);
        }
        checkCount("arrays", arrays.length, graph.arrays());
        checkCount("offsets", offsets.length, graph.arrays());
        checkCount("row strides", rowStrides.length, graph.arrays());
        checkCount("scalars", scalars.length, graph.scalars());
        for (int k = 0; k < arrays.length; k++) {
            int length = length(precision, arrays[k], k);
            int width = graph.isPerRow(k) ? 1 : cols;
            if (rows > 0 && width > 0) {
                long end = offsets[k] + (long) (rows - 1) * rowStrides[k] + width;
                if (offsets[k] < 0 || rowStrides[k] < 0 || end > length) {
                    throw new IndexOutOfBoundsException("chain " + name + ": array " + k + " of length " + length
                            + " is too short for " + rows + " rows of " + width + " at offset " + offsets[k]
                            + " with row stride " + rowStrides[k]);
                }
            }
        }
        for (int o = 0; o < graph.stores().size(); o++) {
            int output = graph.stores().get(o).array();
            int width = graph.isPerRow(output) ? 1 : cols;
            boolean own = rows <= 1
                    || rowStrides[output] >= width
                    || rowStrides[output] == 0 && mayStandStill(o, arrays, offsets, rowStrides);
            if (!own) {
                throw new IllegalArgumentException("chain " + name + ": the row stride of array " + output + " is "
                        + rowStrides[output] + ", must be ≥ " + width
                        + ", or rows of this output overlap; 0 is for sums over rows, or for what is an input, too");
            }
            for (int k = 0; k < arrays.length; k++) {
                checkOverlap(rows, cols, arrays, offsets, rowStrides, output, k);
            }
        }
        for (int first : graph.uniforms()) {
            long counter = (long) scalars[first + 2];
            if (counter < 0 || counter >>> 32 != counter + Math.max(0, (long) rows * cols - 1) >>> 32) {
                throw new IllegalArgumentException("chain " + name + ": the counters from " + counter + " on for "
                        + rows + " x " + cols + " draws cross a multiple of 2^32");
            }
        }
    }

    /// Whether one row of that output may serve all rows: they are added up, or each starts from what the last one
    /// left.
    private boolean mayStandStill(int store, Object[] arrays, int[] offsets, int[] rowStrides) {
        int output = graph.stores().get(store).array();
        boolean may = graph.stores().get(store) instanceof Store.Accumulate;
        for (int k = 0; !may && k < arrays.length; k++) {
            may = k != output && arrays[k] == arrays[output] && isInPlace(offsets, output, k) && rowStrides[k] == 0;
        }
        return may;
    }

    private boolean isInPlace(int[] offsets, int output, int other) {
        return !graph.isOutput(other)
                && graph.isPerRow(output) == graph.isPerRow(other)
                && offsets[output] == offsets[other];
    }

    private void checkOverlap(
            int rows, int cols, Object[] arrays, int[] offsets, int[] rowStrides, int output, int other) {
        if (arrays[output] != arrays[other] || output == other) {
            return;
        }
        if (isInPlace(offsets, output, other) && (rowStrides[output] == rowStrides[other] || rows == 1)) {
            return;
        }
        int outRows = rowStrides[output] == 0 ? Math.min(rows, 1) : rows;
        int outCols = graph.isPerRow(output) ? 1 : cols;
        int inRows = rowStrides[other] == 0 ? Math.min(rows, 1) : rows;
        int inCols = graph.isPerRow(other) ? 1 : cols;
        if (Bounds.overlap(
                offsets[output],
                outRows,
                outCols,
                rowStrides[output],
                offsets[other],
                inRows,
                inCols,
                rowStrides[other])) {
            Bounds.disjoint(
                    "chain " + name,
                    "array " + output,
                    arrays[output],
                    offsets[output],
                    outRows,
                    outCols,
                    rowStrides[output],
                    "array " + other,
                    arrays[other],
                    offsets[other],
                    inRows,
                    inCols,
                    rowStrides[other]);
        }
    }

    private void checkCount(String what, int count, int expected) {
        if (count != expected) {
            throw new IllegalArgumentException("chain " + name + " takes " + expected + " " + what + ", got " + count);
        }
    }

    private int length(Precision precision, Object array, int k) {
        if (precision == Precision.F32 && array instanceof float[] a) {
            return a.length;
        }
        if (precision == Precision.F64 && array instanceof double[] a) {
            return a.length;
        }
        throw new IllegalArgumentException("chain " + name + " in " + precision + ": array " + k + " is "
                + (array == null ? "null" : array.getClass().getSimpleName()));
    }

    /// Declares the arguments and results of a chain, in the order in which a run passes them.
    public static final class Builder {
        private final Graph graph = new Graph();

        private Builder() {}

        /// Element `[r, j]` of the next array.
        public Expr in() {
            return expr(new Value.Element(graph.newArray(false)));
        }

        /// Entry `[r]` of the next array, the same for all columns.
        public Expr perRow() {
            return expr(new Value.PerRow(graph.newArray(true)));
        }

        /// The next run-time scalar.
        public Expr scalar() {
            return expr(new Value.Scalar(graph.newScalars(1)));
        }

        /// A number known now.
        public Expr constant(double value) {
            return expr(new Value.Constant(value));
        }

        /// The number of columns of the run.
        public Expr columns() {
            return expr(new Value.Columns());
        }

        /// The number `j` of the column; in `float` exact up to 2²⁴.
        public Expr column() {
            return expr(new Value.Column());
        }

        /// A draw from U[0, 1) per element, that of [CounterHash#uniform] for the counter `base + r·cols + j`.
        /// It takes the next three scalars: both key words and the base of the counter. The counters of a run
        /// must not cross a multiple of 2³².
        public Expr uniform() {
            return expr(new Value.Uniform(graph.newUniform()));
        }

        /// Element `[r, j]` of the next array becomes the value.
        public void out(Expr value) {
            graph.add(new Store.Out(graph.newArray(false), own(value)));
        }

        /// The value is added to element `[r, j]` of the next array. With a row stride of 0 that is a sum over rows.
        public void accumulate(Expr value) {
            graph.add(new Store.Accumulate(graph.newArray(false), own(value)));
        }

        /// Entry `[r]` of the next array becomes the value, which must be the same for all columns: made of
        /// reductions, per-row entries, scalars and constants.
        public void outRow(Expr value) {
            if (!graph.rowInvariant(own(value))) {
                throw new IllegalArgumentException("a per-row output needs a value that does not vary along the row");
            }
            graph.add(new Store.OutRow(graph.newArray(true), value.position));
        }

        private Expr expr(Value value) {
            return new Expr(graph, graph.add(value));
        }

        private int own(Expr value) {
            if (value.graph != graph) {
                throw new IllegalArgumentException("an expression of one chain was used in the definition of another");
            }
            return value.position;
        }
    }
}
