package adjoint.cli.run;

/// A run that cannot begin or go on. The message is one line for the user.
public final class RunException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public RunException(String message) {
        super(message);
    }
}
