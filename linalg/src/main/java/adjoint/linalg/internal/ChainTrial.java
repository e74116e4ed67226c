package adjoint.linalg.internal;

import adjoint.linalg.Precision;
import java.util.function.Consumer;

/// Compiles the generated code of a chain, which then takes the place of its stand-in.
final class ChainTrial extends WarmUp.Trial {
    /// Rows that are shorter than a vector: the last ones lie so near the end of their arrays that no vector fits.
    private static final int SHORT_ROWS = 24;

    private static final int SHORT = 3;

    /// The vectors of a long row, which has more columns behind those. With so many, calls and turns of the loop
    /// together are what makes C2 compile a sweep, and turns by themselves are not, which would compile a loop that is
    /// under way.
    private static final int VECTORS = 25;

    private final String name;
    private final Graph graph;
    private final Precision precision;
    private final int lanes;
    private final int operations;
    private final Consumer<RowKernel> ready;
    private RowKernel generated;

    /// @param operations those of a sweep over one vector
    /// @param ready gets the kernel when it is compiled
    ChainTrial(String name, Graph graph, Precision precision, int lanes, int operations, Consumer<RowKernel> ready) {
        this.name = name;
        this.graph = graph;
        this.precision = precision;
        this.lanes = lanes;
        this.operations = operations;
        this.ready = ready;
    }

    @Override
    Runnable open() {
        generated = ChainCompiler.compile(name, graph, precision, true);
        int cols = VECTORS * lanes + SHORT;
        int n = graph.arrays();
        Object[] shortRows = new Object[n];
        Object[] longRow = new Object[n];
        int[] strides = new int[n];
        for (int k = 0; k < n; k++) {
            shortRows[k] = precision.allocate(SHORT_ROWS * SHORT);
            longRow[k] = precision.allocate(cols);
            strides[k] = graph.isPerRow(k) ? 1 : SHORT;
        }
        int[] offsets = new int[n];
        double[] scalars = new double[graph.scalars()];
        return () -> {
            generated.run(SHORT_ROWS, SHORT, shortRows, offsets, strides, scalars);
            generated.run(1, cols, longRow, offsets, strides, scalars);
        };
    }

    @Override
    long operations() {
        return (long) operations * (SHORT_ROWS + VECTORS + 1);
    }

    @Override
    void end(boolean atSpeed) {
        if (atSpeed) {
            ready.accept(generated);
        }
    }
}
