package adjoint.testkit;

import adjoint.autodiff.Tensor;

/// Compares tensors for the law suites.
final class Differences {
    private Differences() {}

    /// Requires equal shapes, and elements at most `tolerance` times the largest expected one apart.
    ///
    /// @throws AssertionError naming `law`, the element and both values
    static void require(String law, Tensor expected, Tensor actual, double tolerance) {
        if (!expected.shape().equals(actual.shape())) {
            throw new AssertionError(law + ": shape " + actual.shape() + " instead of " + expected.shape());
        }
        double[] x = expected.toDoubles();
        double[] y = actual.toDoubles();
        double scale = 1;
        for (double value : x) {
            scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < x.length; i++) {
            if (Double.compare(x[i], y[i]) != 0 && !(Math.abs(x[i] - y[i]) <= tolerance * scale)) {
                throw new AssertionError(
                        law + ": element " + i + " of " + expected.shape() + " is " + y[i] + " instead of " + x[i]);
            }
        }
    }
}
