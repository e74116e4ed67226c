package adjoint.linalg;

/// A determinant as `sign·exp(logAbs)`, which neither overflows nor vanishes.
///
/// @param sign 1, -1, or 0 for a singular matrix; NaN if the matrix has a NaN
/// @param logAbs the logarithm of the magnitude, -∞ for a singular matrix
public record LogDeterminant(double sign, double logAbs) {}
