package adjoint.linalg;

import adjoint.linalg.internal.Elimination;
import java.lang.reflect.Array;

/// The Cholesky decomposition `A = L·Lᵀ` of a symmetric positive definite matrix, L lower triangular with a positive
/// diagonal.
///
/// ```java
/// Cholesky<double[]> cholesky = Cholesky.of(Kernels.f64(), n, a);
/// double[] x = cholesky.solve(1, b);                        // A·x = b
///
/// Cholesky.factor(kernels, n, a, 0, n);                     // in place
/// Cholesky.solve(kernels, n, columns, a, 0, n, b, 0, columns);
/// ```
///
/// Only the lower triangle of A is read. A pivot that is not positive, NaN included, is a [PivotException]. The cost
/// is n³/3 operations, and 2n² for each right-hand side.
///
/// The computed L is the exact factor of a matrix A + E with `|E| ≤ c·n·ε·|L|·|Lᵀ|` element by element, so that
/// `‖E‖ ≤ c·n²·ε·‖A‖` whatever the condition of A; so is the computed x the exact solution for such a matrix. An A that
/// is not quite positive definite by less than about n·ε·‖A‖ may be accepted or refused.
///
/// Reference: N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd edition, chapter 10.
///
/// @param <A> `float[]` or `double[]`
public final class Cholesky<A> {
    private final Kernels<A> kernels;
    private final int n;
    private final A l;
    private final double norm;

    private Cholesky(Kernels<A> kernels, int n, A l, double norm) {
        this.kernels = kernels;
        this.n = n;
        this.l = l;
        this.norm = norm;
    }

    /// Decomposes the row-major matrix `a` of order n, which is not changed. Its upper triangle is not read.
    ///
    /// @throws IllegalArgumentException if the size is wrong
    /// @throws PivotException if the matrix is not positive definite
    public static <A> Cholesky<A> of(Kernels<A> kernels, int n, A a) {
        Decomposition.checkSize("Cholesky.of", n, n, a);
        A l = Decomposition.copy(kernels, n, n, a);
        double norm = Elimination.of(kernels).symmetricNorm(n, l);
        factor("Cholesky.of", kernels, n, l, 0, n);
        for (int i = 0; i < n; i++) {
            kernels.fill(l, i * n + i + 1, n - 1 - i, 0);
        }
        return new Cholesky<>(kernels, n, l, norm);
    }

    /// Replaces the lower triangle of the matrix of order n by L, as LAPACK's `potrf`. The upper triangle is neither
    /// read nor written.
    ///
    /// @throws IllegalArgumentException if n is negative or `ld` is too small
    /// @throws IndexOutOfBoundsException if the array is too short
    /// @throws PivotException if the matrix is not positive definite; some columns are those of L then
    public static <A> void factor(Kernels<A> kernels, int n, A a, int off, int ld) {
        factor("Cholesky.factor", kernels, n, a, off, ld);
    }

    /// [#factor], with the name of what was called.
    static <A> void factor(String name, Kernels<A> kernels, int n, A a, int off, int ld) {
        Decomposition.checkMatrix(name, "a", n, n, a, off, ld);
        int failed = Elimination.of(kernels).cholesky(kernels, n, a, off, ld);
        if (failed >= 0) {
            double pivot = Array.getDouble(a, off + failed * (ld + 1));
            throw new PivotException(
                    name, failed, pivot, "must be > 0: the matrix of order " + n + " is not positive definite");
        }
    }

    /// Solves `A·X = B` for the L of A, in the lower triangle of `l`; X of `n × columns` takes the place of B. As
    /// LAPACK's `potrs`.
    ///
    /// @throws IllegalArgumentException if a size is negative or a leading dimension is too small
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void solve(
            Kernels<A> kernels, int n, int columns, A l, int lOff, int ldl, A b, int bOff, int ldb) {
        Decomposition.checkMatrix("Cholesky.solve", "l", n, n, l, lOff, ldl);
        Decomposition.checkMatrix("Cholesky.solve", "b", n, columns, b, bOff, ldb);
        Bounds.disjoint("Cholesky.solve", "b", b, bOff, n, columns, ldb, "l", l, lOff, n, n, ldl);
        solve(kernels, Transpose.NO, n, columns, l, lOff, ldl, b, bOff, ldb);
        solve(kernels, Transpose.YES, n, columns, l, lOff, ldl, b, bOff, ldb);
    }

    private static <A> void solve(
            Kernels<A> kernels, Transpose ta, int n, int columns, A l, int lOff, int ldl, A b, int bOff, int ldb) {
        kernels.trsm(Side.LEFT, Triangle.LOWER, ta, Diagonal.NON_UNIT, n, columns, 1, l, lOff, ldl, b, bOff, ldb);
    }

    /// The order n.
    public int order() {
        return n;
    }

    /// L, with zeros above the diagonal. It is not a copy.
    public A lower() {
        return l;
    }

    /// X with `A·X = B`, for B and X of `n × columns`; B is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong
    public A solve(int columns, A b) {
        Decomposition.checkSize("Cholesky.solve: b", n, columns, b);
        A x = Decomposition.copy(kernels, n, columns, b);
        solve(kernels, n, columns, l, 0, n, x, 0, columns);
        return x;
    }

    /// A⁻¹ = L⁻ᵀ·L⁻¹, symmetric to the bit. The computed X satisfies `‖X - A⁻¹‖ ≤ c·n²·ε·κ(A)·‖A⁻¹‖`.
    @SuppressWarnings("SuspiciousSystemArraycopy")
    public A inverse() {
        A w = Decomposition.identity(kernels, n);
        solve(kernels, Transpose.NO, n, n, l, 0, n, w, 0, n);
        A inverse = Decomposition.matrix("Cholesky.inverse", kernels, n, n);
        kernels.syrk(Triangle.LOWER, Transpose.YES, n, n, 1, w, 0, n, 0, inverse, 0, n);
        A upper = Decomposition.matrix("Cholesky.inverse", kernels, n, n);
        kernels.transpose(n, n, inverse, 0, n, upper, 0, n);
        for (int i = 0; i < n; i++) {
            System.arraycopy(upper, i * n + i, inverse, i * n + i, n - i);
        }
        return inverse;
    }

    /// The determinant, at last infinity or 0 where it is beyond the range of `double`.
    public double det() {
        double root = Decomposition.diagonalProduct(n, l, 0, n);
        return root * root;
    }

    /// The logarithm of the determinant, which is positive.
    public double logDet() {
        return 2 * Decomposition.logDiagonal(n, l, 0, n).logAbs();
    }

    /// An estimate of the condition number `‖A‖₁·‖A⁻¹‖₁`, from below and mostly within a factor of three; 1 for a
    /// matrix of order 0. As LAPACK's `pocon`, with some solves instead of an inverse.
    public double conditionEstimate() {
        if (n == 0) {
            return 1;
        }
        return norm * Elimination.of(kernels).inverseNorm(kernels, n, (_, x) -> solve(kernels, n, 1, l, 0, n, x, 0, 1));
    }
}
