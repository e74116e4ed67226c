package adjoint.linalg;

import java.util.Arrays;

/// Singular triplets at one end of the spectrum of a matrix that is known by its products, by Golub–Kahan–Lanczos
/// bidiagonalisation.
///
/// ```java
/// GolubKahan<double[]> top = GolubKahan.largest(kernels, operator, 5, 1e-10, 200, Rng.of(1));
/// double norm = top.svd().s()[0];
/// ```
///
/// From a random unit vector v₁, k steps give orthonormal u₁ … uₖ and v₁ … vₖ with
///
/// ```
/// A·Vₖ = Uₖ·Bₖ,     Aᵀ·Uₖ = Vₖ·Bₖᵀ + βₖ·vₖ₊₁·eₖᵀ,     Bₖ upper bidiagonal
/// ```
///
/// and each triplet (p, σ, q) of Bₖ gives one of A, (Uₖp, σ, Vₖq), with the residual `‖Aᵀu - σv‖ = βₖ·|pₖ|`; A·v = σ·u
/// holds as it is. The ends of the spectrum are found first, the sooner the better they are separated: small singular
/// values that lie close together may need all min(m, n) steps, after which every triplet is exact to rounding. Every
/// new vector is orthogonalised against all before it, twice. Where a vector vanishes, the space is exhausted and a new
/// random one goes on.
///
/// A small residual says that σ is near a singular value, not near which. The random start makes it almost certain that
/// the largest is not missed; of a multiple one, further copies may be; and that there is no smaller one, only the full
/// number of steps tells. The squares of A's elements must be within the range of the precision.
///
/// The cost of k steps is 2k products with the operator and O(k²·(m + n)); memory is k·(m + n).
///
/// References: Golub, Kahan, "Calculating the singular values and pseudo-inverse of a matrix", SIAM J. Numer. Anal. 2,
/// 1965; Golub, Van Loan, *Matrix Computations*, 4th edition, §10.4.
///
/// @param svd the triplets: U `m × count`, the values falling, Vᵀ `count × n`
/// @param residuals for each triplet `‖Aᵀu - σv‖`, or `‖A·v - σu‖` where A is wide
/// @param steps the steps taken
/// @param <A> `float[]` or `double[]`
public record GolubKahan<A>(Svd<A> svd, double[] residuals, int steps) {
    /// The `count` largest singular values with their vectors.
    ///
    /// @param tolerance stops when all residuals are at most this times the largest singular value
    /// @param maxSteps stops then at the latest; more than min(m, n) are never needed
    /// @throws IllegalArgumentException if `count` is not in `0 … min(m, n, maxSteps)`, the tolerance is negative or
    ///     NaN, or a product with the operator is NaN or infinite
    public static <A> GolubKahan<A> largest(
            Kernels<A> kernels, LinearOperator<A> a, int count, double tolerance, int maxSteps, Rng key) {
        return of("GolubKahan.largest", kernels, a, true, count, tolerance, maxSteps, key);
    }

    /// The `count` smallest singular values with their vectors.
    ///
    /// @param tolerance stops when all residuals are at most this times the largest singular value
    /// @param maxSteps stops then at the latest; more than min(m, n) are never needed
    /// @throws IllegalArgumentException if `count` is not in `0 … min(m, n, maxSteps)`, the tolerance is negative or
    ///     NaN, or a product with the operator is NaN or infinite
    public static <A> GolubKahan<A> smallest(
            Kernels<A> kernels, LinearOperator<A> a, int count, double tolerance, int maxSteps, Rng key) {
        return of("GolubKahan.smallest", kernels, a, false, count, tolerance, maxSteps, key);
    }

    private static <A> GolubKahan<A> of(
            String name,
            Kernels<A> kernels,
            LinearOperator<A> a,
            boolean largest,
            int count,
            double tolerance,
            int maxSteps,
            Rng key) {
        Decomposition.checkTolerance(name, tolerance);
        int most = Math.min(Math.min(a.rows(), a.cols()), maxSteps);
        if (count < 0 || count > most) {
            throw new IllegalArgumentException(name + ": the number of triplets must be from 0 to min(" + a.rows()
                    + ", " + a.cols() + ", " + maxSteps + "), got " + count);
        }
        Process<A> process = new Process<>(name, kernels, a, key);
        for (int next = Math.min(most, Math.max(2 * count, 8)); ; next = Math.min(most, next + Math.max(8, next / 4))) {
            process.extend(next);
            Svd<A> inner = Svd.thin(kernels, next, next, process.bidiagonal());
            int first = largest ? 0 : next - count;
            double[] residuals = process.residuals(inner, first, count);
            double bound = next == 0 ? 0 : tolerance * kernels.sum(inner.s(), 0, 1);
            if (next == most
                    || !process.startedAnew() && Arrays.stream(residuals).allMatch(r -> r <= bound)) {
                return new GolubKahan<>(process.triplets(inner, first, count), residuals, next);
            }
        }
    }

    /// The bidiagonalisation so far. A wide matrix is taken transposed: then, after all steps, no β is left.
    private static final class Process<A> {
        private final String name;
        private final Kernels<A> kernels;
        private final LinearOperator<A> operator;
        private final Rng key;
        private final boolean wide;
        private final int longer;
        private final int shorter;

        /// The rows are uⱼ and vⱼ; αⱼ = Bⱼⱼ and βⱼ = Bⱼ,ⱼ₊₁.
        private A left;

        private A right;
        private double[] alpha = {};
        private double[] beta = {};
        private A coefficients;
        private int steps;

        /// The largest α or β, an estimate of ‖A‖ from below.
        private double scale;

        Process(String name, Kernels<A> kernels, LinearOperator<A> operator, Rng key) {
            this.name = name;
            this.kernels = kernels;
            this.operator = operator;
            this.key = key;
            wide = operator.rows() < operator.cols();
            longer = Math.max(operator.rows(), operator.cols());
            shorter = Math.min(operator.rows(), operator.cols());
            left = Decomposition.vector(kernels, 0);
            right = Decomposition.vector(kernels, 0);
        }

        /// Goes on to `k` steps.
        void extend(int k) {
            left = grown("left vectors", left, steps * longer, k, longer);
            right = grown("right vectors", right, steps * shorter + (steps > 0 ? shorter : 0), k + 1, shorter);
            alpha = Arrays.copyOf(alpha, k);
            beta = Arrays.copyOf(beta, k);
            coefficients = Decomposition.vector(kernels, k + 1);
            for (; steps < k; steps++) {
                int j = steps;
                int u = j * longer;
                int v = j * shorter;
                if (j == 0) {
                    random(right, 0, shorter, 0);
                }
                operator.apply(wide ? Transpose.YES : Transpose.NO, 1, right, v, left, u);
                alpha[j] = orthonormalise(left, j, longer);
                operator.apply(wide ? Transpose.NO : Transpose.YES, 1, left, u, right, v + shorter);
                beta[j] = orthonormalise(right, j + 1, shorter);
            }
        }

        private A grown(String what, A old, int used, int rows, int cols) {
            A grown = Decomposition.matrix(name + ": the " + what, kernels, rows, cols);
            System.arraycopy(old, 0, grown, 0, used);
            return grown;
        }

        /// Makes row j a unit vector orthogonal to the rows before it, and returns the norm that it had after that: 0
        /// if nothing but rounding was left, and a random vector has taken its place.
        private double orthonormalise(A rows, int j, int n) {
            int row = j * n;
            int bad = kernels.firstNonFinite(rows, row, n);
            if (bad >= 0) {
                throw new IllegalArgumentException(name + ": element " + bad + " of a product with the operator is "
                        + kernels.sum(rows, row + bad, 1) + ", all must be finite");
            }
            orthogonalise(rows, j, n);
            double norm = Math.sqrt(kernels.sumSquares(rows, row, n));
            double roundOff = Decomposition.epsilon(kernels) * Math.sqrt(n) * scale;
            if (norm > roundOff && j < n) {
                scale = Math.max(scale, norm);
                kernels.scale(n, 1 / norm, rows, row);
                return norm;
            }
            if (j < n) {
                random(rows, j, n, j);
            }
            return 0;
        }

        private void random(A rows, int j, int n, long stream) {
            Rng draws = key.child(stream).child(n == shorter ? 0 : 1);
            kernels.normal(draws.key0(), draws.key1(), 0, rows, j * n, n, 0, 1);
            orthogonalise(rows, j, n);
            kernels.scale(n, 1 / Math.sqrt(kernels.sumSquares(rows, j * n, n)), rows, j * n);
        }

        private void orthogonalise(A rows, int j, int n) {
            for (int pass = 0; pass < 2; pass++) {
                kernels.gemv(Transpose.NO, j, n, 1, rows, 0, n, rows, j * n, 1, 0, coefficients, 0, 1);
                kernels.gemv(Transpose.YES, j, n, -1, rows, 0, n, coefficients, 0, 1, 1, rows, j * n, 1);
            }
        }

        /// Whether the last step has exhausted the space: then all residuals are 0, and nothing is known about the
        /// rest.
        boolean startedAnew() {
            return beta[steps - 1] == 0;
        }

        A bidiagonal() {
            A b = Decomposition.matrix(name + ": the bidiagonal matrix", kernels, steps, steps);
            for (int j = 0; j < steps; j++) {
                kernels.fill(b, j * (steps + 1), 1, alpha[j]);
                if (j + 1 < steps) {
                    kernels.fill(b, j * (steps + 1) + 1, 1, beta[j]);
                }
            }
            return b;
        }

        double[] residuals(Svd<A> inner, int first, int count) {
            double[] residuals = new double[count];
            for (int i = 0; i < count; i++) {
                residuals[i] = beta[steps - 1] * Math.abs(kernels.sum(inner.u(), (steps - 1) * steps + first + i, 1));
            }
            return residuals;
        }

        Svd<A> triplets(Svd<A> inner, int first, int count) {
            A p = inner.u();
            A q = inner.vt();
            A us = Decomposition.vector(kernels, count * longer);
            A vs = Decomposition.vector(kernels, count * shorter);
            Transpose no = Transpose.NO;
            kernels.gemm(
                    Transpose.YES, no, count, longer, steps, 1, p, first, steps, left, 0, longer, 0, us, 0, longer);
            kernels.gemm(
                    no, no, count, shorter, steps, 1, q, first * steps, steps, right, 0, shorter, 0, vs, 0, shorter);
            A s = Decomposition.vector(kernels, count);
            System.arraycopy(inner.s(), first, s, 0, count);
            int m = operator.rows();
            int n = operator.cols();
            A u = Decomposition.vector(kernels, m * count);
            kernels.transpose(count, m, wide ? vs : us, 0, m, u, 0, count);
            return Svd.signed(kernels, m, n, count, u, s, wide ? us : vs);
        }
    }
}
