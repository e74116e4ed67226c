package adjoint.linalg.internal;

/// The error function in double precision, by two minimax polynomials, lowest order first:
///
/// ```
/// erf(x)      ≈ x·Σ Sᵢ x²ⁱ            |x| ≤ 1        relative error 7e-18
/// log erfc(x) ≈ Σ Lᵢ xⁱ               1 ≤ x ≤ 6      error of erfc 3e-17
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

    private ErfSeries() {}

    /// erf of one number.
    public static double erf(double x) {
        double y = Math.abs(x);
        if (y >= 6) {
            return Math.copySign(1, x);
        }
        return y >= 1 ? Math.copySign(1 - Math.exp(polynomial(LOG_ERFC, y)), x) : x * polynomial(SMALL, x * x);
    }

    private static double polynomial(double[] c, double x) {
        double sum = c[c.length - 1];
        for (int i = c.length - 2; i >= 0; i--) {
            sum = sum * x + c[i];
        }
        return sum;
    }
}
