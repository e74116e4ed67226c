package adjoint.linalg;

/// An `rows × cols` matrix A of which only the products are known: what iterative methods need of it.
///
/// ```java
/// LinearOperator<double[]> a = LinearOperator.of(kernels, m, n, values);
/// ```
///
/// @param <A> `float[]` or `double[]`
public interface LinearOperator<A> {
    /// The rows of A.
    int rows();

    /// The columns of A.
    int cols();

    /// `Y = A·X`, or with [Transpose#YES] `Y = Aᵀ·X`, for k columns at once: X is `cols × k` and Y `rows × k`, or the
    /// other way round for Aᵀ; both row-major and contiguous from their offsets. With `k = 1`, both are vectors.
    void apply(Transpose transpose, int k, A x, int xOff, A y, int yOff);

    /// The operator of a row-major `m × n` matrix; later changes of `a` change it.
    ///
    /// @throws IllegalArgumentException if the size is wrong
    static <A> LinearOperator<A> of(Kernels<A> kernels, int m, int n, A a) {
        Decomposition.checkSize("LinearOperator.of", m, n, a);
        return new LinearOperator<>() {
            @Override
            public int rows() {
                return m;
            }

            @Override
            public int cols() {
                return n;
            }

            @Override
            public void apply(Transpose transpose, int k, A x, int xOff, A y, int yOff) {
                boolean plain = transpose == Transpose.NO;
                if (k == 1) {
                    kernels.gemv(transpose, m, n, 1, a, 0, n, x, xOff, 1, 0, y, yOff, 1);
                } else {
                    int rows = plain ? m : n;
                    int inner = plain ? n : m;
                    kernels.gemm(transpose, Transpose.NO, rows, k, inner, 1, a, 0, n, x, xOff, k, 0, y, yOff, k);
                }
            }
        };
    }
}
