package adjoint.nn;

/// A loss or gradient that is NaN or infinite. The message names the step and where the first such value arose; the
/// parameters and the optimiser are as they were before that step.
public final class DivergenceException extends ArithmeticException {
    private static final long serialVersionUID = 1;

    public DivergenceException(String message) {
        super(message);
    }
}
