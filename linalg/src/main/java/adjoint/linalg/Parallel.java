package adjoint.linalg;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/// Fork–join over index ranges.
///
/// ```java
/// Parallel.range(rows, 64, (from, to) -> kernel(from, to));   // one call per 64 rows
/// Parallel.tasks(shards, shard -> step(shard));               // one call per index
/// ```
///
/// **The work is cut the same way for any number of threads**: `range` calls its body once for each
/// `[i·grain, min(n, (i+1)·grain))`. So a body that writes only what belongs to its range gives the same bits
/// with 1, 2 or 16 threads. A region opened inside a body runs inline, on the thread that opens it.
///
/// The number of threads, the caller's included, is the system property `adjoint.threads`, by default the
/// number of available processors; [#with] changes it for a while.
///
/// If bodies throw, the region rethrows the exception of the lowest index, on the caller's thread; indices
/// behind it may not have run.
public final class Parallel {
    /// The body of [#range].
    @FunctionalInterface
    public interface RangeBody {
        /// Does the work of the indices `from … to-1`.
        void accept(int from, int to);
    }

    /// Undoes a [#with]; closing twice does nothing.
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }

    private static final String PROPERTY = "adjoint.threads";

    /// How long a thread that has run out of work looks for more before it sleeps: to be woken takes as long.
    private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /// How long a worker sleeps before it ends.
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /// Whether the current thread is inside a region already.
    private static final ThreadLocal<boolean[]> INSIDE = ThreadLocal.withInitial(() -> new boolean[1]);

    private static volatile Team team = new Team(configured());

    private Parallel() {}

    /// The number of threads that regions use, the caller's included.
    public static int threads() {
        return team.threads;
    }

    /// Sets the number of threads of the whole process until the scope is closed; scopes must nest.
    ///
    /// @throws IllegalArgumentException if `threads` is not positive
    public static Scope with(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("the number of threads must be ≥ 1, got " + threads);
        }
        synchronized (Parallel.class) {
            Team before = team;
            Team mine = new Team(threads);
            team = mine;
            return () -> {
                synchronized (Parallel.class) {
                    if (team == mine) {
                        team = before;
                        mine.close();
                    }
                }
            };
        }
    }

    /// Calls `body` for the pieces of `0 … n-1` of `grain` indices each, the last one shorter.
    ///
    /// @throws IllegalArgumentException if `n` is negative or `grain` is not positive
    public static void range(int n, int grain, RangeBody body) {
        if (n < 0 || grain < 1) {
            throw new IllegalArgumentException("range: n must be ≥ 0 and grain ≥ 1, got " + n + " and " + grain);
        }
        int pieces = (int) ((n + (grain - 1L)) / grain);
        Team members = team;
        boolean[] inside = INSIDE.get();
        if (pieces <= 1 || members.threads == 1 || inside[0]) {
            for (int piece = 0; piece < pieces; piece++) {
                body.accept(piece * grain, (int) Math.min(n, (piece + 1L) * grain));
            }
        } else {
            members.run(new Region(n, grain, pieces, body), inside);
        }
    }

    /// Calls `body` for each of `0 … n-1`.
    ///
    /// @throws IllegalArgumentException if `n` is negative
    public static void tasks(int n, IntConsumer body) {
        range(n, 1, (from, _) -> body.accept(from));
    }

    private static int configured() {
        String value = System.getProperty(PROPERTY);
        if (value == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        int threads;
        try {
            threads = Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            threads = 0;
        }
        if (threads < 1) {
            throw new IllegalStateException("-D" + PROPERTY + " must be a number ≥ 1, got \"" + value + "\"");
        }
        return threads;
    }

    /// The threads beside the caller's, daemons: each starts at the first region that needs it, and ends when there was
    /// nothing to do for a minute. They help with one region at a time; a caller that comes while another one has them
    /// does its work alone.
    private static final class Team {
        final int threads;
        private final long spinNanos;
        private final AtomicReference<Region> current = new AtomicReference<>();
        private final AtomicReferenceArray<Worker> workers;
        private volatile boolean closed;

        Team(int threads) {
            this.threads = threads;
            this.workers = new AtomicReferenceArray<>(threads - 1);
            this.spinNanos = threads <= Runtime.getRuntime().availableProcessors() ? SPIN_NANOS : 0;
        }

        void run(Region region, boolean[] inside) {
            boolean helped = current.compareAndSet(null, region);
            if (helped) {
                int helpers = Math.min(threads, region.pieces) - 1;
                for (int i = 0; i < helpers; i++) {
                    wake(i);
                }
            }
            inside[0] = true;
            try {
                region.work();
            } finally {
                inside[0] = false;
            }
            region.await(spinNanos);
            if (helped) {
                current.set(null);
            }
            region.rethrow();
        }

        /// A worker that leaves looks for a region again after it is gone from `workers`: so none is missed.
        private void wake(int i) {
            Worker worker = workers.get(i);
            if (worker == null) {
                worker = new Worker(this, i);
                if (workers.compareAndSet(i, null, worker)) {
                    worker.start();
                }
            } else if (worker.asleep) {
                LockSupport.unpark(worker);
            }
        }

        void close() {
            closed = true;
            for (int i = 0; i < workers.length(); i++) {
                LockSupport.unpark(workers.get(i));
            }
        }
    }

    private static final class Worker extends Thread {
        private final Team team;
        private final int index;
        volatile boolean asleep;

        Worker(Team team, int index) {
            super("adjoint-" + (index + 1));
            this.team = team;
            this.index = index;
            setDaemon(true);
        }

        @Override
        public void run() {
            INSIDE.get()[0] = true;
            while (found() || slept()) {
                Region region = team.current.get();
                if (region != null) {
                    region.work();
                }
            }
        }

        private boolean hasWork() {
            Region region = team.current.get();
            return region != null && region.next.get() < region.pieces;
        }

        /// Looks for work for a while.
        private boolean found() {
            long start = System.nanoTime();
            for (int spin = 1; !hasWork(); spin++) {
                if (team.closed || spin % 32 == 0 && System.nanoTime() - start > team.spinNanos) {
                    return false;
                }
                onSpinWait();
            }
            return true;
        }

        /// Sleeps until there is work; false if the thread shall end.
        private boolean slept() {
            asleep = true;
            while (!hasWork()) {
                if (team.closed) {
                    return false;
                }
                long start = System.nanoTime();
                LockSupport.parkNanos(team, IDLE_NANOS);
                if (System.nanoTime() - start >= IDLE_NANOS && ended()) {
                    return false;
                }
            }
            asleep = false;
            return true;
        }

        private boolean ended() {
            team.workers.set(index, null);
            return !hasWork() || !team.workers.compareAndSet(index, null, this);
        }
    }

    /// One call of [#range]: pieces are handed out in order, so that all below a failed one have been run.
    private static final class Region {
        final int pieces;
        private final int n;
        private final int grain;
        private final RangeBody body;
        private final Thread caller = Thread.currentThread();
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private volatile boolean waiting;
        private int failedPiece = Integer.MAX_VALUE;
        private Throwable failure;

        Region(int n, int grain, int pieces, RangeBody body) {
            this.n = n;
            this.grain = grain;
            this.pieces = pieces;
            this.body = body;
            this.left = new AtomicInteger(pieces);
        }

        void work() {
            for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                try {
                    body.accept(piece * grain, (int) Math.min(n, (piece + 1L) * grain));
                } catch (Throwable e) {
                    fail(piece, e);
                }
                if (left.decrementAndGet() == 0 && waiting) {
                    LockSupport.unpark(caller);
                }
            }
        }

        private synchronized void fail(int piece, Throwable e) {
            if (piece < failedPiece) {
                failedPiece = piece;
                failure = e;
            }
            // Hand out nothing more: what is left counts as done.
            int unstarted = pieces - Math.min(pieces, next.getAndSet(pieces));
            left.addAndGet(-unstarted);
        }

        /// Waits until all pieces are done.
        void await(long spinNanos) {
            if (left.get() == 0) {
                return;
            }
            long start = System.nanoTime();
            for (int spin = 1; left.get() != 0; spin++) {
                if (spin % 32 == 0 && System.nanoTime() - start > spinNanos) {
                    waiting = true;
                    while (left.get() != 0) {
                        LockSupport.park(this);
                    }
                }
                Thread.onSpinWait();
            }
        }

        void rethrow() {
            synchronized (this) {
                if (failure instanceof RuntimeException e) {
                    throw e;
                }
                if (failure instanceof Error e) {
                    throw e;
                }
                if (failure != null) {
                    throw new IllegalStateException(failure);
                }
            }
        }
    }
}
