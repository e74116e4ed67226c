package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import java.util.Locale;

/// How far a result is at most, or is estimated to be, from what it stands for.
///
/// @param kind what the number measures
/// @param value at least 0, and 0 for a perfect result; NaN if the result is not finite
/// @param exact whether it was worked out in full, up to rounding; else it is an estimate from a sample or of an
/// average
public record Certificate(Kind kind, double value, boolean exact) {
    /// What a certificate measures.
    ///
    /// An [adjoint.nn.AttentionMechanism] has a certificate of its own if, when its pass is probing, it shows one of
    /// each sample and head, `[B, H]`, under the name of the kind; an [AttentionReport] has it, and all that is made of
    /// one:
    ///
    /// ```
    /// if (pass.probing()) {
    ///     pass.probe(Certificate.Kind.KKT_RESIDUAL.name(), Certificate.relative(next.sub(state), state));
    /// }
    /// ```
    public enum Kind {
        /// The residual of the stationarity conditions, relative.
        KKT_RESIDUAL("KKT residual"),
        /// The largest error of a constraint, such as that of a sum which is to be 1.
        CONSTRAINT_RESIDUAL("constraint residual"),
        /// A primal minus a dual objective, which bounds the distance of either from the optimum.
        DUALITY_GAP("duality gap"),
        /// `Ω*(z) + Ω(p) − zᵀp`, which is 0 for the right p alone; for softmax the Kullback–Leibler divergence from it.
        FENCHEL_YOUNG_GAP("Fenchel–Young gap"),
        /// The error of a result beside the exact one, as measured, relative.
        RELATIVE_ERROR("relative error");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /// Its name for readers: `KKT residual`.
        public String words() {
            return words;
        }
    }

    public static Certificate exact(Kind kind, double value) {
        return new Certificate(kind, value, true);
    }

    public static Certificate estimate(Kind kind, double value) {
        return new Certificate(kind, value, false);
    }

    /// `‖error‖/‖size‖` of each sample and head, `F64` `[B, H]`; 0 where the error is.
    ///
    /// @param error `[B, H, N, p]`
    /// @param size `[B, H, N, p]`
    public static Tensor relative(Tensor error, Tensor size) {
        Tensor squares = error.detach().to(DType.F64).square().sum(2, 3);
        Tensor all = size.detach().to(DType.F64).square().sum(2, 3);
        Tensor some = squares.notEqual(0);
        return squares.div(all.where(some, 1)).sqrt();
    }

    @Override
    public String toString() {
        return kind.words + (exact ? " = " : " ≈ ") + String.format(Locale.ROOT, "%.3g", value);
    }
}
