package adjoint.autodiff;

import adjoint.linalg.Precision;

/// What the elements of a [Tensor] are.
///
/// `F32` and `F64` can be differentiated; `I32` and `I64` are for labels and indices.
public enum DType {
    F32(4),
    F64(8),
    I32(4),
    I64(8);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /// Bytes per element.
    public int bytes() {
        return bytes;
    }

    /// True for `F32` and `F64`.
    public boolean isFloating() {
        return this == F32 || this == F64;
    }

    /// A zeroed array of `length` elements: `float[]`, `double[]`, `int[]` or `long[]`.
    public Object allocate(int length) {
        return switch (this) {
            case F32 -> new float[length];
            case F64 -> new double[length];
            case I32 -> new int[length];
            case I64 -> new long[length];
        };
    }

    /// The precision of `linalg`'s kernels for this type.
    ///
    /// @throws IllegalArgumentException for an integer type
    public Precision precision() {
        return switch (this) {
            case F32 -> Precision.F32;
            case F64 -> Precision.F64;
            case I32, I64 -> throw new IllegalArgumentException("no floating point kernels for " + this);
        };
    }

    /// The type of the elements of `array`.
    ///
    /// @throws IllegalArgumentException if it is no `float[]`, `double[]`, `int[]` or `long[]`
    static DType of(Object array) {
        return switch (array) {
            case float[] _ -> F32;
            case double[] _ -> F64;
            case int[] _ -> I32;
            case long[] _ -> I64;
            default ->
                throw new IllegalArgumentException("a tensor holds float[], double[], int[] or long[], not "
                        + array.getClass().getSimpleName());
        };
    }

    /// The length of a primitive array of this type.
    int length(Object array) {
        return switch (this) {
            case F32 -> ((float[]) array).length;
            case F64 -> ((double[]) array).length;
            case I32 -> ((int[]) array).length;
            case I64 -> ((long[]) array).length;
        };
    }
}
