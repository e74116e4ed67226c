package adjoint.duality;

import java.util.Locale;

/// How far a result is at most, or is estimated to be, from what it stands for.
///
/// @param kind what the number measures
/// @param value at least 0, and 0 for a perfect result; NaN if the result is not finite
/// @param exact whether it was worked out in full, up to rounding; else it is an estimate from a sample or of an
/// average
public record Certificate(Kind kind, double value, boolean exact) {
    /// What a certificate measures.
    public enum Kind {
        /// The residual of the stationarity conditions, relative.
        KKT_RESIDUAL,
        /// A primal minus a dual objective, which bounds the distance of either from the optimum.
        DUALITY_GAP,
        /// `Ω*(z) + Ω(p) − zᵀp`, which is 0 for the right p alone; for softmax the Kullback–Leibler divergence from it.
        FENCHEL_YOUNG_GAP,
        /// The relative error of a result.
        ERROR_BOUND
    }

    public static Certificate exact(Kind kind, double value) {
        return new Certificate(kind, value, true);
    }

    public static Certificate estimate(Kind kind, double value) {
        return new Certificate(kind, value, false);
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                + (exact ? " = " : " ≈ ")
                + String.format(Locale.ROOT, "%.3g", value);
    }
}
