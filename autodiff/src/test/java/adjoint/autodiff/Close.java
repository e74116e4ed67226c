package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

/// Comparison of tensors up to rounding.
final class Close {
    private Close() {}

    /// |expected − actual| ≤ tolerance·max(1, |expected|) everywhere; NaN equals NaN, an infinity itself.
    static void assertClose(String what, Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape(), what);
        double[] x = expected.toDoubles();
        double[] y = actual.toDoubles();
        for (int i = 0; i < x.length; i++) {
            boolean same =
                    Double.compare(x[i], y[i]) == 0 || Math.abs(x[i] - y[i]) <= tolerance * Math.max(1, Math.abs(x[i]));
            if (!same) {
                fail(what + ": element " + i + " is " + y[i] + ", expected " + x[i] + "\n" + actual + "\n" + expected);
            }
        }
    }
}
