package adjoint.cli;

import java.util.concurrent.CountDownLatch;

/// Lets work come to a good end when the user presses Ctrl-C: asks it to stop, and keeps the process alive until it
/// has.
///
/// ```
/// try (Interrupt _ = new Interrupt(training::requestStop)) {
///     … // ends soon after it was asked to, with all it has to write and to say
/// }
/// ```
final class Interrupt implements AutoCloseable {
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread hook;

    Interrupt(Runnable stop) {
        hook = new Thread(
                () -> {
                    stop.run();
                    awaitEnd();
                },
                "adjoint-interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /// The work has ended.
    @Override
    public void close() {
        ended.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending because of the interrupt: the hook has done its work.
            return;
        }
    }

    private void awaitEnd() {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
