package adjoint.cli.config;

/// A setting that cannot be used. The message is one line: where the setting comes from, its path, what is wrong, and
/// what would be right.
public final class ConfigException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public ConfigException(String message) {
        super(message);
    }
}
