package adjoint.nn.optim;

import adjoint.linalg.Kernels;

/// What is done to a `float[]` or `double[]` whose type is known at run time only.
final class FlatArrays {
    private FlatArrays() {}

    static double at(Object array, int i) {
        return switch (array) {
            case float[] x -> x[i];
            case double[] x -> x[i];
            default -> throw unknown(array);
        };
    }

    /// The sum of the elements `from … to-1`, one by one in double precision.
    static double sum(Object array, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += at(array, i);
        }
        return sum;
    }

    static void fill(Object array, double value) {
        switch (array) {
            case float[] x -> Kernels.f32().fill(x, 0, x.length, value);
            case double[] x -> Kernels.f64().fill(x, 0, x.length, value);
            default -> throw unknown(array);
        }
    }

    static void fill(Object array, int from, int to, double value) {
        switch (array) {
            case float[] x -> Kernels.f32().fill(x, from, to - from, value);
            case double[] x -> Kernels.f64().fill(x, from, to - from, value);
            default -> throw unknown(array);
        }
    }

    /// Exchanges the elements of two arrays of one type and length.
    static void swap(Object a, Object b) {
        switch (a) {
            case float[] x -> swap(x, (float[]) b);
            case double[] x -> swap(x, (double[]) b);
            default -> throw unknown(a);
        }
    }

    private static void swap(float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) {
            float x = a[i];
            a[i] = b[i];
            b[i] = x;
        }
    }

    private static void swap(double[] a, double[] b) {
        for (int i = 0; i < a.length; i++) {
            double x = a[i];
            a[i] = b[i];
            b[i] = x;
        }
    }

    private static AssertionError unknown(Object array) {
        return new AssertionError(array);
    }
}
