package adjoint.linalg.internal;

import adjoint.linalg.CounterHash;
import adjoint.linalg.internal.Graph.Reduction;
import adjoint.linalg.internal.Graph.Store;
import adjoint.linalg.internal.Graph.Value;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// A chain by way of loops that all chains share, one per operation and block of columns, with the bits of the
/// generated code: the same lowered graph, the same sweeps, the same order of sums. It serves until that is compiled,
/// see [WarmUp].
@SuppressWarnings("cast")
final class DoubleStandInChain implements RowKernel {
    /// Columns that are computed at once; every step of a sweep's main loop divides it.
    private static final int BLOCK = 256;

    /// How much longer its operations take than those of a stand-in tile, of which [WarmUp] speaks.
    private static final long COST = 4;

    private static final ThreadLocal<Room> ROOM = ThreadLocal.withInitial(Room::new);

    private final Graph graph;
    private final Sweeps sweeps;
    private final int lanes;
    /// By sweep, the values that are the same for all columns and that others take.
    private final BitSet[] spread;
    private final BitSet spreadOnce = new BitSet();
    /// By value: what computes it in a sweep, null for leaves and reductions, and from which values.
    private final DoubleBlockOperation[] operation;
    private final int[][] operands;
    private final Runnable trial;
    private long work;
    private volatile boolean tried;

    /// @param trial starts the trial of the generated code
    DoubleStandInChain(Graph graph, Sweeps sweeps, int lanes, Runnable trial) {
        this.graph = graph;
        this.sweeps = sweeps;
        this.lanes = lanes;
        this.trial = trial;
        this.spread = new BitSet[sweeps.count()];
        this.operation = new DoubleBlockOperation[graph.size()];
        this.operands = new int[graph.size()][];
        for (int s = 0; s < spread.length; s++) {
            spread[s] = new BitSet();
            for (int v : sweeps.computed(s).stream().toArray()) {
                operands[v] = Graph.operands(graph.value(v));
                operation[v] = operands[v].length == 0 ? null : DoubleBlockOperation.of(graph.value(v));
                for (int operand : operands[v]) {
                    spread(s, operand);
                }
            }
            for (int v : sweeps.reductions(s)) {
                spread(s, ((Value.Reduce) graph.value(v)).x());
            }
        }
        for (Store store : sweeps.elementStores()) {
            spread(sweeps.count() - 1, store.value());
        }
    }

    private void spread(int sweep, int v) {
        if (graph.sameForAllRows(v)) {
            spreadOnce.set(v);
        } else if (graph.rowInvariant(v)) {
            spread[sweep].set(v);
        }
    }

    /// What a thread needs for any chain.
    private static final class Room {
        /// By value: its elements in the current block of columns.
        private double[][] block = {};
        /// By value: its whole row, where a later sweep takes it up.
        private double[][] kept = {};
        /// Values that are the same for all columns, those that are for all rows also before they are rounded.
        private double[] row = {};
        private /*64*/ double[] wide = {};
        private double[] totals = {};
        private final double[] addend = new double[BLOCK];

        void fit(int values) {
            if (block.length < values) {
                block = new double[values][BLOCK];
                kept = new double[values][0];
                row = new double[values];
                wide = new /*64*/ double[values];
            }
        }

        double[] totals(int length) {
            if (totals.length < length) {
                totals = new double[length];
            }
            return totals;
        }

        double[] kept(int v, int columns) {
            if (kept[v].length < columns) {
                kept[v] = new double[columns];
            }
            return kept[v];
        }
    }

    @Override
    public void run(int rows, int cols, Object[] arrays, int[] offsets, int[] rowStrides, /*64*/ double[] scalars) {
        Room room = ROOM.get();
        room.fit(graph.size());
        callValues(cols, scalars, room);
        for (int v = spreadOnce.nextSetBit(0); v >= 0; v = spreadOnce.nextSetBit(v + 1)) {
            Arrays.fill(room.block[v], 0, Math.min(BLOCK, cols), room.row[v]);
        }
        for (int r = 0; r < rows; r++) {
            for (int s = 0; s < sweeps.count(); s++) {
                rowValues(s, r, arrays, offsets, rowStrides, room);
                sweep(s, r, cols, arrays, offsets, rowStrides, scalars, room);
            }
            rowValues(sweeps.count(), r, arrays, offsets, rowStrides, room);
            for (Store store : graph.stores()) {
                if (store instanceof Store.OutRow) {
                    int k = store.array();
                    ((double[]) arrays[k])[offsets[k] + r * rowStrides[k]] = room.row[store.value()];
                }
            }
        }
        count(WarmUp.CALL + COST * rows * (cols / lanes + 1) * graph.size());
    }

    /// Threads may lose some of each other's counts.
    private void count(long operations) {
        work += operations;
        if (work >= WarmUp.WORTH_A_TRIAL && !tried) {
            tryGenerated();
        }
    }

    private synchronized void tryGenerated() {
        if (!tried) {
            tried = true;
            trial.run();
        }
    }

    // ---- values that are the same for all columns

    private void callValues(int cols, /*64*/ double[] scalars, Room room) {
        for (int v = 0; v < graph.size(); v++) {
            if (sweeps.isUsed(v) && graph.sameForAllRows(v)) {
                room.wide[v] = switch (graph.value(v)) {
                    case Value.Scalar s -> scalars[s.index()];
                    case Value.Constant c -> c.value();
                    case Value.Columns _ -> cols;
                    case Value other -> /*64*/ DoubleRowValues.compute(other, room.wide);
                };
                room.row[v] = (double) room.wide[v];
            }
        }
    }

    /// The values of this row that are known before a sweep and not before the one ahead of it.
    private void rowValues(int sweep, int r, Object[] arrays, int[] offsets, int[] rowStrides, Room room) {
        for (int v = 0; v < graph.size(); v++) {
            boolean isRowValue = sweeps.isUsed(v) && graph.rowInvariant(v) && !graph.sameForAllRows(v);
            if (isRowValue && sweeps.level(v) == sweep) {
                switch (graph.value(v)) {
                    case Value.PerRow p -> {
                        int k = p.array();
                        room.row[v] = ((double[]) arrays[k])[offsets[k] + r * rowStrides[k]];
                    }
                    // The sweep ahead has left it there.
                    case Value.Reduce _ -> {}
                    case Value other -> room.row[v] = DoubleRowValues.compute(other, room.row);
                }
            }
        }
    }

    // ---- sweeps

    private void sweep(
            int s,
            int r,
            int cols,
            Object[] arrays,
            int[] offsets,
            int[] rowStrides,
            /*64*/ double[] scalars,
            Room room) {
        for (int v = spread[s].nextSetBit(0); v >= 0; v = spread[s].nextSetBit(v + 1)) {
            Arrays.fill(room.block[v], 0, Math.min(BLOCK, cols), room.row[v]);
        }
        List<Integer> reductions = sweeps.reductions(s);
        int step = sweeps.unroll(s) * lanes;
        double[] totals = room.totals(reductions.size() * step);
        for (int i = 0; i < reductions.size(); i++) {
            Arrays.fill(totals, i * step, (i + 1) * step, (double)
                    reduction(reductions.get(i)).neutral());
        }
        int n = 0;
        for (int j = 0; j < cols; j += n) {
            n = Math.min(BLOCK, cols - j);
            values(s, r, j, n, cols, arrays, offsets, rowStrides, scalars, room);
            for (int i = 0; i < reductions.size(); i++) {
                Value.Reduce reduce = (Value.Reduce) graph.value(reductions.get(i));
                add(reduce.op(), n, room.block[reduce.x()], i * step, step, totals);
            }
            if (s == sweeps.count() - 1) {
                stores(r, j, n, arrays, offsets, rowStrides, room);
            }
        }
        for (int i = 0; i < reductions.size(); i++) {
            Value.Reduce reduce = (Value.Reduce) graph.value(reductions.get(i));
            room.row[reductions.get(i)] = total(reduce.op(), n, room.block[reduce.x()], i * step, step, room);
        }
    }

    private Reduction reduction(int v) {
        return ((Value.Reduce) graph.value(v)).op();
    }

    /// Those that vary along the row, in the columns `j … j+n-1`.
    private void values(
            int s,
            int r,
            int j,
            int n,
            int cols,
            Object[] arrays,
            int[] offsets,
            int[] rowStrides,
            /*64*/ double[] scalars,
            Room room) {
        double[][] block = room.block;
        BitSet reloaded = sweeps.reloaded(s);
        for (int v = reloaded.nextSetBit(0); v >= 0; v = reloaded.nextSetBit(v + 1)) {
            System.arraycopy(room.kept[v], j, block[v], 0, n);
        }
        BitSet computed = sweeps.computed(s);
        for (int v = computed.nextSetBit(0); v >= 0; v = computed.nextSetBit(v + 1)) {
            switch (graph.value(v)) {
                case Value.Element e -> {
                    int k = e.array();
                    System.arraycopy(arrays[k], offsets[k] + r * rowStrides[k] + j, block[v], 0, n);
                }
                case Value.Column _ -> columns(j, n, block[v]);
                case Value.Uniform u -> draws(u.index(), (long) r * cols + j, n, scalars, block[v]);
                case Value _ ->
                    operation[v].run(n, operand(v, 0, block), operand(v, 1, block), operand(v, 2, block), block[v]);
            }
            if (sweeps.kept().contains(v)) {
                System.arraycopy(block[v], 0, room.kept(v, cols), j, n);
            }
        }
    }

    private double[] operand(int v, int i, double[][] block) {
        return i < operands[v].length ? block[operands[v][i]] : null;
    }

    /// As vectors have it, where it matters: that of the first lane, and then one more for each.
    private void columns(int j, int n, double[] out) {
        for (int i = 0; i < n; i++) {
            out[i] = (double) (j + i - i % lanes) + i % lanes;
        }
    }

    private static void draws(int first, long index, int n, /*64*/ double[] scalars, double[] out) {
        long counter = (long) scalars[first + 2] + index;
        int key0 = (int) scalars[first];
        int key1 = (int) scalars[first + 1];
        for (int i = 0; i < n; i++) {
            out[i] = CounterHash.uniform(counter + i, key0, key1);
        }
    }

    private void stores(int r, int j, int n, Object[] arrays, int[] offsets, int[] rowStrides, Room room) {
        for (Store store : sweeps.elementStores()) {
            int k = store.array();
            int at = offsets[k] + r * rowStrides[k] + j;
            double[] value = room.block[store.value()];
            if (store instanceof Store.Accumulate) {
                System.arraycopy(arrays[k], at, room.addend, 0, n);
                DoubleBlockLoops.ADD.run(n, room.addend, value, null, room.addend);
                value = room.addend;
            }
            System.arraycopy(value, 0, arrays[k], at, n);
        }
    }

    // ---- reductions, in the order of SweepEmitter

    /// Combines a block of columns with the totals from `at` on, of which there are `step`; vectors that make no whole
    /// step, which only the last block has, with the first of them.
    private void add(Reduction op, int n, double[] x, int at, int step, double[] totals) {
        int j = 0;
        for (; j <= n - step; j += step) {
            combine(op, step, totals, at, x, j);
        }
        for (; j <= n - lanes; j += lanes) {
            combine(op, lanes, totals, at, x, j);
        }
    }

    /// The total of a row, whose last block was n columns long.
    private double total(Reduction op, int n, double[] x, int at, int step, Room room) {
        double[] totals = room.totals;
        for (int half = step / 2; half >= lanes; half /= 2) {
            combine(op, half, totals, at, totals, at + half);
        }
        int rest = n % lanes;
        if (rest > 0) {
            Arrays.fill(room.addend, 0, lanes, (double) op.neutral());
            System.arraycopy(x, n - rest, room.addend, 0, rest);
            combine(op, lanes, totals, at, room.addend, 0);
        }
        for (int half = lanes / 2; half > 0; half /= 2) {
            combine(op, half, totals, at, totals, at + half);
        }
        return totals[at];
    }

    /// `total[at + i] = total[at + i] op x[off + i]` for i below n.
    private static void combine(Reduction op, int n, double[] total, int at, double[] x, int off) {
        switch (op) {
            case SUM -> {
                for (int i = 0; i < n; i++) {
                    total[at + i] += x[off + i];
                }
            }
            case PRODUCT -> {
                for (int i = 0; i < n; i++) {
                    total[at + i] *= x[off + i];
                }
            }
            case MAX -> {
                for (int i = 0; i < n; i++) {
                    total[at + i] = Math.max(total[at + i], x[off + i]);
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    total[at + i] = Math.min(total[at + i], x[off + i]);
                }
            }
        }
    }
}
