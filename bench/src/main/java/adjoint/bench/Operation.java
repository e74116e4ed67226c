package adjoint.bench;

import adjoint.linalg.Precision;
import java.util.Arrays;

/// What is computed: a kernel on a shape in one precision, with the same input and the same result for everyone who
/// computes it.
public interface Operation {
    /// How many elements of a result are compared.
    int SAMPLES = 257;

    /// The kernel's name, e.g. `gemm NT`.
    String kernel();

    /// The sizes, e.g. `128×64×128`.
    String shape();

    Precision precision();

    Unit unit();

    /// What one call does, in the measure of [#unit].
    double work();

    /// By how much two results may differ, relative to the largest element compared.
    double tolerance();

    /// By how much two results may differ.
    ///
    /// @param largest the largest magnitude among the elements compared
    default double allowed(double largest) {
        return tolerance() * Math.max(largest, Double.MIN_NORMAL);
    }

    /// What is compared of a result, a `float[]` or `double[]`: some elements at equal distances, unless the operation
    /// is random or its result is not unique.
    default double[] sketch(Object result) {
        return samples(result);
    }

    /// At most [#SAMPLES] elements at equal distances.
    static double[] samples(Object array) {
        double[] all = doubles(array);
        if (all.length <= SAMPLES) {
            return all;
        }
        double[] some = new double[SAMPLES];
        Arrays.setAll(some, i -> all[(int) ((long) i * (all.length - 1) / (SAMPLES - 1))]);
        return some;
    }

    /// The elements of a `float[]` or a copy of a `double[]`.
    static double[] doubles(Object array) {
        return switch (Precision.of(array)) {
            case F32 -> {
                float[] floats = (float[]) array;
                double[] doubles = new double[floats.length];
                Arrays.setAll(doubles, i -> floats[i]);
                yield doubles;
            }
            case F64 -> ((double[]) array).clone();
        };
    }
}
