package adjoint.linalg;

import adjoint.linalg.internal.Elimination;
import java.lang.reflect.Array;

/// The LU decomposition with partial pivoting, `P·A = L·U`: P exchanges rows, L is lower triangular with a unit
/// diagonal and no element beyond 1 in magnitude, U is upper triangular.
///
/// ```java
/// Lu<double[]> lu = Lu.of(Kernels.f64(), n, a);
/// double[] x = lu.solve(1, b);                              // A·x = b
/// double det = lu.det();
///
/// Lu.factor(kernels, n, n, a, 0, n, pivots, 0);             // in place
/// Lu.solve(kernels, Transpose.NO, n, columns, a, 0, n, pivots, 0, b, 0, columns);
/// ```
///
/// A singular matrix can be decomposed, and its determinant is 0; solving with it is a [PivotException]. Only a pivot
/// that is exactly zero counts: [#conditionEstimate] tells what to think of a matrix that is merely close to singular.
/// A NaN in A spreads, as in NumPy: the determinant is NaN, and so is every element of a solution.
///
/// The computed factors are exact for a matrix A + E with `|E| ≤ c·n·ε·|Pᵀ|·|L|·|U|` element by element; so is the
/// computed x the exact solution for such a matrix. `‖E‖ ≤ c·n²·ρ·ε·‖A‖`, where the growth ρ, the largest element of U
/// by that of A, is below 10 for practically all matrices, and 2ⁿ⁻¹ at worst. The cost is ⅔n³ operations, and 2n² for
/// each right-hand side.
///
/// Reference: N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd edition, chapter 9.
///
/// @param <A> `float[]` or `double[]`
public final class Lu<A> {
    private final Kernels<A> kernels;
    private final int n;
    private final A factors;
    private final int[] pivots;
    private final int zero;
    private final double norm;

    private Lu(Kernels<A> kernels, int n, A factors, int[] pivots, int zero, double norm) {
        this.kernels = kernels;
        this.n = n;
        this.factors = factors;
        this.pivots = pivots;
        this.zero = zero;
        this.norm = norm;
    }

    /// Decomposes the row-major matrix `a` of order n, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong
    public static <A> Lu<A> of(Kernels<A> kernels, int n, A a) {
        Decomposition.checkSize("Lu.of", n, n, a);
        double norm = Elimination.of(kernels).columnNorm(n, a);
        A factors = Decomposition.copy(kernels, n, n, a);
        int[] pivots = new int[n];
        int zero = factor(kernels, n, n, factors, 0, n, pivots, 0);
        return new Lu<>(kernels, n, factors, pivots, zero, norm);
    }

    /// Replaces the `m × n` matrix A by U, on and above the diagonal, and L, below it and without its ones, as LAPACK's
    /// `getrf`. With `k = min(m, n)`, L is `m × k` and U is `k × n`.
    ///
    /// @param pivots receives, k elements from `pOff`, for each row the later or same one that it was exchanged for, in
    ///     order
    /// @return the index of the first pivot that is zero, or -1
    /// @throws IllegalArgumentException if a size is negative or `ld` is too small
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> int factor(Kernels<A> kernels, int m, int n, A a, int off, int ld, int[] pivots, int pOff) {
        Decomposition.checkMatrix("Lu.factor", "a", m, n, a, off, ld);
        Bounds.vector("Lu.factor", "pivots", pivots.length, pOff, Math.min(m, n));
        return Elimination.of(kernels).lu(kernels, m, n, a, off, ld, pivots, pOff);
    }

    /// Solves `op(A)·X = B` with what [#factor] made of a square A; X of `n × columns` takes the place of B. As
    /// LAPACK's `getrs`: a pivot that is zero gives infinities and NaN, no exception.
    ///
    /// @throws IllegalArgumentException if a size is negative or a leading dimension is too small
    /// @throws IndexOutOfBoundsException if an array is too short, or a pivot is not the index of a row
    public static <A> void solve(
            Kernels<A> kernels,
            Transpose ta,
            int n,
            int columns,
            A factors,
            int fOff,
            int ldf,
            int[] pivots,
            int pOff,
            A b,
            int bOff,
            int ldb) {
        Decomposition.checkMatrix("Lu.solve", "factors", n, n, factors, fOff, ldf);
        Decomposition.checkMatrix("Lu.solve", "b", n, columns, b, bOff, ldb);
        Bounds.vector("Lu.solve", "pivots", pivots.length, pOff, n);
        for (int i = 0; i < n; i++) {
            if (pivots[pOff + i] < 0 || pivots[pOff + i] >= n) {
                throw new IndexOutOfBoundsException("Lu.solve: pivots[" + (pOff + i) + "] = " + pivots[pOff + i]
                        + " is not a row of a matrix of order " + n);
            }
        }
        Bounds.disjoint("Lu.solve", "b", b, bOff, n, columns, ldb, "factors", factors, fOff, n, n, ldf);
        Elimination<A> elimination = Elimination.of(kernels);
        if (ta == Transpose.NO) {
            elimination.exchangeRows(false, 0, n, columns, b, bOff, ldb, pivots, pOff);
            solve(kernels, Triangle.LOWER, ta, n, columns, factors, fOff, ldf, b, bOff, ldb);
            solve(kernels, Triangle.UPPER, ta, n, columns, factors, fOff, ldf, b, bOff, ldb);
        } else {
            solve(kernels, Triangle.UPPER, ta, n, columns, factors, fOff, ldf, b, bOff, ldb);
            solve(kernels, Triangle.LOWER, ta, n, columns, factors, fOff, ldf, b, bOff, ldb);
            elimination.exchangeRows(true, 0, n, columns, b, bOff, ldb, pivots, pOff);
        }
    }

    /// [#det()] from what [#factor] made of a square matrix.
    ///
    /// @param factors a `float[]` or `double[]`
    /// @throws IllegalArgumentException if n is negative or `ldf` is too small
    /// @throws IndexOutOfBoundsException if an array is too short
    public static double det(int n, Object factors, int fOff, int ldf, int[] pivots, int pOff) {
        Decomposition.checkMatrix("Lu.det", "factors", n, n, factors, fOff, ldf);
        Bounds.vector("Lu.det", "pivots", pivots.length, pOff, n);
        return sign(n, pivots, pOff) * Decomposition.diagonalProduct(n, factors, fOff, ldf);
    }

    /// [#logDet()] from what [#factor] made of a square matrix.
    ///
    /// @param factors a `float[]` or `double[]`
    /// @throws IllegalArgumentException if n is negative or `ldf` is too small
    /// @throws IndexOutOfBoundsException if an array is too short
    public static LogDeterminant logDet(int n, Object factors, int fOff, int ldf, int[] pivots, int pOff) {
        Decomposition.checkMatrix("Lu.logDet", "factors", n, n, factors, fOff, ldf);
        Bounds.vector("Lu.logDet", "pivots", pivots.length, pOff, n);
        LogDeterminant diagonal = Decomposition.logDiagonal(n, factors, fOff, ldf);
        return new LogDeterminant(sign(n, pivots, pOff) * diagonal.sign(), diagonal.logAbs());
    }

    private static <A> void solve(
            Kernels<A> kernels,
            Triangle triangle,
            Transpose ta,
            int n,
            int columns,
            A factors,
            int fOff,
            int ldf,
            A b,
            int bOff,
            int ldb) {
        Diagonal diagonal = triangle == Triangle.LOWER ? Diagonal.UNIT : Diagonal.NON_UNIT;
        kernels.trsm(Side.LEFT, triangle, ta, diagonal, n, columns, 1, factors, fOff, ldf, b, bOff, ldb);
    }

    /// The order n.
    public int order() {
        return n;
    }

    /// Whether a pivot is exactly zero.
    public boolean isSingular() {
        return zero >= 0;
    }

    /// A new array with L, `n × n`.
    public A lower() {
        A lower = Decomposition.copy(kernels, n, n, factors);
        for (int i = 0; i < n; i++) {
            kernels.fill(lower, i * (n + 1), 1, 1);
            kernels.fill(lower, i * (n + 1) + 1, n - 1 - i, 0);
        }
        return lower;
    }

    /// A new array with U, `n × n`.
    public A upper() {
        A upper = Decomposition.copy(kernels, n, n, factors);
        for (int i = 0; i < n; i++) {
            kernels.fill(upper, i * n, i, 0);
        }
        return upper;
    }

    /// A new array with P: row i of P·A is row `permutation[i]` of A.
    public int[] permutation() {
        int[] permutation = new int[n];
        for (int i = 0; i < n; i++) {
            permutation[i] = i;
        }
        for (int i = 0; i < n; i++) {
            int kept = permutation[i];
            permutation[i] = permutation[pivots[i]];
            permutation[pivots[i]] = kept;
        }
        return permutation;
    }

    /// X with `A·X = B`, for B and X of `n × columns`; B is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong
    /// @throws PivotException if A is singular
    public A solve(int columns, A b) {
        Decomposition.checkSize("Lu.solve: b", n, columns, b);
        return solved("Lu.solve", columns, Decomposition.copy(kernels, n, columns, b));
    }

    /// A⁻¹, column by column the solution for one of the identity: the computed X satisfies `‖A·X - I‖ ≤
    /// c·n²·ρ·ε·‖A‖·‖X‖`, so that its relative error is up to that of a solution, c·n²·ρ·ε·κ(A). To solve with A,
    /// prefer
    /// [#solve]: it is faster and more accurate.
    ///
    /// @throws PivotException if A is singular
    public A inverse() {
        return solved("Lu.inverse", n, Decomposition.identity(kernels, n));
    }

    private A solved(String name, int columns, A x) {
        if (zero >= 0) {
            double pivot = Array.getDouble(factors, zero * (n + 1));
            throw new PivotException(name, zero, pivot, "must not be 0: the matrix of order " + n + " is singular");
        }
        solve(kernels, Transpose.NO, n, columns, factors, 0, n, pivots, 0, x, 0, columns);
        return x;
    }

    /// The determinant: 0 for a singular matrix, 1 for one of order 0; infinite or 0 where it is beyond the range of
    /// `double`, for which there is [#logDet].
    public double det() {
        return det(n, factors, 0, n, pivots, 0);
    }

    /// The determinant as a sign and the logarithm of its magnitude.
    public LogDeterminant logDet() {
        return logDet(n, factors, 0, n, pivots, 0);
    }

    /// The determinant of P.
    private static int sign(int n, int[] pivots, int pOff) {
        int sign = 1;
        for (int i = 0; i < n; i++) {
            sign = pivots[pOff + i] == i ? sign : -sign;
        }
        return sign;
    }

    /// An estimate of the condition number `‖A‖₁·‖A⁻¹‖₁`, from below and mostly within a factor of three; infinite for
    /// a singular matrix, 1 for one of order 0. As LAPACK's `gecon`, with some solves instead of an inverse.
    ///
    /// A relative perturbation δ of A or b changes the solution by up to about the condition number times δ.
    public double conditionEstimate() {
        if (n == 0) {
            return 1;
        }
        if (zero >= 0) {
            return Double.POSITIVE_INFINITY;
        }
        return norm
                * Elimination.of(kernels)
                        .inverseNorm(
                                kernels,
                                n,
                                (transpose, x) -> solve(kernels, transpose, n, 1, factors, 0, n, pivots, 0, x, 0, 1));
    }
}
