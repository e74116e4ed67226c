package adjoint.bench.linalg;

import adjoint.bench.ArrayTask;
import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.linalg.Precision;
import java.util.Optional;

/// The most that memory gives: `a = b + s·c` on arrays of the operation's size, two read and one written, which is what
/// a fused pass over as many arrays cannot beat.
public final class Triad implements Contender {
    @Override
    public String version() {
        return "a = b + s·c in single precision";
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        if (!(operation instanceof RowWise of) || of.precision() != Precision.F32) {
            return Optional.empty();
        }
        float[] a = new float[of.rows() * of.columns()];
        float[] b = (float[]) of.input(0);
        float[] c = (float[]) of.input(1);
        return Optional.of(new ArrayTask(null, () -> triad(a, b, c)));
    }

    private static void triad(float[] a, float[] b, float[] c) {
        for (int i = 0; i < a.length; i++) {
            a[i] = b[i] + 0.5f * c[i];
        }
    }
}
