package adjoint.cli.config;

/// When checkpoints are written beside those at the end of each epoch; never part of the result.
///
/// @param steps after every so many steps; 0: not by steps
/// @param seconds after the first step that ends so long after the last checkpoint; 0: not by time
/// @param keep how many of the newest are kept
public record Saving(
        @Default("0") int steps,
        @Default("300") int seconds,
        @Default("2") int keep) {
    public Saving {
        Refusal.atLeast(0, "steps", steps);
        Refusal.atLeast(0, "seconds", seconds);
        Refusal.atLeast(1, "keep", keep);
    }
}
