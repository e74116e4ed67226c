package adjoint.linalg;

/// The right operand op(B) of a product, packed once for many products: weights that do not change. Made by
/// [Kernels#pack]; a copy, which later changes of B do not reach. It belongs to the kernels that made it.
///
/// @param <A> `float[]` or `double[]`
public final class PackedMatrix<A> {
    private final Kernels<A> kernels;
    private final int rows;
    private final int cols;
    private final A data;

    PackedMatrix(Kernels<A> kernels, int rows, int cols, A data) {
        this.kernels = kernels;
        this.rows = rows;
        this.cols = cols;
        this.data = data;
    }

    /// The rows of op(B).
    public int rows() {
        return rows;
    }

    /// The columns of op(B).
    public int cols() {
        return cols;
    }

    /// The elements in the order of the kernels that packed them.
    ///
    /// @throws IllegalArgumentException if these are other ones
    A data(Kernels<A> reader) {
        if (reader != kernels) {
            throw new IllegalArgumentException("gemm: b was packed by other kernels, " + kernels.precision() + " "
                    + kernels.getClass().getSimpleName());
        }
        return data;
    }

    @Override
    public String toString() {
        return "PackedMatrix[" + rows + " × " + cols + ", " + kernels.precision() + "]";
    }
}
