package adjoint.linalg;

import adjoint.linalg.internal.MatrixFunctions;

/// The exponential of a square matrix, `eᴬ = Σₖ Aᵏ/k!`.
///
/// ```java
/// double[] e = MatrixExponential.of(Kernels.f64(), n, a);
///
/// MatrixExponential.inPlace(kernels, n, a, 0, n);   // a becomes its exponential
/// ```
///
/// By scaling and squaring: a Padé approximant at `2⁻ˢ·A`, squared s times, with order and s chosen from the norms of
/// powers of A, so that a matrix far from normal is not scaled more than it needs. But for rounding errors the result
/// is `e^(A + E)` with `‖E‖ ≤ u·‖A‖`. Rounding errors of the squarings may grow where ‖A‖ is large and eᴬ is small; for
/// a normal matrix they stay within `c·n·ε·‖A‖·‖eᴬ‖`. A result beyond the range of numbers is infinite or NaN. The cost
/// is some 12 + 2s products of order n, two operations per multiply-add, at most.
///
/// Reference: Al-Mohy, N. Higham, "A new scaling and squaring algorithm for the matrix exponential", SIAM J. Matrix
/// Anal. Appl. 31, 2009.
public final class MatrixExponential {
    private MatrixExponential() {}

    /// The exponential of the row-major matrix `a` of order n, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static <A> A of(Kernels<A> kernels, int n, A a) {
        Decomposition.check("MatrixExponential.of", kernels, n, n, a);
        A exponential = Decomposition.copy(kernels, n, n, a);
        MatrixFunctions.of(kernels).exp(kernels, n, exponential, 0, n);
        return exponential;
    }

    /// Replaces the matrix of order n by its exponential.
    ///
    /// @throws IllegalArgumentException if n is negative, `lda` is too small, or an element is NaN or infinite
    /// @throws IndexOutOfBoundsException if the array is too short
    public static <A> void inPlace(Kernels<A> kernels, int n, A a, int off, int lda) {
        Decomposition.checkFinite("MatrixExponential.inPlace", kernels, n, n, a, off, lda);
        MatrixFunctions.of(kernels).exp(kernels, n, a, off, lda);
    }
}
