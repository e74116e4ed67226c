package adjoint.autodiff;

import java.util.Arrays;

/// Buffers that tapes take their results from and give back, by size class. A training loop keeps one pool per shard,
/// so that a step allocates (almost) nothing once it is warm.
///
/// A pool serves one thread at a time: tapes of two threads cannot be open on it at once.
///
/// Lengths are rounded up to a multiple of an eighth of the next lower power of two, so that at most an eighth of a
/// buffer is unused.
public final class BufferPool {
    private static final ThreadLocal<BufferPool> OF_THREAD = ThreadLocal.withInitial(BufferPool::new);
    private static final int CLASSES = 32 * 8;

    private final Storage[][][] free = new Storage[DType.values().length][CLASSES][];
    private final int[][] freeCount = new int[DType.values().length][CLASSES];
    private int outstanding;
    private long bytes;
    private long held;
    private long peak;
    private MemoryTrace trace;
    private Thread user;
    private int openTapes;
    private Ledger spareLedger;

    /// An empty pool.
    public BufferPool() {}

    /// The pool that tapes opened without one take on the calling thread.
    public static BufferPool ofThread() {
        return OF_THREAD.get();
    }

    /// Buffers taken and not given back: 0 when no tape is open.
    public int outstanding() {
        return outstanding;
    }

    /// Bytes of the buffers made so far and not let go, in use or not.
    public long bytes() {
        return bytes;
    }

    /// Bytes of the buffers taken and not given back.
    public long heldBytes() {
        return held;
    }

    /// The most bytes held at once, since the pool was made or [#resetPeak] was called.
    public long peakBytes() {
        return peak;
    }

    /// Counts the peak anew, from what is held now.
    public void resetPeak() {
        peak = held;
    }

    /// Lets go of the buffers that are not in use.
    public void clear() {
        for (DType dtype : DType.values()) {
            for (int c = 0; c < CLASSES; c++) {
                bytes -= (long) freeCount[dtype.ordinal()][c] * capacity(c) * dtype.bytes();
                free[dtype.ordinal()][c] = null;
                freeCount[dtype.ordinal()][c] = 0;
            }
        }
        spareLedger = null;
    }

    /// A buffer of at least `length` elements with arbitrary content and no holder.
    Storage take(DType dtype, int length) {
        int c = sizeClass(length);
        int count = freeCount[dtype.ordinal()][c];
        Storage storage;
        if (count > 0) {
            Storage[] stack = free[dtype.ordinal()][c];
            storage = stack[count - 1];
            stack[count - 1] = null;
            freeCount[dtype.ordinal()][c] = count - 1;
        } else {
            int capacity = capacity(c);
            storage = new Storage(dtype.allocate(capacity), this, c, (long) capacity * dtype.bytes());
            bytes += storage.bytes;
        }
        held += storage.bytes;
        peak = Math.max(peak, held);
        if (trace != null) {
            trace.taken(storage, Engine.ofThread().meter.running());
        }
        storage.holders = 0;
        storage.lasting = false;
        storage.user = null;
        storage.taken = true;
        outstanding++;
        return storage;
    }

    void giveBack(Storage storage) {
        if (!storage.taken) {
            return;
        }
        storage.taken = false;
        storage.generation++;
        outstanding--;
        held -= storage.bytes;
        if (trace != null) {
            trace.givenBack(storage);
        }
        int type = DType.of(storage.array).ordinal();
        int c = storage.sizeClass;
        Storage[] stack = free[type][c];
        int count = freeCount[type][c]++;
        if (stack == null) {
            free[type][c] = stack = new Storage[4];
        } else if (count == stack.length) {
            free[type][c] = stack = Arrays.copyOf(stack, 2 * count);
        }
        stack[count] = storage;
    }

    /// Called when a tape opens on this pool: lists for it to write to.
    Ledger open() {
        Thread thread = Thread.currentThread();
        if (openTapes > 0 && user != thread) {
            throw new IllegalStateException("this BufferPool has a tape open on thread " + user.getName()
                    + ": give each thread a pool of its own");
        }
        user = thread;
        openTapes++;
        Profile profile = Meter.profile;
        trace = profile == null ? null : profile.memoryTrace();
        Ledger ledger = spareLedger == null ? new Ledger() : spareLedger;
        spareLedger = null;
        return ledger;
    }

    void close(Ledger ledger) {
        openTapes--;
        if (openTapes == 0) {
            user = null;
        }
        spareLedger = ledger;
    }

    /// Classes 0 … 15 hold 1 … 16 elements; above, eight per power of two.
    static int sizeClass(int length) {
        if (length <= 16) {
            return Math.max(0, length - 1);
        }
        int last = length - 1;
        int exponent = 31 - Integer.numberOfLeadingZeros(last);
        return (exponent - 2) * 8 + (last >>> exponent - 3 & 7);
    }

    static int capacity(int sizeClass) {
        if (sizeClass < 16) {
            return sizeClass + 1;
        }
        int exponent = sizeClass / 8 + 2;
        long capacity = (long) (8 + sizeClass % 8 + 1) << exponent - 3;
        return (int) Math.min(capacity, Integer.MAX_VALUE - 8);
    }
}
