package adjoint.linalg;

import adjoint.linalg.internal.MatrixFunctions;

/// The polar decomposition of a matrix by a Newton–Schulz iteration: an orthogonal factor and a symmetric positive
/// semidefinite one.
///
/// ```java
/// Polar<double[]> polar = Polar.of(Kernels.f64(), m, n, a);        // A = Q·H
/// float[] q = Polar.orthogonal(Kernels.f32(), m, n, gradient);     // the step of a spectral descent, say
///
/// Polar.orthogonalInPlace(kernels, m, n, a, 0, n);                 // a becomes Q
/// ```
///
/// | A of `m × n` | | Q | H |
/// |---|---|---|---|
/// | `m ≥ n` | `A = Q·H` | `m × n`, orthonormal columns | `n × n`, `(AᵀA)^½` |
/// | `m < n` | `A = H·Q` | `m × n`, orthonormal rows | `m × m`, `(AAᵀ)^½` |
///
/// With the singular value decomposition `A = U·Σ·Vᵀ`, Q is `U·Vᵀ`: of all matrices with orthonormal columns, the one
/// nearest to A. All row-major.
///
/// With k the smaller side, `‖QᵀQ - I‖ ≤ c·k·ε`, and `‖A - Q·H‖ ≤ c·k·ε·‖A‖` with a moderate c. The iteration is made
/// of matrix products alone, some 9 steps of `4mnk + 2k³` operations for a condition up to 10³, and 6 more for each
/// further factor of 10³ to 10⁴. A matrix without full rank has no unique Q; rounding errors mostly complete it to one
/// of the many, else there is an exception.
///
/// Reference: N. Higham, *Functions of Matrices*, chapter 8; of the iteration, see its class.
///
/// @param q Q, `m × n`
/// @param h H, of the order of the smaller side, symmetric to the last bit
/// @param <A> `float[]` or `double[]`
public record Polar<A>(A q, A h) {
    /// Decomposes the row-major `m × n` matrix `a`, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    /// @throws ArithmeticException if the matrix is zero, or rank deficient so that the iteration does not converge
    public static <A> Polar<A> of(Kernels<A> kernels, int m, int n, A a) {
        A q = orthogonal("Polar.of", kernels, m, n, a);
        int k = Math.min(m, n);
        A h = Decomposition.vector(kernels, k * k);
        if (m >= n) {
            kernels.gemm(Transpose.YES, Transpose.NO, n, n, m, 1, q, 0, n, a, 0, n, 0, h, 0, n);
        } else {
            kernels.gemm(Transpose.NO, Transpose.YES, m, m, n, 1, a, 0, n, q, 0, n, 0, h, 0, m);
        }
        MatrixFunctions.of(kernels).symmetrize(k, h);
        return new Polar<>(q, h);
    }

    /// Q alone, for the row-major `m × n` matrix `a`, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    /// @throws ArithmeticException if the matrix is zero, or rank deficient so that the iteration does not converge
    public static <A> A orthogonal(Kernels<A> kernels, int m, int n, A a) {
        return orthogonal("Polar.orthogonal", kernels, m, n, a);
    }

    private static <A> A orthogonal(String name, Kernels<A> kernels, int m, int n, A a) {
        Decomposition.check(name, kernels, m, n, a);
        A q = Decomposition.copy(kernels, m, n, a);
        MatrixFunctions.of(kernels).polar(name, kernels, m, n, q, 0, n);
        return q;
    }

    /// Replaces the `m × n` matrix by its Q. It is unchanged if there is an exception.
    ///
    /// @throws IllegalArgumentException if a size is negative, `lda` is too small, or an element is NaN or infinite
    /// @throws IndexOutOfBoundsException if the array is too short
    /// @throws ArithmeticException if the matrix is zero, or rank deficient so that the iteration does not converge
    public static <A> void orthogonalInPlace(Kernels<A> kernels, int m, int n, A a, int off, int lda) {
        String name = "Polar.orthogonalInPlace";
        Decomposition.checkFinite(name, kernels, m, n, a, off, lda);
        MatrixFunctions.of(kernels).polar(name, kernels, m, n, a, off, lda);
    }
}
