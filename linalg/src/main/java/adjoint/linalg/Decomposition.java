package adjoint.linalg;

/// What the decompositions share: argument checks and scaling.
final class Decomposition {
    private Decomposition() {}

    /// Checks that `a` is an `m × n` matrix of finite numbers.
    static void check(String name, int m, int n, double[] a) {
        if (m < 0 || n < 0) {
            throw new IllegalArgumentException(name + ": sizes must be ≥ 0, got " + m + " × " + n);
        }
        if ((long) m * n != a.length) {
            throw new IllegalArgumentException(name + ": a " + m + " × " + n + " matrix has " + (long) m * n
                    + " elements, the array has " + a.length);
        }
        int bad = Kernels.f64().firstNonFinite(a, 0, a.length);
        if (bad >= 0) {
            throw new IllegalArgumentException(name + ": element [" + bad / n + ", " + bad % n + "] of the " + m + " × "
                    + n + " matrix is " + a[bad] + ", all must be finite");
        }
    }

    /// Divides `a` by a power of two that brings its largest magnitude into [1, 2), so that squares neither
    /// overflow nor vanish, and returns that power; 1 if all elements are zero.
    static double scaleToOne(double[] a) {
        double largest = 0;
        for (double x : a) {
            largest = Math.max(largest, Math.abs(x));
        }
        if (largest == 0) {
            return 1;
        }
        int exponent = Math.max(Math.getExponent(largest), Double.MIN_EXPONENT);
        // Two factors: 2^-exponent alone may not be representable.
        int half = exponent / 2;
        double first = Math.scalb(1.0, -half);
        double second = Math.scalb(1.0, half - exponent);
        for (int i = 0; i < a.length; i++) {
            a[i] = a[i] * first * second;
        }
        return Math.scalb(1.0, exponent);
    }
}
