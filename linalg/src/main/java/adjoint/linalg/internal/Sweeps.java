package adjoint.linalg.internal;

import adjoint.linalg.internal.Graph.Store;
import adjoint.linalg.internal.Graph.Value;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// How a [Graph] is computed in sweeps over each row. A sweep reads the row once; it ends in the reductions whose
/// operands are known by then, and the last one writes the element-wise results:
///
/// ```
/// softmax:   sweep 0: m = max x     sweep 1: e = exp(x - m), s = Σ e     sweep 2: y = e · 1/s
/// ```
///
/// A value that is costly and that a later sweep needs again (here e) is kept in a scratch row. Results are written
/// by the last sweep only, so an output may be the same array as an input.
final class Sweeps {
    private final Graph graph;
    /// The first sweep in which a value can be computed; for values that do not vary along the row, before which.
    private final int[] level;
    private final BitSet used = new BitSet();
    private final List<Store> elementStores;
    private final int count;
    private final List<List<Integer>> reductions = new ArrayList<>();
    private final List<BitSet> computed = new ArrayList<>();
    private final List<BitSet> reloaded = new ArrayList<>();
    private final List<Integer> kept = new ArrayList<>();

    Sweeps(Graph graph) {
        this.graph = graph;
        this.elementStores = graph.stores().stream()
                .filter(store -> !(store instanceof Store.OutRow))
                .toList();
        this.level = new int[graph.size()];
        for (int v = 0; v < graph.size(); v++) {
            for (int operand : Graph.operands(graph.value(v))) {
                level[v] = Math.max(level[v], level[operand]);
            }
            if (graph.value(v) instanceof Value.Reduce) {
                level[v]++;
            }
        }
        markUsed();
        this.count = countSweeps();
        for (int sweep = 0; sweep < count; sweep++) {
            reductions.add(new ArrayList<>());
        }
        for (int v : usedReductions()) {
            reductions.get(level[v] - 1).add(v);
        }
        BitSet before = new BitSet();
        for (int sweep = 0; sweep < count; sweep++) {
            schedule(sweep, before);
            before.or(computed.get(sweep));
        }
    }

    int count() {
        return count;
    }

    /// Whether some result depends on a value.
    boolean isUsed(int value) {
        return used.get(value);
    }

    /// The sweep before which a value that does not vary along the row is known; [#count] for after the last.
    int level(int value) {
        return level[value];
    }

    /// The reductions that a sweep computes.
    List<Integer> reductions(int sweep) {
        return reductions.get(sweep);
    }

    /// The most reductions of one sweep.
    int slots() {
        return reductions.stream().mapToInt(List::size).max().orElse(0);
    }

    /// The values that vary along the row and are computed in a sweep.
    BitSet computed(int sweep) {
        return computed.get(sweep);
    }

    /// The values that a sweep reads from their scratch rows.
    BitSet reloaded(int sweep) {
        return reloaded.get(sweep);
    }

    /// All values that have a scratch row; they are written where they are computed first.
    List<Integer> kept() {
        return kept;
    }

    /// The element-wise results, which the last sweep writes.
    List<Store> elementStores() {
        return elementStores;
    }

    /// Whether a sweep evaluates a function that takes many instructions.
    private boolean isCostly(int sweep) {
        return computed.get(sweep).stream().anyMatch(graph::isCostly);
    }

    /// Vectors per step of a sweep's main loop: reductions need several independent accumulators, light ones four; long
    /// functions leave registers for two; and without reductions the loop's own overhead hides behind memory.
    int unroll(int sweep) {
        if (reductions(sweep).isEmpty()) {
            return 1;
        }
        return isCostly(sweep) ? 2 : 4;
    }

    /// The operations of all sweeps on a vector, with those that it takes to start one.
    int operations() {
        int operations = 0;
        for (int sweep = 0; sweep < count; sweep++) {
            operations += 4 + computed(sweep).cardinality() + reductions(sweep).size();
        }
        return operations + elementStores().size();
    }

    private int countSweeps() {
        int sweeps = 0;
        for (int v : usedReductions()) {
            sweeps = Math.max(sweeps, level[v]);
        }
        for (Store store : elementStores()) {
            sweeps = Math.max(sweeps, level[store.value()] + 1);
        }
        return sweeps;
    }

    private void markUsed() {
        graph.stores().forEach(store -> used.set(store.value()));
        for (int v = graph.size() - 1; v >= 0; v--) {
            if (used.get(v)) {
                for (int operand : Graph.operands(graph.value(v))) {
                    used.set(operand);
                }
            }
        }
    }

    private List<Integer> usedReductions() {
        return used.stream()
                .filter(v -> graph.value(v) instanceof Value.Reduce)
                .boxed()
                .toList();
    }

    /// Fills in what a sweep computes and what it reads back, given what earlier sweeps computed.
    private void schedule(int sweep, BitSet before) {
        BitSet needed = new BitSet();
        for (int v : reductions.get(sweep)) {
            needed.set(((Value.Reduce) graph.value(v)).x());
        }
        if (sweep == count - 1) {
            elementStores().forEach(store -> needed.set(store.value()));
        }
        BitSet reload = new BitSet();
        for (int v = graph.size() - 1; v >= 0; v--) {
            if (!needed.get(v)) {
                continue;
            }
            if (graph.rowInvariant(v)) {
                needed.clear(v);
            } else if (graph.isCostly(v) && before.get(v)) {
                needed.clear(v);
                reload.set(v);
                if (!kept.contains(v)) {
                    kept.add(v);
                }
            } else {
                for (int operand : Graph.operands(graph.value(v))) {
                    needed.set(operand);
                }
            }
        }
        computed.add(needed);
        reloaded.add(reload);
    }
}
