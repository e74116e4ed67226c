package adjoint.linalg.internal;

/// A compiled row kernel of one precision: the arguments are those of `Chain.run`, already checked.
public interface RowKernel {
    void run(int rows, int cols, Object[] arrays, int[] offsets, int[] rowStrides, double[] scalars);
}
