package adjoint.linalg;

import adjoint.linalg.internal.ErfSeries;

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
///
/// NaN gives NaN everywhere.
public final class Functions {
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
}
