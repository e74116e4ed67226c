package adjoint.linalg.internal;

/// Draws of the gamma family, as `adjoint.linalg.Distribution.Gamma` and `Beta` lay them out.
final class GammaDraws {
    private static final int ATTEMPTS = 16;
    private static final long BOOST = -1;
    private static final long BETA_X = -2;
    private static final long BETA_Y = -3;

    private GammaDraws() {}

    /// `x[i]` = the draw of Γ(shape, scale) of `counter + i`.
    static void gamma(DoubleDraws draws, long key, long counter, double shape, double scale, double[] x, int n) {
        large(draws, key, counter, shape < 1 ? shape + 1 : shape, x, n);
        if (shape < 1) {
            double[] lost = DoubleScratch.take(n);
            boost(draws, key, counter, shape, lost, n);
            for (int i = 0; i < n; i++) {
                x[i] *= StrictMath.exp(-lost[i]);
            }
            DoubleScratch.give(lost);
        }
        for (int i = 0; i < n; i++) {
            x[i] *= scale;
        }
    }

    /// `x[i]` = the draw of B(a, b) of `counter + i`: `1/(1 + e^(log Y - log X))`.
    static void beta(DoubleDraws draws, long key, long counter, double a, double b, double[] x, int n) {
        double[] y = DoubleScratch.take(n);
        minusLog(draws, Keys.child(key, BETA_X), counter, a, x, n);
        minusLog(draws, Keys.child(key, BETA_Y), counter, b, y, n);
        for (int i = 0; i < n; i++) {
            x[i] = 1 / (1 + StrictMath.exp(x[i] - y[i]));
        }
        DoubleScratch.give(y);
    }

    /// `x[i] = -log` of the draw of Γ(shape, 1), finite for the least of shapes, too.
    private static void minusLog(DoubleDraws draws, long key, long counter, double shape, double[] x, int n) {
        large(draws, key, counter, shape < 1 ? shape + 1 : shape, x, n);
        draws.negativeLog(x, 0, n);
        if (shape < 1) {
            double[] lost = DoubleScratch.take(n);
            boost(draws, key, counter, shape, lost, n);
            for (int i = 0; i < n; i++) {
                x[i] += lost[i];
            }
            DoubleScratch.give(lost);
        }
    }

    /// `x[i] = -log(u)/shape`, u the draw under the child key [#BOOST].
    private static void boost(DoubleDraws draws, long key, long counter, double shape, double[] x, int n) {
        draws.open(Keys.child(key, BOOST), counter, x, n);
        draws.negativeLog(x, 0, n);
        for (int i = 0; i < n; i++) {
            x[i] /= shape;
        }
    }

    /// `x[i]` = the draw of Γ(shape, 1) of `counter + i`, for shapes ≥ 1.
    private static void large(DoubleDraws draws, long key, long counter, double shape, double[] x, int n) {
        double d = shape - 1.0 / 3;
        double c = 1 / Math.sqrt(9 * d);
        double[] u = DoubleScratch.take(n);
        long normalKey = Keys.child(key, 0);
        draws.normal(Keys.first(normalKey), Keys.second(normalKey), counter, x, 0, n, 0, 1);
        draws.open(Keys.child(key, 1), counter, u, n);
        for (int i = 0; i < n; i++) {
            double z = x[i];
            double square = z * z;
            // Squeeze: most draws are accepted without a logarithm. It implies 1 + c·z > 0.
            if (u[i] < 1 - 0.0331 * square * square) {
                double t = 1 + c * z;
                x[i] = d * (t * t * t);
            } else {
                x[i] = d * cube(key, counter + i, d, c, z, u[i]);
            }
        }
        DoubleScratch.give(u);
    }

    /// The first `v = (1 + c·z)³` that is accepted, beginning with the given z and u as attempt 0.
    private static double cube(long key, long counter, double d, double c, double z, double u) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (attempt > 0) {
                z = DoubleDraws.normal(Keys.child(key, 2 * attempt), counter);
                u = DoubleDraws.open(Keys.child(key, 2 * attempt + 1), counter);
            }
            double t = 1 + c * z;
            double v = t * t * t;
            if (t > 0 && StrictMath.log(u) < 0.5 * z * z + d * (1 - v + StrictMath.log(v))) {
                return v;
            }
        }
        return 1;
    }
}
