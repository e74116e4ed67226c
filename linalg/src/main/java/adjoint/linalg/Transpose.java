package adjoint.linalg;

/// Whether a matrix enters a product as it is stored or transposed: `op(A) = A` or `op(A) = Aᵀ`.
public enum Transpose {
    /// `op(A) = A`.
    NO,
    /// `op(A) = Aᵀ`.
    YES
}
