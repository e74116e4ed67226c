package adjoint.bench.linalg;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.linalg.Precision;
import java.util.Optional;
import java.util.OptionalDouble;

/// The most that memory gives: `a = b + s·c` on arrays of the operation's size, two read and one written. A pass over
/// another number of arrays is compared with as long as these would take at that rate.
public final class Triad implements Contender {
    private static final double ARRAYS = 3;

    @Override
    public String version() {
        return "a = b + s·c in single precision";
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        if (!(operation instanceof RowWise of)
                || of.precision() != Precision.F32
                || of.function().arrays() == 0) {
            return Optional.empty();
        }
        float[] a = new float[of.rows() * of.columns()];
        float[] b = (float[]) of.input(0);
        float[] c = (float[]) of.input(1);
        double elements = of.work() * ARRAYS / of.function().arrays();
        return Optional.of(new Pass(() -> triad(a, b, c), elements));
    }

    /// @param elements how many of the operation's would take as long
    private record Pass(Runnable body, double elements) implements Task {
        @Override
        public void call() {
            body.run();
        }

        @Override
        public Object result() {
            return null;
        }

        @Override
        public OptionalDouble work() {
            return OptionalDouble.of(elements);
        }
    }

    private static void triad(float[] a, float[] b, float[] c) {
        for (int i = 0; i < a.length; i++) {
            a[i] = b[i] + 0.5f * c[i];
        }
    }
}
