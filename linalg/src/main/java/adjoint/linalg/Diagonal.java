package adjoint.linalg;

/// What stands on the diagonal of a triangular matrix.
public enum Diagonal {
    /// What is stored there.
    NON_UNIT,
    /// Ones; what is stored there is not read.
    UNIT
}
