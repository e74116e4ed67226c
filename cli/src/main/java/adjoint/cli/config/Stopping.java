package adjoint.cli.config;

/// When a training stops before its last epoch.
///
/// @param metric which the best checkpoint is chosen by: `train_loss`, `test_loss`, `test_accuracy`
/// @param patience after how many epochs that are no better it stops; 0: never
/// @param minDelta by how much a better value must be better
/// @param restoreBest whether the model in the end is the best, not the last
public record Stopping(
        @Default("test_loss") String metric,
        @Default("smaller") Goal goal,
        @Default("0") int patience,
        @Default("0") double minDelta,
        @Default("false") boolean restoreBest) {
    public Stopping {
        Refusal.unless(!metric.isBlank(), "metric", metric, "the name of a metric, e.g. test_loss");
        Refusal.atLeast(0, "patience", patience);
        Refusal.notNegative("minDelta", minDelta);
    }
}
