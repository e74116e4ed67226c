package adjoint.bench.duality;

import adjoint.autodiff.Tensor;
import adjoint.bench.Task;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/// A computation that is timed by itself, so often and no more: its work is the seconds of the fastest.
final class TimedTask implements Task {
    private final Supplier<Tensor> computation;
    private int left;
    private double seconds = Double.POSITIVE_INFINITY;
    private Tensor result;

    /// @param times how often
    TimedTask(int times, Supplier<Tensor> computation) {
        this.computation = computation;
        left = times;
    }

    @Override
    public void call() {
        for (; left > 0; left--) {
            long start = System.nanoTime();
            result = computation.get();
            seconds = Math.min(seconds, (System.nanoTime() - start) / 1e9);
        }
    }

    @Override
    public Object result() {
        return result.toDoubles();
    }

    @Override
    public boolean repeats() {
        return false;
    }

    @Override
    public OptionalDouble work() {
        return OptionalDouble.of(seconds);
    }
}
