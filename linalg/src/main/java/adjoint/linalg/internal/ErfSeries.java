package adjoint.linalg.internal;

/// The error function in double precision, by polynomials, lowest order first:
///
/// ```
/// erf(x)      ≈ x·Σ Sᵢ x²ⁱ            |x| ≤ 1        relative error 7e-18
/// log erfc(x) ≈ Σ Lᵢ xⁱ               1 ≤ x ≤ 6      error of erfc 3e-17
/// erfc(x)     ≈ e^(−x²)/(1 + 2x)·Σ Tᵢ tⁱ   1 ≤ x ≤ 28   relative error 4e-19, t = (x − 4)/(x + 4)
/// ```
///
/// fitted by Remez' algorithm in 50 digits.
public final class ErfSeries {
    static final double[] SMALL = {
        1.12837916709551257,
        -0.376126389031835196,
        0.112837916709441851,
        -0.026866170643111511,
        0.00522397760611878801,
        -0.000854832592932857578,
        0.000120552935773065252,
        -0.0000149247123096126685,
        1.64471316629702511e-6,
        -1.62063144436846431e-7,
        1.37109832801791102e-8,
        -7.779473700379418e-10
    };

    static final double[] LOG_ERFC = {
        -1.081976070153471103e-6,
        -1.128368547288731696,
        -0.6366682626584626339,
        -0.1026359098410781284,
        0.01886234494037108357,
        0.0005879291578059939639,
        -0.002102476757550292428,
        0.0009226667097790211234,
        -0.0002322033174005499454,
        0.00002868954301158365962,
        3.372645677576230133e-6,
        -2.610022304039940833e-6,
        6.75245776586298141e-7,
        -1.06415033851847946e-7,
        1.072452626416466636e-8,
        -6.409655662775060211e-10,
        1.740036586770163787e-11
    };

    private static final double[] TAIL = {
        1.23299511862555251,
        -0.139621116840562498,
        0.0153796521026202032,
        0.0680970542546901143,
        -0.101039066036339334,
        0.0937328349984747977,
        -0.0663303658111672169,
        0.0371675155346185112,
        -0.0161977340740542689,
        0.00503197001512948417,
        -0.000757773142598004855,
        -0.000199256994751028864,
        0.00015062087513990391,
        -0.0000243976352685865633,
        -0.0000112193337641247896,
        5.70428716939897979e-6,
        2.88496920785488702e-7,
        -8.13487851465007871e-7,
        7.97841852483423566e-8,
        9.47343861357427773e-8,
        -1.85795786194279623e-8,
        -4.69535816157453655e-9
    };

    private ErfSeries() {}

    /// 1 − erf of one number.
    public static double erfc(double x) {
        if (!(x >= 1)) {
            return 1 - erf(x);
        }
        if (x > 28) {
            return 0;
        }
        double square = x * x;
        double rest = Math.fma(x, x, -square);
        double t = (x - 4) / (x + 4);
        return Math.exp(-square) * (1 - rest) * polynomial(TAIL, t) / (1 + 2 * x);
    }

    /// erf of one number.
    public static double erf(double x) {
        double y = Math.abs(x);
        if (y >= 6) {
            return Math.copySign(1, x);
        }
        return y >= 1 ? Math.copySign(1 - Math.exp(polynomial(LOG_ERFC, y)), x) : x * polynomial(SMALL, x * x);
    }

    static double polynomial(double[] c, double x) {
        double sum = c[c.length - 1];
        for (int i = c.length - 2; i >= 0; i--) {
            sum = sum * x + c[i];
        }
        return sum;
    }
}
