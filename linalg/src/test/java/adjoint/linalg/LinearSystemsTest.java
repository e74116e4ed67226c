package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class LinearSystemsTest {
    @Test
    void namesOfNumPy() {
        double[] a = {3, 1, 1, 2};
        assertArrayEquals(new double[] {2, 3}, LinearSystems.solve(2, 1, a, new double[] {9, 8}), 1e-15);
        assertArrayEquals(new double[] {0.4, -0.2, -0.2, 0.6}, LinearSystems.inv(2, a), 1e-15);
        assertEquals(5, LinearSystems.det(2, a), 1e-15);
        LogDeterminant log = LinearSystems.slogdet(2, new double[] {1, 3, 2, 1});
        assertEquals(-1, log.sign());
        assertEquals(Math.log(5), log.logAbs(), 1e-15);
        assertArrayEquals(new double[] {3, 1, 1, 2}, a);
    }

    @Test
    void singlePrecision() {
        float[] a = {3, 1, 1, 2};
        assertArrayEquals(new float[] {2, 3}, LinearSystems.solve(2, 1, a, new float[] {9, 8}), 1e-6f);
        assertArrayEquals(new float[] {0.4f, -0.2f, -0.2f, 0.6f}, LinearSystems.inv(2, a), 1e-6f);
        assertEquals(5, LinearSystems.det(2, a), 1e-6);
    }

    @Test
    void errors() {
        assertEquals(
                "Lu.solve: pivot 0 is 0.0, must not be 0: the matrix of order 1 is singular",
                assertThrows(PivotException.class, () -> LinearSystems.solve(1, 1, new double[] {0}, new double[] {1}))
                        .getMessage());
        assertEquals(
                "expected float[] or double[], got int[]",
                assertThrows(IllegalArgumentException.class, () -> LinearSystems.det(1, new int[] {1}))
                        .getMessage());
    }
}
