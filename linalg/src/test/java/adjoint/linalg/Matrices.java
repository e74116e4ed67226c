package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;

/// Matrices and their checks for the tests of decompositions; row-major.
final class Matrices {
    /// The kinds of [#random]: 0 normal, 1 rank deficient, 2 graded columns, 3 with zero rows and columns, 4 small
    /// integers with repeated columns, 5 zero, 6 nearly the identity, 7 a bidiagonal one with blocks that are hardly
    /// coupled.
    static final int KINDS = 8;

    private Matrices() {}

    static double[] random(int m, int n, int kind, long seed) {
        Rng rng = Rng.of(seed);
        double[] a = new double[m * n];
        rng.fillNormal(a, 0, a.length, 0, 1);
        return switch (kind) {
            case 1 -> {
                int rank = Math.max(1, Math.min(m, n) / 2);
                double[] left = random(m, rank, 0, seed + 1);
                yield product(m, rank, n, left, random(rank, n, 0, seed + 2));
            }
            case 2 -> {
                for (int i = 0; i < a.length; i++) {
                    a[i] *= Math.pow(10, -1.5 * (i % n));
                }
                yield a;
            }
            case 3 -> {
                for (int i = 0; i < a.length; i++) {
                    if (i / n % 3 == 1 || i % n % 4 == 2) {
                        a[i] = 0;
                    }
                }
                yield a;
            }
            case 4 -> {
                for (int i = 0; i < a.length; i++) {
                    a[i] = rng.below(i % n % 3 + 3L * (i / n), 3) - 1;
                }
                yield a;
            }
            case 5 -> new double[m * n];
            case 6 -> {
                for (int i = 0; i < a.length; i++) {
                    a[i] = 1e-10 * a[i] + (i / n == i % n ? 1 : 0);
                }
                yield a;
            }
            case 7 -> {
                for (int i = 0; i < a.length; i++) {
                    int above = i % n - i / n;
                    a[i] = above == 0 ? 1 + i % 3 : above == 1 ? (i % 5 == 0 ? 1e-14 : a[i]) : 0;
                }
                yield a;
            }
            default -> a;
        };
    }

    static double[] product(int m, int k, int n, double[] a, double[] b) {
        double[] c = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int p = 0; p < k; p++) {
                for (int j = 0; j < n; j++) {
                    c[i * n + j] += a[i * k + p] * b[p * n + j];
                }
            }
        }
        return c;
    }

    static double[] transposed(int m, int n, double[] a) {
        double[] t = new double[m * n];
        for (int i = 0; i < a.length; i++) {
            t[i % n * m + i / n] = a[i];
        }
        return t;
    }

    /// The matrix at an offset and with a leading dimension, in an array with two more elements; what is around it is
    /// -77.
    static double[] padded(int m, int n, double[] a, int off, int ld) {
        double[] all = new double[off + m * ld + 2];
        Arrays.fill(all, -77);
        for (int i = 0; i < m; i++) {
            System.arraycopy(a, i * n, all, off + i * ld, n);
        }
        return all;
    }

    /// The Frobenius norm.
    static double norm(double[] a) {
        return Math.sqrt(Arrays.stream(a).map(x -> x * x).sum());
    }

    static void assertOrthonormalColumns(int m, int k, double[] q) {
        assertOrthonormalColumns(m, k, q, 1e-13);
    }

    static void assertOrthonormalColumns(int m, int k, double[] q, double tolerance) {
        double[] gram = product(k, m, k, transposed(m, k, q), q);
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < k; j++) {
                assertEquals(i == j ? 1 : 0, gram[i * k + j], tolerance);
            }
        }
    }

    /// The largest sum of magnitudes of a column of a matrix of order n.
    static double columnNorm(int n, double[] a) {
        double norm = 0;
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += Math.abs(a[i * n + j]);
            }
            norm = Math.max(norm, sum);
        }
        return norm;
    }

    /// `1/(i + j + 1)`.
    static double[] hilbert(int n) {
        double[] a = new double[n * n];
        for (int i = 0; i < n * n; i++) {
            a[i] = 1.0 / (i / n + i % n + 1);
        }
        return a;
    }

    /// `|B - A·X| ≤ n·epsilon·‖A‖·‖x‖` for each column x of X, of `n × columns`: x is the exact solution for a
    /// matrix close to A.
    static void assertResidual(int n, int columns, double[] a, double[] x, double[] b, double epsilon) {
        double[] product = product(n, n, columns, a, x);
        for (int j = 0; j < columns; j++) {
            double residual = 0;
            double size = 0;
            for (int i = 0; i < n; i++) {
                residual = Math.hypot(residual, b[i * columns + j] - product[i * columns + j]);
                size = Math.hypot(size, x[i * columns + j]);
            }
            assertEquals(0, residual, n * epsilon * norm(a) * size);
        }
    }

    static double[][] rows(int m, int n, double[] a) {
        double[][] rows = new double[m][];
        for (int i = 0; i < m; i++) {
            rows[i] = Arrays.copyOfRange(a, i * n, (i + 1) * n);
        }
        return rows;
    }
}
