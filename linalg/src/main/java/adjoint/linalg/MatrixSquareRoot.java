package adjoint.linalg;

import adjoint.linalg.internal.MatrixFunctions;

/// The principal square root of a square matrix, `X·X = A`, and that of its inverse.
///
/// ```java
/// double[] root = MatrixSquareRoot.symmetric(Kernels.f64(), n, a);          // of a covariance, say
/// double[] whitening = MatrixSquareRoot.inverseSymmetric(Kernels.f64(), n, a);
/// double[] general = MatrixSquareRoot.of(Kernels.f64(), n, b);
/// ```
///
/// | | by | asks for | satisfies, with a small c |
/// |---|---|---|---|
/// | [#symmetric] | eigenvalues | A symmetric, λ ≥ 0 up to n·ε·‖A‖ | `‖X² - A‖ ≤ c·n·ε·‖A‖` |
/// | [#inverseSymmetric] | eigenvalues | A symmetric, λ > n·ε·‖A‖ | `‖X·A·X - I‖ ≤ c·n·ε·κ(A)` |
/// | [#of], [#inverse] | scaled Denman–Beavers iteration, product form | no eigenvalue ≤ 0 | `‖X² - A‖ ≤
/// c·n·ε·‖X‖²·κ(X)` |
///
/// The root of a symmetric matrix is symmetric to the last bit and positive semidefinite; **only the lower triangle of
/// A is read**. The principal root of another matrix is the one whose eigenvalues have positive real parts. The cost is
/// that of [SymmetricEigen] and n³ operations, or some 14n³/3 for each of 5–10 steps.
///
/// Reference: N. Higham, *Functions of Matrices*, chapter 6.
public final class MatrixSquareRoot {
    private MatrixSquareRoot() {}

    /// A^½ for the symmetric positive semidefinite row-major matrix `a` of order n, which is not changed. Eigenvalues
    /// that rounding errors have made negative count as 0.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element of the lower triangle is NaN or infinite
    /// @throws ArithmeticException if the matrix is not positive semidefinite
    public static <A> A symmetric(Kernels<A> kernels, int n, A a) {
        return symmetric("MatrixSquareRoot.symmetric", kernels, false, n, a);
    }

    /// A^-½ for the symmetric positive definite row-major matrix `a` of order n, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element of the lower triangle is NaN or infinite
    /// @throws ArithmeticException if the matrix is not positive definite
    public static <A> A inverseSymmetric(Kernels<A> kernels, int n, A a) {
        return symmetric("MatrixSquareRoot.inverseSymmetric", kernels, true, n, a);
    }

    private static <A> A symmetric(String name, Kernels<A> kernels, boolean inverse, int n, A a) {
        Decomposition.checkLower(name, kernels, n, a);
        A root = Decomposition.copy(kernels, n, n, a);
        MatrixFunctions.of(kernels).symmetricRoot(name, kernels, inverse, n, root, 0, n);
        return root;
    }

    /// Replaces the symmetric matrix of order n by its root, or with `inverse` by that of its inverse. It is unchanged
    /// if there is an exception.
    ///
    /// @throws IllegalArgumentException if n is negative, `lda` is too small, or an element of the lower triangle is
    ///     NaN or infinite
    /// @throws IndexOutOfBoundsException if the array is too short
    /// @throws ArithmeticException if the matrix is not positive semidefinite, or for the inverse, not positive
    /// definite
    public static <A> void symmetricInPlace(Kernels<A> kernels, boolean inverse, int n, A a, int off, int lda) {
        String name = "MatrixSquareRoot.symmetricInPlace";
        Decomposition.checkLower(name, kernels, n, a, off, lda);
        MatrixFunctions.of(kernels).symmetricRoot(name, kernels, inverse, n, a, off, lda);
    }

    /// A^½ for the row-major matrix `a` of order n, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    /// @throws ArithmeticException if the matrix is singular, or has eigenvalues on the negative real axis
    public static <A> A of(Kernels<A> kernels, int n, A a) {
        return general("MatrixSquareRoot.of", kernels, false, n, a);
    }

    /// A^-½ for the row-major matrix `a` of order n, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    /// @throws ArithmeticException if the matrix is singular, or has eigenvalues on the negative real axis
    public static <A> A inverse(Kernels<A> kernels, int n, A a) {
        return general("MatrixSquareRoot.inverse", kernels, true, n, a);
    }

    private static <A> A general(String name, Kernels<A> kernels, boolean inverse, int n, A a) {
        Decomposition.check(name, kernels, n, n, a);
        A root = Decomposition.copy(kernels, n, n, a);
        MatrixFunctions.of(kernels).root(name, kernels, inverse, n, root, 0, n);
        return root;
    }

    /// Replaces the matrix of order n by its root, or with `inverse` by that of its inverse. It is unchanged if there
    /// is an exception.
    ///
    /// @throws IllegalArgumentException if n is negative, `lda` is too small, or an element is NaN or infinite
    /// @throws IndexOutOfBoundsException if the array is too short
    /// @throws ArithmeticException if the matrix is singular, or has eigenvalues on the negative real axis
    public static <A> void inPlace(Kernels<A> kernels, boolean inverse, int n, A a, int off, int lda) {
        String name = "MatrixSquareRoot.inPlace";
        Decomposition.checkFinite(name, kernels, n, n, a, off, lda);
        MatrixFunctions.of(kernels).root(name, kernels, inverse, n, a, off, lda);
    }
}
