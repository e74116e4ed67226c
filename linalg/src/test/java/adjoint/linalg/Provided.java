package adjoint.linalg;

import java.util.ArrayList;
import java.util.List;

/// The kernels of one provider and precision, with arrays seen as `double[]`: what the kernel tests run over.
record Provided<A>(String name, Kernels<A> kernels) {
    /// All kernels that this JVM can link: scalar ones always, vector ones where the Vector API is there.
    static List<Provided<?>> all() {
        List<Provided<?>> all = new ArrayList<>();
        all.add(of("FloatKernels"));
        all.add(of("DoubleKernels"));
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            all.add(of("FloatSimdKernels"));
            all.add(of("DoubleSimdKernels"));
        }
        return all;
    }

    private static <A> Provided<A> of(String name) {
        return new Provided<>(name, Simd.kernels("adjoint.linalg." + name));
    }

    /// The values rounded to this precision.
    @SuppressWarnings("unchecked")
    A array(double... values) {
        Object array = kernels.precision().allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            switch (array) {
                case float[] a -> a[i] = (float) values[i];
                case double[] a -> a[i] = values[i];
                default -> throw new AssertionError(array);
            }
        }
        return (A) array;
    }

    static double[] doubles(Object array) {
        return switch (array) {
            case float[] a -> {
                double[] values = new double[a.length];
                for (int i = 0; i < a.length; i++) {
                    values[i] = a[i];
                }
                yield values;
            }
            case double[] a -> a.clone();
            default -> throw new AssertionError(array);
        };
    }

    /// Whether these are the kernels that [Kernels#f32] or [Kernels#f64] would choose.
    boolean isOfThisProvider() {
        return name.contains("Simd") == (Simd.provider() == Simd.Provider.SIMD);
    }

    /// The distance from 1 to the next number of this precision.
    double epsilon() {
        return kernels.precision() == Precision.F32 ? Math.ulp(1f) : Math.ulp(1.0);
    }

    double smallestNormal() {
        return kernels.precision() == Precision.F32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    }

    @Override
    public String toString() {
        return name;
    }
}
