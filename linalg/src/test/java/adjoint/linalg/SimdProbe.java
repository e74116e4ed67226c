package adjoint.linalg;

/// Prints which kernels this JVM chose, and a sum from each.
final class SimdProbe {
    public static void main(String[] args) {
        System.out.println(Simd.describe());
        Kernels<float[]> f32 = Kernels.f32();
        Kernels<double[]> f64 = Kernels.f64();
        System.out.println(f32.getClass().getSimpleName() + " " + f64.getClass().getSimpleName() + " "
                + f32.sum(new float[] {2, 3}, 0, 2) + " " + f64.sum(new double[] {2, 3}, 0, 2));
        System.out.println("threads " + Parallel.threads());
    }
}
