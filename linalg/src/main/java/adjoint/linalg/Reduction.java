package adjoint.linalg;

/// What [Kernels#reduce] makes of the elements `x₀ … x₍ₙ₋₁₎` along an axis. A NaN among them makes the result NaN.
public enum Reduction {
    /// Σ x; 0 where `n = 0`.
    SUM,
    /// `Σ x / n`; NaN where `n = 0`.
    MEAN,
    /// `Σ (x − mean x)² / n`, in two passes; NaN where `n = 0`.
    VARIANCE,
    /// Π x; 1 where `n = 0`.
    PRODUCT,
    /// max x; −∞ where `n = 0`.
    MAX,
    /// min x; +∞ where `n = 0`.
    MIN
}
