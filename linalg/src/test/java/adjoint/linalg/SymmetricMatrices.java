package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertTrue;

/// Symmetric matrices of order n, among them those that are hard on eigensolvers, and the checks of their
/// eigenvectors; row-major.
final class SymmetricMatrices {
    /// The kinds of [#of]: 0 normal, 1 rank deficient, 2 graded, 3 a few clusters, 4 glued Wilkinson, 5 small integers,
    /// 6 zero, 7 diagonal, 8 close to the unit matrix, 9 all eigenvalues of one magnitude.
    static final int KINDS = 10;

    private SymmetricMatrices() {}

    static double[] of(int n, int kind, long seed) {
        double[] normal = Matrices.random(n, n, 0, seed);
        return switch (kind) {
            case 0 -> combined(n, (i, j) -> normal[i * n + j]);
            case 1 -> {
                int rank = n / 3;
                double[] left = Matrices.random(n, rank, 0, seed);
                yield Matrices.product(n, rank, n, left, Matrices.transposed(n, rank, left));
            }
            case 2 -> combined(n, (i, j) -> normal[i * n + j] * Math.pow(10, -0.4 * (i + j)));
            case 3 -> withEigenvalues(n, i -> Math.pow(10, -i % 4) + 1e-14 * i, seed);
            case 4 -> gluedWilkinson(n, 1e-8);
            case 5 -> combined(n, (i, j) -> Math.rint(normal[i * n + j]));
            case 6 -> new double[n * n];
            case 7 -> combined(n, (i, j) -> i == j ? normal[i] : 0);
            case 8 -> combined(n, (i, j) -> (i == j ? 1 : 0) + 1e-12 * normal[i * n + j]);
            default -> withEigenvalues(n, i -> i % 2 == 0 ? 1 : -1, seed);
        };
    }

    interface Element {
        double at(int i, int j);
    }

    interface Sequence {
        double at(int i);
    }

    /// The lower triangle from `element`, the upper one from the lower one.
    static double[] combined(int n, Element element) {
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                a[i * n + j] = element.at(i, j);
                a[j * n + i] = a[i * n + j];
            }
        }
        return a;
    }

    static double[] tridiagonal(int n, Sequence diagonal, Sequence coupling) {
        return combined(n, (i, j) -> i == j ? diagonal.at(i) : i == j + 1 ? coupling.at(j) : 0);
    }

    /// Copies of Wilkinson's matrix of order 21, whose largest eigenvalues agree in pairs to 14 digits, coupled weakly.
    static double[] gluedWilkinson(int n, double glue) {
        return tridiagonal(n, i -> Math.abs(i % 21 - 10), i -> i % 21 == 20 ? glue : 1);
    }

    /// `Q·diag(λ)·Qᵀ` with a random orthogonal Q.
    static double[] withEigenvalues(int n, Sequence lambda, long seed) {
        double[] q =
                Qr.thin(Kernels.f64(), n, n, Matrices.random(n, n, 0, seed)).q();
        double[] a = Matrices.product(n, n, n, scaledColumns(n, q, lambda), Matrices.transposed(n, n, q));
        return combined(n, (i, j) -> a[i * n + j]);
    }

    static double[] scaledColumns(int n, double[] a, Sequence factor) {
        double[] scaled = a.clone();
        for (int i = 0; i < a.length; i++) {
            scaled[i] *= factor.at(i % n);
        }
        return scaled;
    }

    /// Checks order, orthogonality, and `‖A·V - V·Λ‖ ≤ c·n·ε·‖A‖`.
    static void assertDecomposes(String what, int n, double[] a, double[] values, double[] vectors, double epsilon) {
        for (int i = 1; i < n; i++) {
            assertTrue(values[i - 1] <= values[i], what + ": values rise");
        }
        double[] left = Matrices.product(n, n, n, a, vectors);
        double[] right = scaledColumns(n, vectors, j -> values[j]);
        for (int i = 0; i < left.length; i++) {
            left[i] -= right[i];
        }
        double norm = Matrices.norm(a);
        double residual = Matrices.norm(left);
        assertTrue(residual <= 8 * n * epsilon * norm, () -> what + ": residual " + residual + ", norm " + norm);
        Matrices.assertOrthonormalColumns(n, n, vectors, 8 * n * epsilon);
    }
}
