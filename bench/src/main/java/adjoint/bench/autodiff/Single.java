package adjoint.bench.autodiff;

import adjoint.bench.Operation;
import adjoint.linalg.Precision;
import adjoint.linalg.Rng;

/// An operation of the suite: in single precision, as networks are trained.
public interface Single extends Operation {
    @Override
    default Precision precision() {
        return Precision.F32;
    }

    @Override
    default double tolerance() {
        return 2e-4;
    }

    /// `n` normal draws of the stream `seed`.
    static float[] normal(int seed, int n) {
        float[] array = new float[n];
        Rng.of(seed).fillNormal(array, 0, n, 0, 1);
        return array;
    }
}
