package adjoint.linalg;

/// A probability distribution to draw from, by [Rng#fill] or [Kernels#draw].
///
/// The draw of a counter is a function of (key, counter) alone, whatever the split, thread or provider. Where a method
/// needs more numbers than one, it takes those of the *same counter* under keys below the given one, a bounded number
/// of them; so no draw takes anything from its neighbours. All are computed in double precision, those of
/// [Uniform] and [Normal] excepted, and rounded.
public sealed interface Distribution {
    /// The uniform distribution on [lo, hi): `lo + (hi - lo)·u`, see [Rng] for u, or the number below hi where that is
    /// rounded to hi. The bounds are those of the precision that is drawn in, and must be finite there, as `hi - lo`.
    ///
    /// @throws IllegalArgumentException if the bounds are not finite or `lo > hi`
    record Uniform(double lo, double hi) implements Distribution {
        public Uniform {
            if (!(lo <= hi) || !Double.isFinite(hi - lo)) {
                throw new IllegalArgumentException(
                        "Uniform: lo ≤ hi must be finite, got lo = " + lo + " and hi = " + hi);
            }
        }
    }

    /// The normal distribution: `mean + deviation·z`, see [Rng] for z.
    ///
    /// @throws IllegalArgumentException if the mean is not finite or the deviation not finite or negative
    record Normal(double mean, double deviation) implements Distribution {
        public Normal {
            requireFinite("Normal", "mean", mean);
            if (!(deviation >= 0) || deviation == Double.POSITIVE_INFINITY) {
                throw new IllegalArgumentException("Normal: deviation must be finite and ≥ 0, got " + deviation);
            }
        }
    }

    /// The normal distribution of that mean and deviation, given that the draw is in [lo, hi]; either bound may be
    /// infinite. The quantile of `P(lo) + u·(P(hi) - P(lo))`, in whichever tail keeps its digits; beyond 30 deviations
    /// from the mean by Newton's method on the logarithm, so that a far interval has the right draws, too.
    ///
    /// @throws IllegalArgumentException unless the mean is finite, the deviation finite and > 0, and `lo < hi`
    record TruncatedNormal(double mean, double deviation, double lo, double hi) implements Distribution {
        public TruncatedNormal {
            requireFinite("TruncatedNormal", "mean", mean);
            requirePositive("TruncatedNormal", "deviation", deviation);
            if (!(lo < hi)) {
                throw new IllegalArgumentException(
                        "TruncatedNormal: lo must be < hi, got lo = " + lo + " and hi = " + hi);
            }
        }
    }

    /// The exponential distribution: `-mean·log u` for u in (0, 1).
    ///
    /// @throws IllegalArgumentException unless the mean is finite and > 0
    record Exponential(double mean) implements Distribution {
        public Exponential {
            requirePositive("Exponential", "mean", mean);
        }
    }

    /// The gamma distribution with density ∝ `x^(shape - 1)·e^(-x/scale)`, by rejection from a normal draw
    /// (G. Marsaglia, W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000).
    ///
    /// Attempt t = 0 … 15 takes the normal draw under child 2t of the key and the uniform one under child 2t + 1. An
    /// attempt fails with probability < 0.05; that of all is below 10⁻²⁰, and the draw is `(shape - 1/3)·scale` then.
    /// A shape below 1 takes the draw for shape + 1 times `u^(1/shape)` under child -1; a result that is too small
    /// for the precision is 0.
    ///
    /// @throws IllegalArgumentException unless shape and scale are finite and > 0
    record Gamma(double shape, double scale) implements Distribution {
        public Gamma {
            requirePositive("Gamma", "shape", shape);
            requirePositive("Gamma", "scale", scale);
        }
    }

    /// The beta distribution on [0, 1] with density ∝ `x^(a - 1)·(1 - x)^(b - 1)`: `X/(X + Y)` of the gamma draws of
    /// shapes a and b under children -2 and -3 of the key, by way of their logarithms.
    ///
    /// @throws IllegalArgumentException unless a and b are finite and > 0
    record Beta(double a, double b) implements Distribution {
        public Beta {
            requirePositive("Beta", "a", a);
            requirePositive("Beta", "b", b);
        }
    }

    /// 1 or -1, each with probability ½, by the uppermost bit.
    record Rademacher() implements Distribution {}

    /// χ² of that many degrees of freedom: the gamma distribution of shape `degrees/2` and scale 2.
    ///
    /// @throws IllegalArgumentException unless `degrees` is finite and > 0
    static Gamma chiSquare(double degrees) {
        requirePositive("chiSquare", "degrees", degrees);
        return new Gamma(degrees / 2, 2);
    }

    private static void requireFinite(String what, String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(what + ": " + name + " must be finite, got " + value);
        }
    }

    private static void requirePositive(String what, String name, double value) {
        if (!(value > 0) || value == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(what + ": " + name + " must be finite and > 0, got " + value);
        }
    }
}
