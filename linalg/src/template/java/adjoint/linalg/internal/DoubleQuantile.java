package adjoint.linalg.internal;

/// The standard normal quantile Φ⁻¹ of one number; [DoubleSimdDraws] does the same operations in the same order on
/// vectors, so that both give the same bits.
@SuppressWarnings("cast")
public final class DoubleQuantile {
    static final double[] CENTRE_NUMERATOR = rounded(coefficients().centre()[0]);
    static final double[] CENTRE_DENOMINATOR = rounded(coefficients().centre()[1]);
    static final double[] NEAR_NUMERATOR = rounded(coefficients().near()[0]);
    static final double[] NEAR_DENOMINATOR = rounded(coefficients().near()[1]);
    private static final double[] FAR_NUMERATOR = rounded(coefficients().far()[0]);
    private static final double[] FAR_DENOMINATOR = rounded(coefficients().far()[1]);

    /// Up to here, a centred probability is in the centre.
    static final double CENTRE = 0.425;

    /// Below this, a tail is far: `√(-log FAR)` is just under 5.
    static final double FAR = 0x1p-36;

    /// See [Coefficients].
    static final double[] LOG = rounded(Coefficients.of(ElementType.F64).log());

    static final double LN2_HIGH = (double) Coefficients.of(ElementType.F64).ln2High();
    static final double LN2_LOW = (double) Coefficients.of(ElementType.F64).ln2Low();

    private static final double SQRT_TWO = (double) Math.sqrt(/*64*/ 2.0);

    private DoubleQuantile() {}

    private static QuantileCoefficients coefficients() {
        return QuantileCoefficients.of(ElementType.F64);
    }

    private static double[] rounded(/*64*/ double[] c) {
        double[] rounded = new double[c.length];
        for (int i = 0; i < c.length; i++) {
            rounded[i] = (double) c[i];
        }
        return rounded;
    }

    /// `|Φ⁻¹(p)|` for `q = |p - ½|` and `tail = min(p, 1 - p)`, which are two arguments because either loses the digits
    /// of the other. The tail must be a normal number > 0.
    public static double magnitude(double q, double tail) {
        if (q <= CENTRE) {
            double r = Math.fma(-q, q, 0.180625);
            return polynomial(CENTRE_NUMERATOR, r) * q / polynomial(CENTRE_DENOMINATOR, r);
        }
        double r = (double) Math.sqrt(-log(tail));
        if (tail >= FAR) {
            return polynomial(NEAR_NUMERATOR, r - 1.6) / polynomial(NEAR_DENOMINATOR, r - 1.6);
        }
        return polynomial(FAR_NUMERATOR, r - 5) / polynomial(FAR_DENOMINATOR, r - 5);
    }

    /// The natural logarithm of a normal number > 0, as in [Lowering].
    static double log(double x) {
        int k = Math.getExponent(x);
        double m = Math.scalb(x, -k);
        if (m >= SQRT_TWO) {
            m *= 0.5;
            k++;
        }
        double f = m - 1;
        double s = f / (f + 2);
        double half = f * f * 0.5;
        double z = s * s;
        double low = Math.fma(s, half + polynomial(LOG, z) * z, k * LN2_LOW);
        return Math.fma(k, LN2_HIGH, low - half + f);
    }

    private static double polynomial(double[] c, double x) {
        double sum = c[c.length - 1];
        for (int i = c.length - 2; i >= 0; i--) {
            sum = Math.fma(sum, x, c[i]);
        }
        return sum;
    }
}
