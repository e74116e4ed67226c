package adjoint.linalg.internal;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Lane reductions whose order is fixed. `reduceLanes(ADD)` leaves the order open, and takes another one in
/// the interpreter than in compiled code: the same sum would change its last bits while the JVM warms up.
public final class DoubleLanes {
    private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;

    // Lane i takes lane i + distance, around the end; distances halve from half the lanes to one. A species with
    // fewer lanes leaves the last ones at distance 0, and they are not used.
    private static final VectorShuffle<Double> BY_HALF = rotation(2);
    private static final VectorShuffle<Double> BY_QUARTER = rotation(4);
    private static final VectorShuffle<Double> BY_EIGHTH = rotation(8);
    private static final VectorShuffle<Double> BY_SIXTEENTH = rotation(16);
    private static final VectorShuffle<Double> BY_THIRTY_SECOND = rotation(32);

    private DoubleLanes() {}

    private static VectorShuffle<Double> rotation(int part) {
        return VectorShuffle.iota(S, S.length() / part, 1, true);
    }

    /// The bits of a vector of the preferred species.
    public static int bits() {
        return S.vectorBitSize();
    }

    /// The sum of the lanes of a vector of the preferred species: halves are added until one lane is left.
    public static double sum(DoubleVector v) {
        if (S.length() >= 2) {
            v = v.add(v.rearrange(BY_HALF));
        }
        if (S.length() >= 4) {
            v = v.add(v.rearrange(BY_QUARTER));
        }
        if (S.length() >= 8) {
            v = v.add(v.rearrange(BY_EIGHTH));
        }
        if (S.length() >= 16) {
            v = v.add(v.rearrange(BY_SIXTEENTH));
        }
        if (S.length() >= 32) {
            v = v.add(v.rearrange(BY_THIRTY_SECOND));
        }
        return v.lane(0);
    }

    /// Replaces `a[offset]` by the sum of the vector that starts there, in the order of [#sum(DoubleVector)]; its other
    /// elements are overwritten. No vector is handed over, which would become an object where the JIT compiler declines
    /// to inline the call.
    static void sum(double[] a, int offset) {
        for (int half = S.length() / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                a[offset + i] += a[offset + half + i];
            }
        }
    }
}
