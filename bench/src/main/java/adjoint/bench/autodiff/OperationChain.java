package adjoint.bench.autodiff;

import adjoint.bench.Unit;

/// `count` operations in a row on a vector of `n`, `h ← h ∘ y` from `h = x`, and the gradient of Σ h by x, the result:
/// so short that it costs nothing but the recording.
public record OperationChain(Kind kind, int count, int n) implements Single {
    /// What ∘ is.
    public enum Kind {
        ADD,
        MUL
    }

    @Override
    public String kernel() {
        return kind == Kind.ADD ? "add" : "mul";
    }

    @Override
    public String shape() {
        return count + " of " + n;
    }

    @Override
    public Unit unit() {
        return Unit.NANOSECONDS_PER_OPERATION;
    }

    @Override
    public double work() {
        return count;
    }

    /// Where the chain starts.
    public float[] x() {
        return Single.normal(1, n);
    }

    /// What is added, or multiplied with: close to 1.
    public float[] y() {
        float[] y = new float[n];
        for (int i = 0; i < n; i++) {
            y[i] = 0.95f + 0.1f * i / n;
        }
        return y;
    }
}
