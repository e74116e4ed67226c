package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SvdTest {
    @Test
    void aKnownDecomposition() {
        // [[3, 0], [4, 5]] = U·diag(3√5, √5)·Vᵀ
        Svd<double[]> svd = Svd.thin(Kernels.f64(), 2, 2, new double[] {3, 0, 4, 5});
        assertArrayEquals(new double[] {3 * Math.sqrt(5), Math.sqrt(5)}, svd.s(), 1e-14);
        double half = Math.sqrt(0.5);
        assertArrayEquals(new double[] {half, half}, java.util.Arrays.copyOf(svd.vt(), 2), 1e-14);
        assertArrayEquals(new double[] {Math.sqrt(0.1), Math.sqrt(0.9)}, new double[] {svd.u()[0], svd.u()[2]}, 1e-14);
    }

    @Test
    void oneByOne() {
        Svd<double[]> svd = Svd.thin(Kernels.f64(), 1, 1, new double[] {-3});
        assertArrayEquals(new double[] {3}, svd.s());
        assertArrayEquals(new double[] {-1}, svd.u());
        assertArrayEquals(new double[] {1}, svd.vt());
    }

    @Test
    void emptyMatricesHaveNoValues() {
        for (int[] shape : new int[][] {{0, 0}, {0, 3}, {3, 0}}) {
            Svd<double[]> svd = Svd.thin(Kernels.f64(), shape[0], shape[1], new double[0]);
            assertEquals(0, svd.s().length);
            assertEquals(0, svd.u().length);
            assertEquals(0, svd.vt().length);
        }
    }

    /// The smallest singular value of the Hilbert matrix of order 8, from the literature (Fettis and Caslin,
    /// 1967).
    @Test
    void theHilbertMatrix() {
        double[] a = new double[64];
        for (int i = 0; i < 64; i++) {
            a[i] = 1.0 / (i / 8 + i % 8 + 1);
        }
        double[] s = Svd.values(Kernels.f64(), 8, 8, a);
        assertEquals(1.6959389969, s[0], 1e-10);
        assertEquals(1.1115389664e-10, s[7], 1e-15);
    }

    @Test
    void hugeTinyAndSubnormalNumbers() {
        double expected = 3 * Math.sqrt(5);
        for (double scale : new double[] {0x1p1020, 0x1p-1020, 0x1p-1060}) {
            double[] s = Svd.values(Kernels.f64(), 2, 2, new double[] {3 * scale, 0, 4 * scale, 5 * scale});
            assertEquals(expected, s[0] / scale, scale < 0x1p-1050 ? 1e-3 : 1e-14);
        }
    }

    @Test
    void theSameInputGivesTheSameBits() {
        double[] a = Matrices.random(40, 30, 0, 5);
        Svd<double[]> first = Svd.thin(Kernels.f64(), 40, 30, a);
        for (int k = 0; k < 5; k++) {
            Svd<double[]> again = Svd.thin(Kernels.f64(), 40, 30, a);
            assertArrayEquals(first.s(), again.s());
            assertArrayEquals(first.u(), again.u());
            assertArrayEquals(first.vt(), again.vt());
        }
    }

    @Test
    void aLargerOne() {
        int m = 200;
        int n = 150;
        double[] a = Matrices.random(m, n, 1, 6);
        Svd<double[]> svd = Svd.thin(Kernels.f64(), m, n, a);
        double[] us = svd.u().clone();
        for (int i = 0; i < us.length; i++) {
            us[i] *= svd.s()[i % n];
        }
        assertArrayEquals(a, Matrices.product(m, n, n, us, svd.vt()), 1e-13 * Matrices.norm(a));
        Matrices.assertOrthonormalColumns(m, n, svd.u());
        Matrices.assertOrthonormalColumns(n, n, Matrices.transposed(n, n, svd.vt()));
    }

    @Test
    void wrongInputIsNamed() {
        assertEquals(
                "Svd.thin: element [0, 1] of the 1 × 2 matrix is Infinity, all must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Svd.thin(Kernels.f64(), 1, 2, new double[] {1, Double.POSITIVE_INFINITY}))
                        .getMessage());
        assertEquals(
                "Svd.values: sizes must be ≥ 0, got -1 × 2",
                assertThrows(IllegalArgumentException.class, () -> Svd.values(Kernels.f64(), -1, 2, new double[0]))
                        .getMessage());
    }
}
