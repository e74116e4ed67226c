package adjoint.autodiff;

/// What becomes of the losses of the single rows.
public enum Reduction {
    /// One loss per row.
    NONE,
    SUM,
    MEAN
}
