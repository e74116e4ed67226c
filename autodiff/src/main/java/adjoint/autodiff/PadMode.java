package adjoint.autodiff;

/// What [Tensor#pad(PadMode, int...)] puts around the elements `a b c d` of an axis.
public enum PadMode {
    /// `c b | a b c d | c b`: mirrored at the first and the last element, which are not repeated.
    REFLECT,
    /// `a a | a b c d | d d`.
    REPLICATE,
    /// `c d | a b c d | a b`.
    CIRCULAR
}
