package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// What returns new arrays, and so has no line in [KernelTable], is the same in every precision and with every
/// provider:
/// solutions and inverses themselves, and of vectors that have no sign the product.
class AgreementLaws {
    private interface Computation {
        <A> A of(Kernels<A> kernels, Function<double[], A> array);
    }

    /// Of condition below 4, in single precision: normal draws that are small beside the diagonal.
    private static double[] matrix(int m, int n, long seed) {
        double[] a = new double[m * n];
        Rng.of(seed).fillNormal(a, 0, a.length, 0, 0.25 / Math.sqrt(Math.max(1, Math.max(m, n))));
        for (int i = 0; i < a.length; i++) {
            a[i] = (float) (a[i] + (i / n == i % n ? 2 : 0));
        }
        return a;
    }

    private static void assertAgree(String what, int size, Computation computation) {
        double[] expected = null;
        for (Provided<?> p : Provided.all()) {
            if (p.name().equals("DoubleKernels")) {
                expected = result(p, computation);
            }
        }
        for (Provided<?> p : Provided.all()) {
            double tolerance = 16 * p.epsilon() * (4 + size);
            assertArrayEquals(expected, result(p, computation), tolerance, p + " " + what);
        }
    }

    private static <A> double[] result(Provided<A> p, Computation computation) {
        return Provided.doubles(computation.of(p.kernels(), p::array));
    }

    @Property(tries = 100)
    void leastSquaresAndPseudoInverses(
            @ForAll @IntRange(max = 70) int m,
            @ForAll @IntRange(max = 70) int n,
            @ForAll @IntRange(max = 4) int columns,
            @ForAll long seed) {
        double[] a = matrix(m, n, seed);
        double[] b = matrix(m, columns, seed + 1);
        int size = Math.max(m, n);
        assertAgree("LeastSquares.solve", size, new Computation() {
            @Override
            public <A> A of(Kernels<A> k, Function<double[], A> array) {
                return LeastSquares.solve(k, m, n, array.apply(a), columns, array.apply(b));
            }
        });
        assertAgree("LeastSquares.minimumNorm", size, new Computation() {
            @Override
            public <A> A of(Kernels<A> k, Function<double[], A> array) {
                return LeastSquares.minimumNorm(k, m, n, array.apply(a), columns, array.apply(b), 1e-3)
                        .x();
            }
        });
        assertAgree("Svd.pinv", size, new Computation() {
            @Override
            public <A> A of(Kernels<A> k, Function<double[], A> array) {
                return Svd.pinv(k, m, n, array.apply(a), 1e-3);
            }
        });
        assertAgree("Svd.thin", size, new Computation() {
            @Override
            public <A> A of(Kernels<A> k, Function<double[], A> array) {
                Svd<A> svd = Svd.thin(k, m, n, array.apply(a));
                return product(k, m, Math.min(m, n), n, svd.u(), svd.s(), svd.vt(), Transpose.NO);
            }
        });
    }

    @Property(tries = 100)
    void inversesAndEigenvectors(@ForAll @IntRange(max = 90) int n, @ForAll long seed) {
        double[] a = matrix(n, n, seed);
        double[] symmetric = a.clone();
        for (int i = 0; i < n * n; i++) {
            symmetric[i] = (float) ((a[i] + a[i % n * n + i / n]) / 2);
        }
        assertAgree("Lu.inverse", n, new Computation() {
            @Override
            public <A> A of(Kernels<A> k, Function<double[], A> array) {
                return Lu.of(k, n, array.apply(a)).inverse();
            }
        });
        assertAgree("Cholesky.inverse", n, new Computation() {
            @Override
            public <A> A of(Kernels<A> k, Function<double[], A> array) {
                return Cholesky.of(k, n, array.apply(symmetric)).inverse();
            }
        });
        assertAgree("SymmetricEigen.of", n, new Computation() {
            @Override
            public <A> A of(Kernels<A> k, Function<double[], A> array) {
                SymmetricEigen<A> eigen = SymmetricEigen.of(k, n, array.apply(symmetric));
                return product(k, n, n, n, eigen.vectors(), eigen.values(), eigen.vectors(), Transpose.YES);
            }
        });
    }

    /// `U·diag(s)·op(V)` with k values.
    private static <A> A product(Kernels<A> kernels, int m, int k, int n, A u, A s, A v, Transpose transpose) {
        double[] values = Provided.doubles(s);
        A scaled = Decomposition.copy(kernels, m, k, u);
        for (int i = 0; i < m * k; i++) {
            kernels.scale(1, values[i % k], scaled, i);
        }
        A product = Decomposition.vector(kernels, m * n);
        int ldv = transpose == Transpose.NO ? n : k;
        kernels.gemm(Transpose.NO, transpose, m, n, k, 1, scaled, 0, k, v, 0, ldv, 0, product, 0, n);
        return product;
    }
}
