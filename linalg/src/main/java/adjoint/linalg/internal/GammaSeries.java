package adjoint.linalg.internal;

/// The logarithm of the gamma function and its derivatives in double precision.
///
/// Near its zeros 1 and 2, ln Γ is a Taylor series with the zeta function's values, M. Abramowitz, I. Stegun, *Handbook
/// of Mathematical Functions*, 6.1.33; above 10 all are asymptotic series, 6.1.40 and 6.4.11. Between the two, and
/// below 0, the recurrence and the reflection lead there.
public final class GammaSeries {
    /// From here on the asymptotic series are exact.
    private static final double FAR = 10;

    /// 1 − γ, with Euler's γ.
    private static final double SLOPE = 0.42278433509846713939;

    private static final double HALF_LOG_2PI = 0.91893853320467274178;

    /// `(−1)ᵏ·(ζ(k) − 1)/k` for k from 2 on.
    private static final double[] ZETA = {
        0.322467033424113218,
        -0.0673523010531980951,
        0.0205808084277845479,
        -0.00738555102867398527,
        0.00289051033074152329,
        -0.00119275391170326098,
        0.000509669524743042422,
        -0.00022315475845357938,
        0.0000994575127818085337,
        -0.0000449262367381331417,
        0.0000205072127756706916,
        -9.4394882752683959e-6,
        4.3748667899074878e-6,
        -2.03921575380136624e-6,
        9.55141213040741983e-7,
        -4.49246919876456604e-7,
        2.12071848055546659e-7,
        -1.00432248239680996e-7,
        4.76981016936398057e-8,
        -2.27110946089431649e-8,
        1.08386592148969541e-8,
        -5.18347504197004666e-9,
        2.48367454380247832e-9,
        -1.19214014058609121e-9,
        5.73136724167886201e-10,
        -2.75952288512423315e-10
    };

    /// Bernoulli's numbers `B₂ₖ` for k from 1 on, over `2k·(2k − 1)`.
    private static final double[] STIRLING = {
        1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156, -3617.0 / 122400
    };

    /// `B₂ₖ/2k`.
    private static final double[] DIGAMMA = {
        1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12, -3617.0 / 8160
    };

    /// `B₂ₖ/(2k)!`.
    private static final double[] MACLAURIN = {
        1.0 / 12,
        -1.0 / 720,
        1.0 / 30240,
        -1.0 / 1209600,
        1.0 / 47900160,
        -691.0 / 1307674368000.0,
        1.0 / 74724249600.0,
        -3617.0 / 10670622842880000.0
    };

    private GammaSeries() {}

    /// ln |Γ(x)|.
    public static double logGamma(double x) {
        if (x <= 0) {
            return reflected(x);
        }
        if (x < 0.5) {
            return nearTwo(x) - Math.log1p(x) - Math.log(x);
        }
        if (x < 1.5) {
            return nearTwo(x - 1) - Math.log1p(x - 1);
        }
        if (x < FAR) {
            double product = 1;
            double y = x;
            while (y > 2.5) {
                y -= 1;
                product *= y;
            }
            return Math.log(product) + nearTwo(y - 2);
        }
        if (x == Double.POSITIVE_INFINITY) {
            return x;
        }
        double series = ErfSeries.polynomial(STIRLING, 1 / x / x) / x;
        return (x - 0.5) * (Math.log(x) - 1) + (HALF_LOG_2PI - 0.5) + series;
    }

    /// `Γ(x)·Γ(1 − x) = π/sin πx`.
    private static double reflected(double x) {
        double fraction = x - Math.rint(x);
        if (fraction == 0 || x == Double.NEGATIVE_INFINITY) {
            return Double.POSITIVE_INFINITY;
        }
        return -Math.log(Math.abs(Math.sin(Math.PI * fraction)) / Math.PI) - logGamma(1 - x);
    }

    /// ln Γ(2 + z) for `|z| ≤ ½`.
    private static double nearTwo(double z) {
        return z * (SLOPE + z * ErfSeries.polynomial(ZETA, z));
    }

    /// The derivative of order `n + 1` of ln Γ.
    public static double polygamma(int n, double x) {
        if (n == 0) {
            return digamma(x);
        }
        double factor = n % 2 == 0 ? -1 : 1;
        for (int i = 2; i <= n; i++) {
            factor *= i;
        }
        return factor * zeta(n + 1, x);
    }

    private static double digamma(double x) {
        if (x == 0) {
            return -1 / x;
        }
        if (x < 0) {
            double fraction = x - Math.rint(x);
            return fraction == 0 ? Double.NaN : digamma(1 - x) - Math.PI / Math.tan(Math.PI * fraction);
        }
        double sum = 0;
        double y = x;
        while (y < FAR) {
            sum -= 1 / y;
            y += 1;
        }
        double z = 1 / y / y;
        return sum + Math.log(y) - 0.5 / y - z * ErfSeries.polynomial(DIGAMMA, z);
    }

    /// Hurwitz' `ζ(s, x) = Σₖ (x + k)⁻ˢ` for integers `s ≥ 2`. Below 0 it is the term next to 0, one
    /// such series on its right, and the difference of two on its left.
    private static double zeta(int s, double x) {
        if (x > 0) {
            return positiveZeta(s, x);
        }
        double fraction = x - Math.rint(x);
        if (fraction == 0) {
            return Double.POSITIVE_INFINITY;
        }
        double below = positiveZeta(s, 1 - fraction) - positiveZeta(s, 1 - x);
        return Math.pow(fraction, -s) + positiveZeta(s, 1 + fraction) + (s % 2 == 0 ? below : -below);
    }

    /// The first terms, and the rest by Euler and Maclaurin's formula.
    private static double positiveZeta(int s, double x) {
        if (x == Double.POSITIVE_INFINITY) {
            return 0;
        }
        double sum = 0;
        double y = x;
        while (y < FAR + 2 * s) {
            sum += Math.pow(y, -s);
            y += 1;
        }
        double power = Math.pow(y, -s);
        sum += power * (y / (s - 1) + 0.5);
        double factor = s * power / y;
        for (int k = 0; k < MACLAURIN.length; k++) {
            sum += MACLAURIN[k] * factor;
            factor *= (s + 2 * k + 1) / y * ((s + 2 * k + 2) / y);
        }
        return sum;
    }
}
