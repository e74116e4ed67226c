package adjoint.linalg.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Has generated code compiled before it is used.
///
/// Until the JIT compiler C2 has compiled a method on vectors, each operation in it makes an object: it runs fifty
/// times slower, and one that is called rarely does so for long. So what is generated has a stand-in, code with the
/// same bits that all of its kind share. A stand-in that has done enough work starts a [Trial]: the generated method
/// runs on scratch data, in a daemon thread, until it is at speed, and takes over then. What never gets there, because
/// C2 gave up on it, is left to its stand-in.
public final class WarmUp {
    /// The vector operations, some milliseconds of them, after which a stand-in starts a trial: compiling takes some
    /// tens. The system property `adjoint.linalg.warmup` changes it; 0 tries at the first call.
    static final long WORTH_A_TRIAL = Long.getLong("adjoint.linalg.warmup", 1L << 23);

    /// The vector operations that any call of a stand-in counts for besides its own: some thousand short calls are
    /// worth a trial, too, as they are for C2.
    static final long CALL = 2000;

    /// Nanoseconds of a vector operation: several times what vector units take, several times less than what an object
    /// does.
    private static final double SPEED = 10;

    /// The turns after which a method is given up, a minute of them: no time, of which a busy machine gives compilers
    /// little.
    private static final int MOST_TURNS = 20_000;

    /// The calls that make C2 compile a method when it has nothing else to do, and how long a trial has its turn until
    /// it had so many.
    private static final int ENOUGH_CALLS = 1000;

    private static final long TURN_NANOS = 2_000_000;

    /// Then it waits for the compilers: more calls would mostly make garbage, and turns are short, with pauses.
    private static final long SHORT_TURN_NANOS = 100_000;

    private static final long PAUSE_MILLIS = 2;

    private static final List<Trial> NEW = new ArrayList<>();
    private static boolean running;
    private static final AtomicInteger GIVEN_UP = new AtomicInteger();

    private WarmUp() {}

    /// One generated method that is to be compiled.
    abstract static class Trial {
        private Runnable call;
        private int total;
        private int turns;

        /// Generates the method; the result is a call of it on scratch data.
        abstract Runnable open();

        /// The vector operations of that call.
        abstract long operations();

        /// Ends the trial: the method is at speed and may be used from now on, or never.
        abstract void end(boolean atSpeed);

        int mostTurns() {
            return MOST_TURNS;
        }

        /// Runs for a while; whether the trial is over.
        private boolean isOver() {
            if (call == null) {
                try {
                    call = open();
                } catch (RuntimeException | LinkageError e) {
                    System.getLogger("adjoint.linalg")
                            .log(System.Logger.Level.WARNING, "No fast code could be generated for a kernel", e);
                    finish(false);
                    return true;
                }
            }
            long start = System.nanoTime();
            long now = start;
            long turn = isWaiting() ? SHORT_TURN_NANOS : TURN_NANOS;
            int calls = 0;
            while (calls < ENOUGH_CALLS && now - start < turn) {
                call.run();
                calls++;
                now = System.nanoTime();
            }
            total += calls;
            boolean atSpeed = now - start < SPEED * calls * operations();
            if (!atSpeed && ++turns < mostTurns()) {
                return false;
            }
            finish(atSpeed);
            return true;
        }

        private boolean isWaiting() {
            return total >= ENOUGH_CALLS;
        }

        private void finish(boolean atSpeed) {
            if (!atSpeed) {
                GIVEN_UP.incrementAndGet();
            }
            end(atSpeed);
        }
    }

    /// How many trials have ended without speed.
    public static int givenUp() {
        return GIVEN_UP.get();
    }

    static synchronized void start(Trial trial) {
        NEW.add(trial);
        if (!running) {
            running = true;
            Thread.ofPlatform().daemon().name("adjoint-warm-up").start(WarmUp::run);
        }
    }

    /// Waits until no trial is under way.
    public static void await() throws InterruptedException {
        synchronized (WarmUp.class) {
            while (running) {
                WarmUp.class.wait();
            }
        }
    }

    private static void run() {
        List<Trial> trials = new ArrayList<>();
        while (takeNew(trials)) {
            trials.removeIf(Trial::isOver);
            if (trials.stream().allMatch(Trial::isWaiting)) {
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException _) {
            // Nobody has this thread to interrupt it.
        }
    }

    /// Whether there is something to do.
    private static synchronized boolean takeNew(List<Trial> trials) {
        trials.addAll(NEW);
        NEW.clear();
        if (trials.isEmpty()) {
            running = false;
            WarmUp.class.notifyAll();
        }
        return running;
    }
}
