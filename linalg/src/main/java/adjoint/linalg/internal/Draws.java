package adjoint.linalg.internal;

import adjoint.linalg.CounterHash;

/// Which elements of a block of attention weights are dropped: the draws of [CounterHash] at the counters
/// `row·2³² + key`, where rows are the queries of all items.
///
/// The inner of the two rounds of the hash sees the key alone: it is done once per key here, and only the outer round
/// is left for each element.
final class Draws {
    /// The inner round, for each key of the block.
    int[] keys = {};

    /// What the first query of the panel adds to it. Each next query adds [CounterHash#GOLDEN] more.
    int row;

    /// The greatest 32 bits, without sign, that drop an element.
    int last;

    private static final ThreadLocal<Draws> OF_THREAD = ThreadLocal.withInitial(Draws::new);

    private int key0;
    private int key1;

    private Draws() {}

    /// This thread's draws, set to a problem; null if it has no dropout.
    static Draws of(AttentionProblem<?> problem) {
        if (problem.dropout() == 0) {
            return null;
        }
        Draws draws = OF_THREAD.get();
        draws.last = (int) (((long) Math.ceil(problem.dropout() * 0x1p24) << 8) - 1);
        draws.key0 = problem.key0();
        draws.key1 = problem.key1();
        return draws;
    }

    /// Sets the keys of the block.
    void keys(int first, int n) {
        if (keys.length < n) {
            keys = new int[n];
        }
        for (int j = 0; j < n; j++) {
            keys[j] = CounterHash.mix((first + j) ^ key0);
        }
    }

    /// Sets the row of the first query.
    void row(int first) {
        row = key1 + first * CounterHash.GOLDEN;
    }

    /// Whether the weight of query i of the panel for key j of the block becomes 0.
    boolean drops(int j, int i) {
        return Integer.compareUnsigned(CounterHash.mix(keys[j] + row + i * CounterHash.GOLDEN), last) <= 0;
    }
}
