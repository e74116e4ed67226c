package adjoint.data;

import adjoint.linalg.Rng;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;

/// The windows of N tokens of a sequence, each with the tokens that follow, in batches, epoch after epoch. Windows of
/// an epoch do not overlap: it sees every token once, but for fewer than 2N at the ends. Order and place of an epoch's
/// windows are a pure function of key and epoch. The last batch of an epoch may be smaller. All batches share one set
/// of buffers: a batch is valid until the next one is asked for.
///
/// ```java
/// String text = TextReader.read(file);
/// int[] tokens = Vocabulary.of(text).encode(text);
/// Windows windows = Windows.shuffled(tokens, 64, 32, Rng.of(1));
/// ```
public final class Windows {
    private final int[] tokens;
    private final int length;
    private final int batchSize;
    private final Rng key;
    private final TokenBatch batch;
    private Object current;

    private Windows(int[] tokens, int length, int batchSize, Rng key) {
        if (length < 1 || batchSize < 1) {
            throw new IllegalArgumentException(
                    "length and batch size must be ≥ 1, got " + length + " and " + batchSize);
        }
        if (tokens.length <= length) {
            throw new IllegalArgumentException("a window of " + length + " tokens and the one that follows need "
                    + (length + 1L) + " tokens, there are " + tokens.length);
        }
        this.tokens = tokens;
        this.length = length;
        this.batchSize = batchSize;
        this.key = key;
        this.batch = new TokenBatch(batchSize, length);
    }

    /// Windows that begin at a place drawn anew for each epoch, in an order drawn anew.
    ///
    /// @throws IllegalArgumentException if the sequence is too short for a window
    public static Windows shuffled(int[] tokens, int length, int batchSize, Rng key) {
        return new Windows(tokens, length, batchSize, key);
    }

    /// Windows from the first token on, in their order.
    ///
    /// @throws IllegalArgumentException if the sequence is too short for a window
    public static Windows inOrder(int[] tokens, int length, int batchSize) {
        return new Windows(tokens, length, batchSize, null);
    }

    /// The number of windows in an epoch: as many as fit wherever the first one begins.
    public int size() {
        return Math.max(1, key == null ? (tokens.length - 1) / length : (tokens.length - length) / length);
    }

    /// The number of batches of an epoch.
    public int batches() {
        return Math.ceilDiv(size(), batchSize);
    }

    /// The batches of that epoch.
    public Iterable<TokenBatch> epoch(int epoch) {
        int[] order = key == null
                ? IntStream.range(0, size()).toArray()
                : key.child("shuffle").child(epoch).permutation(size());
        int places = tokens.length - size() * length;
        int first = key == null ? 0 : key.child("place").below(epoch, places);
        return () -> {
            Cursor cursor = new Cursor(order, first);
            current = cursor;
            return cursor;
        };
    }

    private final class Cursor implements Iterator<TokenBatch> {
        private final int[] order;
        private final int first;
        private int next;

        Cursor(int[] order, int first) {
            this.order = order;
            this.first = first;
        }

        @Override
        public boolean hasNext() {
            return next < order.length;
        }

        @Override
        public TokenBatch next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the epoch has " + batches() + " batches");
            }
            if (current != this) {
                throw new IllegalStateException("another pass over these windows has begun; their buffers serve one at"
                        + " a time, so take others");
            }
            batch.begin();
            int end = Math.min(order.length, next + batchSize);
            for (; next < end; next++) {
                batch.add(tokens, first + order[next] * length);
            }
            return batch;
        }
    }
}
