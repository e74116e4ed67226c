package adjoint.bench.peers;

import adjoint.bench.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/// The memory that the process holds at most in a training step, above what it held before there was a model: the
/// high-water mark that Linux keeps.
final class TorchMemory implements Task {
    private static final Path STATUS = Path.of("/proc/self/status");
    /// Writing 5 sets the high-water mark to what is held now.
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");

    private final Runnable step;
    private final double floor;

    /// @param least makes a step of a small model
    /// @param step makes that to be measured
    TorchMemory(Supplier<Runnable> least, Supplier<Runnable> step) {
        // Threads, kernels and buffers of the library itself belong to the floor.
        least.get().run();
        System.gc();
        floor = kilobytes("VmRSS");
        this.step = step.get();
    }

    @Override
    public void call() {
        step.run();
    }

    @Override
    public Object result() {
        return null;
    }

    @Override
    public OptionalDouble work() {
        try {
            Files.writeString(CLEAR, "5");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        step.run();
        step.run();
        return OptionalDouble.of(1024 * (kilobytes("VmHWM") - floor));
    }

    private static double kilobytes(String name) {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(name + ":")) {
                    return Double.parseDouble(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("no " + name + " in " + STATUS);
    }
}
