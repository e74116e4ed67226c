package adjoint.linalg;

/// Square systems of linear equations in one call each, under the names of `numpy.linalg`. Matrices are row-major
/// `float[]` or `double[]`, and are not changed; all of it is [Lu], which also serves several calls with one matrix.
///
/// ```java
/// double[] x = LinearSystems.solve(2, 1, new double[] {3, 1, 1, 2}, new double[] {9, 8});   // {2, 3}
/// ```
public final class LinearSystems {
    private LinearSystems() {}

    /// X with `A·X = B`, for A of order n and B of `n × columns`.
    ///
    /// @throws IllegalArgumentException if a size is wrong
    /// @throws PivotException if A is singular
    public static <A> A solve(int n, int columns, A a, A b) {
        return lu(n, a).solve(columns, b);
    }

    /// A⁻¹ for A of order n.
    ///
    /// @throws IllegalArgumentException if the size is wrong
    /// @throws PivotException if A is singular
    public static <A> A inv(int n, A a) {
        return lu(n, a).inverse();
    }

    /// The determinant of A of order n: 0 if it is singular.
    ///
    /// @throws IllegalArgumentException if the size is wrong
    public static double det(int n, Object a) {
        return lu(n, a).det();
    }

    /// The sign and the logarithm of the magnitude of the determinant of A of order n.
    ///
    /// @throws IllegalArgumentException if the size is wrong
    public static LogDeterminant slogdet(int n, Object a) {
        return lu(n, a).logDet();
    }

    @SuppressWarnings("unchecked")
    private static <A> Lu<A> lu(int n, A a) {
        return Lu.of((Kernels<A>) Precision.of(a).kernels(), n, a);
    }
}
