package adjoint.linalg;

/// The two floating-point precisions of this module: IEEE 754 binary32 in `float[]` and binary64 in
/// `double[]`.
public enum Precision {
    /// Single precision, `float[]`.
    F32 {
        @Override
        public float[] allocate(int n) {
            return new float[n];
        }

        @Override
        public int bytes() {
            return Float.BYTES;
        }

        @Override
        public Kernels<float[]> kernels() {
            return Kernels.f32();
        }
    },
    /// Double precision, `double[]`.
    F64 {
        @Override
        public double[] allocate(int n) {
            return new double[n];
        }

        @Override
        public int bytes() {
            return Double.BYTES;
        }

        @Override
        public Kernels<double[]> kernels() {
            return Kernels.f64();
        }
    };

    /// A new zeroed array of `n` elements: `float[]` or `double[]`.
    public abstract Object allocate(int n);

    /// The bytes of one element: 4 or 8.
    public abstract int bytes();

    /// The kernels of this precision; their array type is that of [#allocate].
    public abstract Kernels<?> kernels();

    /// The precision of `array`.
    ///
    /// @throws IllegalArgumentException if it is neither `float[]` nor `double[]`
    public static Precision of(Object array) {
        return switch (array) {
            case float[] _ -> F32;
            case double[] _ -> F64;
            default ->
                throw new IllegalArgumentException(
                        "expected float[] or double[], got " + array.getClass().getSimpleName());
        };
    }
}
