package adjoint.linalg;

import adjoint.linalg.internal.DoubleQuantile;
import adjoint.linalg.internal.ErfSeries;
import adjoint.linalg.internal.GammaSeries;

/// Elementary functions of one number, as [Chain] computes them where it computes one number at a time; in `float` they
/// are the `double` result, rounded. The vector forms, which a chain uses on whole rows, are as accurate as this
/// table says, measured over the whole range against the `double` or a 50-digit reference:
///
/// | | `float`, ulp | `double`, ulp | edges |
/// |---|---|---|---|
/// | `exp` | 1.5 | 2 | −∞ → 0, ∞ → ∞; results below the least normal number are 0 |
/// | `log` | 1.5 | 2 | 0 → −∞, ∞ → ∞, NaN below 0 |
/// | `tanh` | 3 | 3 | ±∞ → ±1 |
/// | `sigmoid` | 3 | 3 | −∞ → 0, ∞ → 1; results below the least normal number are 0 |
/// | `erf` | 6 | 3 | ±∞ → ±1; in `float` off by at most 4e-7 |
/// | `expm1` | 3 | 3 | −∞ → −1, ∞ → ∞, −0 → −0 |
/// | `log1p` | 4 | 4 | −1 → −∞, ∞ → ∞, NaN below −1, −0 → −0 |
///
/// NaN gives NaN everywhere. The other functions have no vector form.
public final class Functions {
    private static final double LN_TWO = Math.log(2);
    private static final double SQRT_TWO = Math.sqrt(2);

    /// From here on x² + 1 is x², also if rounded.
    private static final double LARGE = 0x1p28;

    private Functions() {}

    /// eˣ.
    public static double exp(double x) {
        return Math.exp(x);
    }

    public static float exp(float x) {
        return (float) exp((double) x);
    }

    /// Natural logarithm.
    public static double log(double x) {
        return Math.log(x);
    }

    public static float log(float x) {
        return (float) log((double) x);
    }

    public static double tanh(double x) {
        return Math.tanh(x);
    }

    public static float tanh(float x) {
        return (float) tanh((double) x);
    }

    /// `1/(1 + e⁻ˣ)`.
    public static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    public static float sigmoid(float x) {
        return (float) sigmoid((double) x);
    }

    /// The error function 2/√π ∫₀ˣ e^(−t²) dt.
    public static double erf(double x) {
        return ErfSeries.erf(x);
    }

    public static float erf(float x) {
        return (float) erf((double) x);
    }

    /// eˣ − 1.
    public static double expm1(double x) {
        return Math.expm1(x);
    }

    /// ln(1 + x).
    public static double log1p(double x) {
        return Math.log1p(x);
    }

    // ---- one number at a time

    /// 2ˣ.
    public static double exp2(double x) {
        return Math.pow(2, x);
    }

    /// The logarithm to base 2, exact for powers of 2.
    public static double log2(double x) {
        if (!(x > 0 && x < Double.POSITIVE_INFINITY)) {
            return Math.log(x);
        }
        boolean isNormal = x >= Double.MIN_NORMAL;
        double normal = isNormal ? x : x * 0x1p54;
        int e = Math.getExponent(normal);
        double m = Math.scalb(normal, -e);
        boolean isUpper = m > SQRT_TWO;
        double k = e + (isUpper ? 1 : 0) - (isNormal ? 0 : 54);
        return k + Math.log(isUpper ? m / 2 : m) / LN_TWO;
    }

    public static double log10(double x) {
        return Math.log10(x);
    }

    public static double sin(double x) {
        return Math.sin(x);
    }

    public static double cos(double x) {
        return Math.cos(x);
    }

    public static double tan(double x) {
        return Math.tan(x);
    }

    public static double asin(double x) {
        return Math.asin(x);
    }

    public static double acos(double x) {
        return Math.acos(x);
    }

    public static double atan(double x) {
        return Math.atan(x);
    }

    public static double sinh(double x) {
        return Math.sinh(x);
    }

    public static double cosh(double x) {
        return Math.cosh(x);
    }

    /// ln(x + √(x² + 1)).
    public static double asinh(double x) {
        double y = Math.abs(x);
        double area = y < LARGE ? Math.log1p(y + y * y / (1 + Math.sqrt(1 + y * y))) : Math.log(y) + LN_TWO;
        return Math.copySign(area, x);
    }

    /// ln(x + √(x² − 1)), NaN below 1.
    public static double acosh(double x) {
        if (x < 1) {
            return Double.NaN;
        }
        double t = x - 1;
        return x < LARGE ? Math.log1p(t + Math.sqrt(2 * t + t * t)) : Math.log(x) + LN_TWO;
    }

    /// ½·ln((1 + x)/(1 − x)): ±∞ at ±1, NaN beyond.
    public static double atanh(double x) {
        double y = Math.abs(x);
        return Math.copySign(0.5 * Math.log1p(2 * y / (1 - y)), x);
    }

    /// 1 − erf x, to 4 ulp wherever it is a normal number.
    public static double erfc(double x) {
        return ErfSeries.erfc(x);
    }

    /// The inverse of [#erf]: ±∞ at ±1, NaN beyond.
    public static double erfinv(double x) {
        double y = Math.abs(x);
        if (!(y < 1)) {
            return y == 1 ? x / 0.0 : Double.NaN;
        }
        return Math.copySign(DoubleQuantile.magnitude(y / 2, (1 - y) / 2) / SQRT_TWO, x);
    }

    /// ln |Γ(x)|: ∞ at 0 and the negative integers. The error is a few units in the last place of the greater of the
    /// result and, below 0, of 1.
    public static double lgamma(double x) {
        return GammaSeries.logGamma(x);
    }

    /// The polygamma function, the derivative of order `n + 1` of ln Γ: digamma for `n = 0`, trigamma for `n = 1`.
    ///
    /// At the poles 0, −1, …: NaN for `n = 0`, but ∓∞ at ±0; for other `n` the infinity with the sign of
    /// (−1)ⁿ⁺¹, that of the limit from above.
    ///
    /// @param n an integer of at least 0
    public static double polygamma(double n, double x) {
        return GammaSeries.polygamma((int) n, x);
    }

    public static double floor(double x) {
        return Math.floor(x);
    }

    public static double ceil(double x) {
        return Math.ceil(x);
    }

    /// The nearest integer, the even one of two.
    public static double rint(double x) {
        return Math.rint(x);
    }

    /// The nearest integer towards 0.
    public static double trunc(double x) {
        return x < 0 ? Math.ceil(x) : Math.floor(x);
    }

    public static double pow(double x, double y) {
        return Math.pow(x, y);
    }

    public static double atan2(double x, double y) {
        return Math.atan2(x, y);
    }

    /// The remainder of x/y with the sign of x.
    public static double fmod(double x, double y) {
        return x % y;
    }
}
