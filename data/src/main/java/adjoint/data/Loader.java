package adjoint.data;

import adjoint.linalg.Rng;
import java.util.Iterator;
import java.util.NoSuchElementException;

/// The batches of a set, epoch after epoch.
///
/// The order of an epoch is a pure function of key and epoch: it is the same on any thread, and training goes on from
/// any (epoch, batch) without the batches before. The last batch of an epoch may be smaller. All batches share one set
/// of buffers: a batch is valid until the next one is asked for, and a step allocates nothing.
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
    private final Batch batch;
    private Cursor current;

    private Loader(TimeSeries data, Padding padding, int batchSize, Rng key) {
        check(data, padding, batchSize);
        this.data = data;
        this.padding = padding;
        this.key = key;
        this.batch = new Batch(batchSize, padding.length(), data.channels().size());
    }

    /// Batches in an order drawn anew for each epoch.
    ///
    /// @throws IllegalArgumentException if the set has missing values or no classes, or if the buffers do not fit in
    ///     memory
    public static Loader shuffled(TimeSeries data, Padding padding, int batchSize, Rng key) {
        return new Loader(data, padding, batchSize, key);
    }

    /// Batches in the order of the set.
    ///
    /// @throws IllegalArgumentException as for [#shuffled]
    public static Loader inOrder(TimeSeries data, Padding padding, int batchSize) {
        return new Loader(data, padding, batchSize, null);
    }

    /// The bytes of the buffers: 4·(B·L·C + B·L + 2·B), and 4·n for the order of the n cases.
    public static long bytesNeeded(TimeSeries data, Padding padding, int batchSize) {
        long rows = (long) batchSize * padding.length();
        return Math.addExact(
                Math.multiplyExact(rows, 4L * (data.channels().size() + 1)), 8L * batchSize + 4L * data.size());
    }

    private static void check(TimeSeries data, Padding padding, int batchSize) {
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
        long needed = bytesNeeded(data, padding, batchSize);
        long values = (long) batchSize * padding.length() * data.channels().size();
        if (needed > free || values > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("a batch of " + batchSize + " cases × " + padding.length() + " steps × "
                    + data.channels().size() + " channels needs " + (needed >> 20) + " MiB; "
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
        return Math.ceilDiv(data.size(), batch.capacity());
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
            int from = next++ * batch.capacity();
            batch.fill(data, padding, order, from, Math.min(batch.capacity(), order.length - from), epoch);
            return batch;
        }
    }
}
