package adjoint.data;

import adjoint.linalg.Rng;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Stream;

/// The batches of a set, epoch after epoch.
///
/// The order of an epoch is a pure function of key and epoch: it is the same on any thread, and training goes on from
/// any (epoch, batch) without the batches before. The last batch of an epoch may be smaller. All batches share one set
/// of buffers: a batch is valid until the next one is asked for, and a step allocates nothing. To prepare batches
/// while others are in use, let several sets take turns ([#takingTurns]).
///
/// ```java
/// Split split = TsReader.readSplit(trainFile, testFile).prepared();
/// Loader loader = Loader.shuffled(split.train(), Padding.toLongest(split.train()), 16, Rng.of(seed));
/// for (Batch batch : loader.epoch(0)) {
///     Tensor x = Tensor.wrap(batch.x(), 0, Shape.of(batch.size(), batch.length(), batch.channels()));
/// }
/// ```
public final class Loader {
    private final TimeSeries data;
    private final Padding padding;
    private final Rng key;
    private final List<Batch> turns;
    private Cursor current;

    private Loader(TimeSeries data, Padding padding, int batchSize, Rng key, int sets) {
        check(data, padding, batchSize, sets);
        this.data = data;
        this.padding = padding;
        this.key = key;
        this.turns = Stream.generate(() ->
                        new Batch(batchSize, padding.length(), data.channels().size()))
                .limit(sets)
                .toList();
    }

    /// Batches in an order drawn anew for each epoch.
    ///
    /// @throws IllegalArgumentException if the set has missing values or no classes, or if the buffers do not fit in
    ///     memory
    public static Loader shuffled(TimeSeries data, Padding padding, int batchSize, Rng key) {
        return new Loader(data, padding, batchSize, key, 1);
    }

    /// Batches in the order of the set.
    ///
    /// @throws IllegalArgumentException as for [#shuffled]
    public static Loader inOrder(TimeSeries data, Padding padding, int batchSize) {
        return new Loader(data, padding, batchSize, null, 1);
    }

    /// The same batches in `sets` sets of buffers: each is valid until the `sets`-th one after it is asked for.
    ///
    /// @throws IllegalArgumentException if `sets` is not positive or the buffers do not fit in memory
    public Loader takingTurns(int sets) {
        if (sets < 1) {
            throw new IllegalArgumentException("a loader needs at least one set of buffers, got " + sets);
        }
        return new Loader(data, padding, capacity(), key, sets);
    }

    /// The bytes of one set of buffers: 4·(B·L·C + B·L + 2·B), and 4·n for the order of the n cases.
    public static long bytesNeeded(TimeSeries data, Padding padding, int batchSize) {
        long rows = (long) batchSize * padding.length();
        return Math.addExact(
                Math.multiplyExact(rows, 4L * (data.channels().size() + 1)), 8L * batchSize + 4L * data.size());
    }

    private int capacity() {
        return turns.getFirst().capacity();
    }

    private static void check(TimeSeries data, Padding padding, int batchSize, int sets) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("the batch size must be ≥ 1, got " + batchSize);
        }
        if (data.labels().length == 0) {
            throw new IllegalArgumentException("set " + data.name() + " has no classes to learn");
        }
        long missing = data.missing();
        if (missing > 0) {
            throw new IllegalArgumentException("set " + data.name() + " has " + missing
                    + " missing values; fill them first (Interpolate, Standardize)");
        }
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        long needed = Math.multiplyExact(sets, bytesNeeded(data, padding, batchSize));
        long values = (long) batchSize * padding.length() * data.channels().size();
        if (needed > free || values > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException((sets == 1 ? "a batch of " : sets + " batches of ") + batchSize
                    + " cases × " + padding.length() + " steps × "
                    + data.channels().size() + (sets == 1 ? " channels needs " : " channels need ") + (needed >> 20)
                    + " MiB; "
                    + (needed > free
                            ? (free >> 20) + " MiB of the heap are free (smaller batches, or raise -Xmx)"
                            : "an array holds at most 8191 MiB (smaller batches)"));
        }
    }

    /// The set.
    public TimeSeries data() {
        return data;
    }

    /// The number of batches of an epoch, ⌈n / B⌉.
    public int batches() {
        return Math.ceilDiv(data.size(), capacity());
    }

    /// The batches of that epoch.
    public Iterable<Batch> epoch(int epoch) {
        return epoch(epoch, 0);
    }

    /// The batches of that epoch from batch `first` on; none if `first` is [#batches()].
    ///
    /// @throws IllegalArgumentException if there is no such batch
    public Iterable<Batch> epoch(int epoch, int first) {
        if (epoch < 0 || first < 0 || first > batches()) {
            throw new IllegalArgumentException(
                    "no batch " + first + " in epoch " + epoch + ": an epoch has " + batches() + " batches");
        }
        return () -> current = new Cursor(epoch, order(epoch), first);
    }

    private int[] order(int epoch) {
        if (key != null) {
            return key.child("shuffle").child(epoch).permutation(data.size());
        }
        int[] order = new int[data.size()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        return order;
    }

    private final class Cursor implements Iterator<Batch> {
        private final int epoch;
        private final int[] order;
        private int next;

        Cursor(int epoch, int[] order, int first) {
            this.epoch = epoch;
            this.order = order;
            this.next = first;
        }

        @Override
        public boolean hasNext() {
            return next < batches();
        }

        /// @throws IllegalStateException if another pass over the loader has begun, which has taken the buffers
        @Override
        public Batch next() {
            if (!hasNext()) {
                throw new NoSuchElementException("epoch " + epoch + " has " + batches() + " batches");
            }
            if (current != this) {
                throw new IllegalStateException("another pass over this loader has begun; its buffers serve one at a"
                        + " time, so take a second loader");
            }
            Batch batch = turns.get(next % turns.size());
            int from = next++ * capacity();
            batch.fill(data, padding, order, from, Math.min(capacity(), order.length - from), epoch);
            return batch;
        }
    }
}
