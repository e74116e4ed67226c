package adjoint.bench;

/// A task that leaves its result in an array, a `float[]` or `double[]`, or has none to compare.
public record ArrayTask(Object result, Runnable body) implements Task {
    @Override
    public void call() {
        body.run();
    }
}
