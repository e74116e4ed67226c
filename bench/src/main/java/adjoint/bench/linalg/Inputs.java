package adjoint.bench.linalg;

import adjoint.linalg.Precision;
import adjoint.linalg.Rng;

/// The numbers that operations start from: the same for all, and none of them special.
final class Inputs {
    private Inputs() {}

    /// `n` normal draws of the stream `seed`, a `float[]` or `double[]`.
    static Object normal(Precision precision, int seed, int n) {
        Object array = precision.allocate(n);
        Rng.of(seed).fillNormal(array, 0, n, 0, 1);
        return array;
    }
}
