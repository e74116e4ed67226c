package adjoint.linalg;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicInteger;
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

    /// How often a thread that has run out of work looks again before it sleeps, about 20 µs.
    private static final int SPINS = 400;

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

    /// The threads beside the caller's, daemons: they start at the first region that needs them, and end when
    /// there was nothing to do for a minute.
    private static final class Team {
        final int threads;
        private ForkJoinPool pool;

        Team(int threads) {
            this.threads = threads;
        }

        void run(Region region, boolean[] inside) {
            int helpers = Math.min(threads, region.pieces) - 1;
            ForkJoinPool workers = pool();
            for (int i = 0; i < helpers; i++) {
                workers.execute(region);
            }
            inside[0] = true;
            try {
                region.work();
            } finally {
                inside[0] = false;
            }
            region.await();
        }

        private synchronized ForkJoinPool pool() {
            if (pool == null) {
                pool = new ForkJoinPool(threads - 1, Team::worker, null, true);
            }
            return pool;
        }

        private static ForkJoinWorkerThread worker(ForkJoinPool pool) {
            ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
            thread.setName("adjoint-" + (thread.getPoolIndex() + 1));
            return thread;
        }
    }

    /// One call of [#range]: pieces are handed out in order, so that all below a failed one have been run.
    private static final class Region implements Runnable {
        final int pieces;
        private final int n;
        private final int grain;
        private final RangeBody body;
        private final Thread caller = Thread.currentThread();
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private int failedPiece = Integer.MAX_VALUE;
        private Throwable failure;

        Region(int n, int grain, int pieces, RangeBody body) {
            this.n = n;
            this.grain = grain;
            this.pieces = pieces;
            this.body = body;
            this.left = new AtomicInteger(pieces);
        }

        /// A worker's share.
        @Override
        public void run() {
            boolean[] inside = INSIDE.get();
            inside[0] = true;
            try {
                work();
            } finally {
                inside[0] = false;
            }
        }

        void work() {
            for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                try {
                    body.accept(piece * grain, (int) Math.min(n, (piece + 1L) * grain));
                } catch (Throwable e) {
                    fail(piece, e);
                }
                if (left.decrementAndGet() == 0) {
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

        void await() {
            for (int spin = 0; left.get() != 0; spin++) {
                if (spin < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
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
