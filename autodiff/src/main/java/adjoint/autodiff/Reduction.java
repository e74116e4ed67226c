package adjoint.autodiff;

/// What becomes of the single losses.
public enum Reduction {
    /// One loss per element or row.
    NONE,
    SUM,
    MEAN
}
