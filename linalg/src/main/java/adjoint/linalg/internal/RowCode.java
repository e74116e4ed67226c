package adjoint.linalg.internal;

/// What a generated chain implements: [RowKernel#run] with the room it needs, an array of its precision.
interface RowCode {
    void run(int rows, int cols, Object[] arrays, int[] offsets, int[] rowStrides, double[] scalars, Object scratch);
}
