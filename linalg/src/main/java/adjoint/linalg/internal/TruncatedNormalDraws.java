package adjoint.linalg.internal;

/// Draws of the standard normal distribution between two bounds, by inversion.
final class TruncatedNormalDraws {
    /// Beyond this, tail probabilities are handled by their logarithms: they would soon vanish.
    private static final double FAR = 30;

    private static final double INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);

    private TruncatedNormalDraws() {}

    /// `x[i]` = the draw of `counter + i` in [a, b], `a < b`.
    static void fill(DoubleDraws draws, long key, long counter, double a, double b, double[] x, int n) {
        draws.open(key, counter, x, n);
        if (a > FAR) {
            for (int i = 0; i < n; i++) {
                x[i] = tail(a, b, 1 - x[i]);
            }
        } else if (b < -FAR) {
            for (int i = 0; i < n; i++) {
                x[i] = -tail(-b, -a, x[i]);
            }
        } else {
            double below = cumulative(a);
            double above = cumulative(-b);
            double width = a > 0 ? cumulative(-a) - above : b < 0 ? cumulative(b) - below : 1 - below - above;
            draws.quantiles(x, 0, n, below, above, width);
        }
        for (int i = 0; i < n; i++) {
            x[i] = Math.clamp(x[i], a, b);
        }
    }

    /// The z in [a, b] whose tail probability is `Q(z) = Q(b) + u·(Q(a) - Q(b))`, for `a > FAR`.
    ///
    /// With `Q = φ·M` and `z = a + δ`, Newton's method solves `δ·(a + δ/2) - log(M(z)/M(a)) = -log(Q(z)/Q(a))`; the
    /// derivative of the left side is `1/M(z)`.
    private static double tail(double a, double b, double u) {
        double atA = mills(a);
        double ratio = StrictMath.exp(-0.5 * (b - a) * (b + a)) * mills(b) / atA;
        double target = -StrictMath.log(ratio + u * (1 - ratio));
        double step = target / a;
        for (int iteration = 0; iteration < 3; iteration++) {
            double atZ = mills(a + step);
            step -= (step * (a + 0.5 * step) - StrictMath.log(atZ / atA) - target) * atZ;
        }
        return a + step;
    }

    /// Φ(x), with all digits in the lower tail.
    static double cumulative(double x) {
        double density = INVERSE_SQRT_2PI * StrictMath.exp(-0.5 * x * x);
        if (x < -2) {
            return density == 0 ? 0 : density * mills(-x);
        }
        if (x > 2) {
            return density == 0 ? 1 : 1 - density * mills(x);
        }
        // ½ + φ(x)·Σ x^(2k+1)/(1·3·…·(2k+1))
        double term = x;
        double sum = x;
        for (int k = 3; k < 80; k += 2) {
            term *= x * x / k;
            sum += term;
        }
        return 0.5 + density * sum;
    }

    /// Mills' ratio `M(x) = Q(x)/φ(x)` for `x ≥ 2`, by Laplace's continued fraction `1/(x + 1/(x + 2/(x + …)))`.
    private static double mills(double x) {
        double fraction = x;
        for (int k = 8 + (int) (500 / (x * x)); k > 0; k--) {
            fraction = x + k / fraction;
        }
        return 1 / fraction;
    }
}
