package adjoint.cli.config;

/// Which way a metric is better.
public enum Goal {
    SMALLER,
    LARGER
}
