package adjoint.linalg.internal;

import java.util.concurrent.atomic.AtomicLong;

/// Checks that the register tiles of one precision run as compiled code should. Before the JIT compiler C2 has compiled
/// them there is nothing to measure, and then they are in use: so the check is the first products that are not small.
/// One at speed ends it. Where none is for a long time, C2 has given up, and tiles of fewer rows take over, which need
/// fewer registers; bits do not change with the height of a tile.
final class TileCheck {
    /// Multiply-adds of a product that is worth a look at the clock.
    static final long WORTH_A_LOOK = 200_000;

    /// Multiply-adds per nanosecond: much more than what an interpreter or C1 reaches with vectors that are objects,
    /// and
    /// much less than any vector unit does.
    private static final double SPEED = 2;

    private static final long PATIENCE_NANOS = 4_000_000_000L;

    private final AtomicLong slowNanos = new AtomicLong();
    private volatile boolean done;
    private volatile boolean slow;

    /// Whether the check has ended.
    boolean done() {
        return done;
    }

    /// Whether it ended badly.
    boolean slow() {
        return slow;
    }

    /// A product took so long.
    void report(long multiplyAdds, long nanos) {
        if (multiplyAdds >= SPEED * nanos) {
            done = true;
        } else if (slowNanos.addAndGet(nanos) > PATIENCE_NANOS) {
            slow = true;
            done = true;
        }
    }

    /// What the check has found.
    String describe() {
        return !done ? "not checked yet" : slow ? "lowered, since they were slow" : "checked";
    }
}
