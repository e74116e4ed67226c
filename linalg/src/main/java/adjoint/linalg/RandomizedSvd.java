package adjoint.linalg;

/// The leading singular values and vectors of a large matrix from its products with a few random vectors.
///
/// ```java
/// Svd<double[]> leading = RandomizedSvd.of(kernels, m, n, a, 20, 10, 2, Rng.of(1).child("sketch"));
/// ```
///
/// With a Gaussian Ω of `n × l`, `l = rank + oversampling`, the columns of `(A·Aᵀ)^q·A·Ω` span nearly what the leading
/// left vectors span; Q is an orthonormal basis of that, and the SVD of the small matrix QᵀA is the result. Between any
/// two of the products a basis is orthonormalised, or the smaller directions would drown in rounding.
///
/// The error `‖A - U·S·Vᵀ‖₂` is at most `σᵣ₊₁ + e`, where `e = ‖A - Q·Qᵀ·A‖₂ ≤ (1 + 9·√(l·min(m, n)))·σᵣ₊₁` for q = 0,
/// with probability at least `1 - 3·p⁻ᵖ` for an oversampling p; q iterations take the factor to its (2q+1)-th root. Two
/// iterations and an oversampling of 10 are mostly as good as the exact decomposition. The cost is `(2q + 2)` products
/// of A with l vectors, and O((m + n)·l²).
///
/// All randomness comes from the key: the same key gives the same result.
///
/// Reference: Halko, Martinsson, Tropp, "Finding structure with randomness: probabilistic algorithms for constructing
/// approximate matrix decompositions", SIAM Review 53, 2011.
public final class RandomizedSvd {
    private RandomizedSvd() {}

    /// The `rank` leading triplets of the row-major `m × n` matrix `a`.
    ///
    /// @param oversampling the random vectors beyond `rank`; cut where there would be more than rows or columns
    /// @param iterations q
    /// @return U `m × rank`, the values falling, Vᵀ `rank × n`
    /// @throws IllegalArgumentException if the size of `a` is wrong, an element is NaN or infinite, `rank` is not in `0
    /// …
    ///     min(m, n)`, or the oversampling or the number of iterations is negative
    public static <A> Svd<A> of(
            Kernels<A> kernels, int m, int n, A a, int rank, int oversampling, int iterations, Rng key) {
        Decomposition.check("RandomizedSvd.of", kernels, m, n, a);
        return of(kernels, LinearOperator.of(kernels, m, n, a), rank, oversampling, iterations, key);
    }

    /// The `rank` leading triplets of an operator, as above.
    ///
    /// @throws IllegalArgumentException if a product with the operator is NaN or infinite, `rank` is not in `0 …
    ///     min(m, n)`, or the oversampling or the number of iterations is negative
    public static <A> Svd<A> of(
            Kernels<A> kernels, LinearOperator<A> a, int rank, int oversampling, int iterations, Rng key) {
        int m = a.rows();
        int n = a.cols();
        int most = Math.min(m, n);
        if (rank < 0 || rank > most || oversampling < 0 || iterations < 0) {
            throw new IllegalArgumentException("RandomizedSvd.of: the rank must be from 0 to " + most
                    + ", oversampling and iterations ≥ 0, got " + rank + ", " + oversampling + " and " + iterations);
        }
        int l = (int) Math.min(most, (long) rank + oversampling);
        A omega = Decomposition.matrix("RandomizedSvd: the random matrix", kernels, n, l);
        kernels.normal(key.key0(), key.key1(), 0, omega, 0, n * l, 0, 1);
        A q = basis(kernels, a, Transpose.NO, l, omega);
        for (int i = 0; i < iterations; i++) {
            q = basis(kernels, a, Transpose.NO, l, basis(kernels, a, Transpose.YES, l, q));
        }
        // Aᵀ·Q = U'·S·V'ᵀ, so that A ≈ (Q·V')·S·U'ᵀ.
        Svd<A> inner = Svd.thin(kernels, n, l, product(kernels, a, Transpose.YES, l, q));
        A u = Decomposition.vector(kernels, m * rank);
        A s = Decomposition.vector(kernels, rank);
        A vt = Decomposition.vector(kernels, rank * n);
        kernels.gemm(Transpose.NO, Transpose.YES, m, rank, l, 1, q, 0, l, inner.vt(), 0, l, 0, u, 0, rank);
        System.arraycopy(inner.s(), 0, s, 0, rank);
        kernels.transpose(n, rank, inner.u(), 0, l, vt, 0, n);
        return Svd.signed(kernels, m, n, rank, u, s, vt);
    }

    /// An orthonormal basis of what the columns of `op(A)·X` span.
    private static <A> A basis(Kernels<A> kernels, LinearOperator<A> a, Transpose transpose, int l, A x) {
        int rows = transpose == Transpose.NO ? a.rows() : a.cols();
        return Qr.thin(kernels, rows, l, product(kernels, a, transpose, l, x)).q();
    }

    private static <A> A product(Kernels<A> kernels, LinearOperator<A> a, Transpose transpose, int l, A x) {
        int rows = transpose == Transpose.NO ? a.rows() : a.cols();
        A y = Decomposition.matrix("RandomizedSvd: a product", kernels, rows, l);
        a.apply(transpose, l, x, 0, y, 0);
        Decomposition.check("RandomizedSvd: a product with the operator", kernels, rows, l, y);
        return y;
    }
}
