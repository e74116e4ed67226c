package adjoint.cli;

/// Work that began and could not be finished. The message is one line for the user.
final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StoppedException(String message, Throwable cause) {
        super(message, cause);
    }
}
