package adjoint.linalg;

/// A decomposition, or what was to be solved with it, met a pivot that it cannot divide by, or take the root of: the
/// matrix is singular, or not positive definite.
public final class PivotException extends ArithmeticException {
    private static final long serialVersionUID = 1;

    private final String kernel;
    private final int index;
    private final double value;

    /// @param kernel what was called, such as `Cholesky.of`
    /// @param index the row and column of the pivot, from 0
    /// @param value the pivot
    /// @param requirement what it must be, and what it means that it is not
    PivotException(String kernel, int index, double value, String requirement) {
        super(kernel + ": pivot " + index + " is " + value + ", " + requirement);
        this.kernel = kernel;
        this.index = index;
        this.value = value;
    }

    /// What was called, such as `Cholesky.of`.
    public String kernel() {
        return kernel;
    }

    /// The row and column of the pivot, from 0.
    public int index() {
        return index;
    }

    /// The pivot.
    public double value() {
        return value;
    }
}
