package adjoint.linalg;

import java.lang.reflect.Method;

/// The bytes that this thread has allocated. The bean that knows is not of a module that this one reads.
public final class Allocated {
    private static final int CALLS = 200;
    private static final int ROUNDS = 400;
    private static final long PATIENCE = 60_000_000_000L;

    private static final Object BEAN;
    private static final Method BYTES;

    static {
        try {
            BEAN = Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getThreadMXBean")
                    .invoke(null);
            BYTES = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private Allocated() {}

    private static long bytes() {
        try {
            return (long) BYTES.invoke(BEAN);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /// Asking allocates, too.
    private static long ofAsking() {
        long first = bytes();
        return bytes() - first;
    }

    /// The bytes of one call on a new thread, to which no work array has been lent yet.
    public static long once(Runnable call) {
        long[] allocated = {Long.MAX_VALUE};
        Thread thread = new Thread(() -> {
            long before = bytes();
            call.run();
            allocated[0] = bytes() - before;
        });
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return allocated[0];
    }

    /// The bytes of the best of many rounds of calls: 0 if the call is free of allocation once it is warm, however long
    /// it warms up. On a busy machine, code may wait long for its turn to be compiled.
    public static long least(Runnable call) {
        long least = Long.MAX_VALUE;
        long patience = System.nanoTime() + PATIENCE;
        for (int round = 0; least > 0 && (round < ROUNDS || System.nanoTime() < patience); round++) {
            long asking = ofAsking();
            long before = bytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            least = Math.min(least, Math.max(0, bytes() - before - asking));
        }
        return least;
    }
}
