package adjoint.linalg;

/// Which half of a square matrix is meant, diagonal included. The other half is neither read nor written.
public enum Triangle {
    /// `[r, c]` with `c ≤ r`.
    LOWER,
    /// `[r, c]` with `c ≥ r`.
    UPPER
}
