package adjoint.nn;

/// How a [Fit] came to its end.
public enum Ending {
    /// All epochs were trained.
    FINISHED,
    /// By [EarlyStopping].
    STOPPED_EARLY,
    /// By [Trainer#requestStop].
    STOPPED,
    /// By an exception, which the caller of [Fit#run] gets.
    FAILED
}
