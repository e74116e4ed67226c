package adjoint.linalg;

import java.util.Arrays;

/// Eigenvalues at one end of the spectrum of a symmetric matrix that is known by its products, with their vectors, by
/// the Lanczos process with thick restarts.
///
/// ```java
/// Lanczos<double[]> top = Lanczos.largest(kernels, operator, 5, 1e-10, 1000, Rng.of(1));
/// double radius = top.values()[4];
/// ```
///
/// From a random unit vector, each product adds a vector to an orthonormal basis V of at most
/// `m = max(2·count + 16, 32)`, in which the matrix is the small symmetric T:
///
/// ```
/// A·V = V·T + β·vₘ₊₁·eₘᵀ,     T·y = θ·y,     ‖A·(V·y) - θ·(V·y)‖ = β·|yₘ|
/// ```
///
/// The right side is the residual of the pair (θ, V·y). When the basis is full, the better half of the pairs that are
/// asked for and their neighbours become the new basis, vₘ₊₁ with them, and it goes on from there: T is a diagonal, one
/// dense row, and the new tridiagonal part. Every new vector is orthogonalised against all before it, twice. Where a
/// vector vanishes, the space is invariant and a new random one goes on.
///
/// **Each value is within its residual of an eigenvalue of A**, but for rounding errors of c·n·ε·‖A‖. It does not say
/// of which: the random start makes it almost certain that the outermost one is not missed; of a multiple or tightly
/// clustered one, copies may be. Values at the ends that are well separated are found first; interior ones and tight
/// clusters take long.
///
/// A product costs the operator's own operations and 8·m·n; memory is 2·m·n.
///
/// Reference: Wu, Simon, "Thick-restart Lanczos method for large symmetric eigenvalue problems", SIAM J. Matrix Anal.
/// Appl. 22, 2000; Parlett, *The Symmetric Eigenvalue Problem*, chapters 11 and 13.
///
/// @param values the values θ, `count` of them, rising
/// @param vectors `n × count`, column j that of value j
/// @param residuals for each pair `‖A·v - θ·v‖`
/// @param products the products with the operator
/// @param <A> `float[]` or `double[]`
public record Lanczos<A>(A values, A vectors, double[] residuals, int products) {
    /// The `count` largest eigenvalues with their vectors.
    ///
    /// @param a a symmetric operator; only plain products are asked of it
    /// @param tolerance stops when all residuals are at most this times the largest magnitude of a value
    /// @param maxProducts stops when the basis is full and as many products or more are done
    /// @throws IllegalArgumentException if the operator is not square, `count` is not in `0 … n`, the tolerance is
    ///     negative or NaN, or a product with the operator is NaN or infinite
    public static <A> Lanczos<A> largest(
            Kernels<A> kernels, LinearOperator<A> a, int count, double tolerance, int maxProducts, Rng key) {
        return of("Lanczos.largest", kernels, a, true, count, tolerance, maxProducts, key);
    }

    /// The `count` smallest eigenvalues with their vectors.
    ///
    /// @param a a symmetric operator; only plain products are asked of it
    /// @param tolerance stops when all residuals are at most this times the largest magnitude of a value
    /// @param maxProducts stops when the basis is full and as many products or more are done
    /// @throws IllegalArgumentException if the operator is not square, `count` is not in `0 … n`, the tolerance is
    ///     negative or NaN, or a product with the operator is NaN or infinite
    public static <A> Lanczos<A> smallest(
            Kernels<A> kernels, LinearOperator<A> a, int count, double tolerance, int maxProducts, Rng key) {
        return of("Lanczos.smallest", kernels, a, false, count, tolerance, maxProducts, key);
    }

    private static <A> Lanczos<A> of(
            String name,
            Kernels<A> kernels,
            LinearOperator<A> a,
            boolean largest,
            int count,
            double tolerance,
            int maxProducts,
            Rng key) {
        Decomposition.checkTolerance(name, tolerance);
        int n = a.rows();
        if (a.cols() != n) {
            throw new IllegalArgumentException(name + ": the operator must be square, it is " + n + " × " + a.cols());
        }
        if (count < 0 || count > n) {
            throw new IllegalArgumentException(
                    name + ": the number of values must be from 0 to " + n + ", got " + count);
        }
        int m = (int) Math.min(n, Math.max(2L * count + 16, 32));
        Process<A> process = new Process<>(name, kernels, a, m, key);
        double[] before = null;
        while (true) {
            process.extend();
            SymmetricEigen<A> inner = SymmetricEigen.of(kernels, m, process.t);
            int first = largest ? m - count : 0;
            double[] values = doubles(kernels, inner.values(), first, count);
            double[] residuals = process.residuals(inner, first, count);
            double bound = tolerance * process.scale;
            boolean settled = process.beta > 0 || before != null && distance(values, before) <= bound;
            if (m == n
                    || process.products >= maxProducts
                    || settled && Arrays.stream(residuals).allMatch(r -> r <= bound)) {
                return process.pairs(inner, first, count, residuals);
            }
            before = values;
            int kept = count + (m - count) / 2;
            process.restart(inner, largest ? m - kept : 0, kept);
        }
    }

    private static <A> double[] doubles(Kernels<A> kernels, A x, int first, int n) {
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = kernels.sum(x, first + i, 1);
        }
        return values;
    }

    private static double distance(double[] x, double[] y) {
        double most = 0;
        for (int i = 0; i < x.length; i++) {
            most = Math.max(most, Math.abs(x[i] - y[i]));
        }
        return most;
    }

    /// The basis so far, as rows, and T, of which the lower triangle is kept.
    private static final class Process<A> {
        private final String name;
        private final Kernels<A> kernels;
        private final LinearOperator<A> operator;
        private final int m;
        private final int n;
        private final Rng key;
        private final A basis;
        private final A room;
        private final A coefficients;
        private final A t;

        /// The vectors of the basis whose rows of T are known.
        private int known;

        /// The coupling of the full basis to the vector behind it, 0 if that is a random one.
        private double beta;

        private int products;
        private int randoms;

        /// The largest element of T, an estimate of ‖A‖ from below.
        private double scale;

        Process(String name, Kernels<A> kernels, LinearOperator<A> operator, int m, Rng key) {
            this.name = name;
            this.kernels = kernels;
            this.operator = operator;
            this.m = m;
            this.key = key;
            n = operator.rows();
            basis = Decomposition.matrix(name + ": the basis", kernels, m + 1, n);
            room = Decomposition.matrix(name + ": the basis", kernels, m, n);
            coefficients = Decomposition.vector(kernels, m + 1);
            t = Decomposition.vector(kernels, m * m);
            if (n > 0) {
                random(0);
            }
        }

        /// Fills the basis, one product for each vector.
        void extend() {
            for (; known < m; known++) {
                int j = known;
                int next = (j + 1) * n;
                operator.apply(Transpose.NO, 1, basis, j * n, basis, next);
                products++;
                int bad = kernels.firstNonFinite(basis, next, n);
                if (bad >= 0) {
                    throw new IllegalArgumentException(name + ": element " + bad + " of a product with the operator is "
                            + kernels.sum(basis, next + bad, 1) + ", all must be finite");
                }
                double diagonal = kernels.dot(basis, j * n, basis, next, n);
                orthogonalise(j + 1);
                double norm = Math.sqrt(kernels.sumSquares(basis, next, n));
                scale = Math.max(scale, Math.max(Math.abs(diagonal), norm));
                boolean vanishes = norm <= Decomposition.epsilon(kernels) * Math.sqrt(n) * scale;
                beta = vanishes ? 0 : norm;
                kernels.fill(t, j * (m + 1), 1, diagonal);
                if (j + 1 < m) {
                    kernels.fill(t, (j + 1) * m + j, 1, beta);
                }
                if (!vanishes) {
                    kernels.scale(n, 1 / norm, basis, next);
                } else if (j + 1 < n) {
                    random(j + 1);
                }
            }
        }

        /// Goes on with the pairs `first … first + kept` and the vector behind the basis.
        void restart(SymmetricEigen<A> inner, int first, int kept) {
            combine(inner, first, kept);
            System.arraycopy(room, 0, basis, 0, kept * n);
            System.arraycopy(basis, m * n, basis, kept * n, n);
            kernels.fill(t, 0, m * m, 0);
            for (int i = 0; i < kept; i++) {
                System.arraycopy(inner.values(), first + i, t, i * (m + 1), 1);
                kernels.fill(t, kept * m + i, 1, beta * lastElement(inner, first + i));
            }
            known = kept;
        }

        double[] residuals(SymmetricEigen<A> inner, int first, int count) {
            double[] residuals = new double[count];
            for (int i = 0; i < count; i++) {
                residuals[i] = beta * Math.abs(lastElement(inner, first + i));
            }
            return residuals;
        }

        Lanczos<A> pairs(SymmetricEigen<A> inner, int first, int count, double[] residuals) {
            combine(inner, first, count);
            A vectors = Decomposition.vector(kernels, n * count);
            kernels.transpose(count, n, room, 0, n, vectors, 0, count);
            A values = Decomposition.vector(kernels, count);
            System.arraycopy(inner.values(), first, values, 0, count);
            return new Lanczos<>(values, vectors, residuals, products);
        }

        /// `room = Yᵀ·V` for some columns of Y.
        private void combine(SymmetricEigen<A> inner, int first, int count) {
            kernels.gemm(
                    Transpose.YES, Transpose.NO, count, n, m, 1, inner.vectors(), first, m, basis, 0, n, 0, room, 0, n);
        }

        private double lastElement(SymmetricEigen<A> inner, int column) {
            return kernels.sum(inner.vectors(), (m - 1) * m + column, 1);
        }

        private void random(int j) {
            Rng draws = key.child(randoms++);
            kernels.normal(draws.key0(), draws.key1(), 0, basis, j * n, n, 0, 1);
            orthogonalise(j);
            kernels.scale(n, 1 / Math.sqrt(kernels.sumSquares(basis, j * n, n)), basis, j * n);
        }

        /// Takes from row j its part in the span of the rows before it, twice.
        private void orthogonalise(int j) {
            for (int pass = 0; pass < 2; pass++) {
                kernels.gemv(Transpose.NO, j, n, 1, basis, 0, n, basis, j * n, 1, 0, coefficients, 0, 1);
                kernels.gemv(Transpose.YES, j, n, -1, basis, 0, n, coefficients, 0, 1, 1, basis, j * n, 1);
            }
        }
    }
}
