package adjoint.linalg;

/// On which side of the other matrix a triangular one stands.
public enum Side {
    /// `op(A)·B`, or `op(A)⁻¹·B`.
    LEFT,
    /// `B·op(A)`, or `B·op(A)⁻¹`.
    RIGHT
}
