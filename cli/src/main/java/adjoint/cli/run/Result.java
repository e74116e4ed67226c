package adjoint.cli.run;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A run's figures, the content of `result.json`. Accuracies are fractions of the test cases.
///
/// @param epochs how many were completed, of `epochsPlanned`
/// @param parameters how many numbers were trained
/// @param measure by what an epoch is the best one
/// @param bestAccuracy that of the best epoch
/// @param bestLoss the test loss of the best epoch
/// @param bestEpoch the first of the best epochs, from 1
/// @param linearAccuracy what a linear classifier reaches on the same split, where that was asked for
/// @param ending why the run ended
public record Result(
        String experiment,
        String attention,
        long seed,
        int threads,
        int shards,
        int epochs,
        int epochsPlanned,
        int trainCases,
        int testCases,
        int classes,
        int channels,
        int length,
        long parameters,
        Measure measure,
        double bestAccuracy,
        double bestLoss,
        int bestEpoch,
        double lastAccuracy,
        double lastLoss,
        Optional<Double> linearAccuracy,
        double secondsPerEpoch,
        double peakMemoryMb,
        Ending ending,
        Map<String, String> versions) {

    /// What tells how good an epoch is.
    public enum Measure {
        /// The share of test cases that are classified right: the greater, the better.
        ACCURACY,
        /// The mean loss of the test cases: the less, the better.
        LOSS
    }

    /// Why a run ended.
    public enum Ending {
        FINISHED,
        STOPPED_EARLY,
        INTERRUPTED,
        NOT_FINITE
    }

    /// The file's content: one field per line.
    public String toJson() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("experiment", experiment);
        fields.put("attention", attention);
        fields.put("seed", seed);
        fields.put("threads", threads);
        fields.put("shards", shards);
        fields.put("epochs", epochs);
        fields.put("epochs_planned", epochsPlanned);
        fields.put("train_cases", trainCases);
        fields.put("test_cases", testCases);
        fields.put("classes", classes);
        fields.put("channels", channels);
        fields.put("length", length);
        fields.put("parameters", parameters);
        fields.put("measure", measure.name().toLowerCase(Locale.ROOT));
        fields.put("best_accuracy", bestAccuracy);
        fields.put("best_loss", bestLoss);
        fields.put("best_epoch", bestEpoch);
        fields.put("last_accuracy", lastAccuracy);
        fields.put("last_loss", lastLoss);
        linearAccuracy.ifPresent(accuracy -> fields.put("linear_accuracy", accuracy));
        fields.put("seconds_per_epoch", secondsPerEpoch);
        fields.put("peak_memory_mb", peakMemoryMb);
        fields.put("ending", ending.name().toLowerCase(Locale.ROOT));
        fields.put("versions", versions);
        StringBuilder out = new StringBuilder("{");
        String comma = "";
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            out.append(comma).append("\n  ").append(Json.write(field.getKey())).append(": ");
            out.append(Json.write(field.getValue()));
            comma = ",";
        }
        return out.append("\n}\n").toString();
    }

    /// The result that a file's content holds.
    ///
    /// @throws IllegalArgumentException where a field is missing or of the wrong type
    static Result of(String json) {
        Fields fields = Fields.of(Json.parse(json));
        return new Result(
                fields.string("experiment"),
                fields.string("attention"),
                fields.large("seed"),
                fields.whole("threads"),
                fields.whole("shards"),
                fields.whole("epochs"),
                fields.whole("epochs_planned"),
                fields.whole("train_cases"),
                fields.whole("test_cases"),
                fields.whole("classes"),
                fields.whole("channels"),
                fields.whole("length"),
                fields.large("parameters"),
                Measure.valueOf(fields.string("measure").toUpperCase(Locale.ROOT)),
                fields.number("best_accuracy"),
                fields.number("best_loss"),
                fields.whole("best_epoch"),
                fields.number("last_accuracy"),
                fields.number("last_loss"),
                fields.has("linear_accuracy") ? Optional.of(fields.number("linear_accuracy")) : Optional.empty(),
                fields.number("seconds_per_epoch"),
                fields.number("peak_memory_mb"),
                Ending.valueOf(fields.string("ending").toUpperCase(Locale.ROOT)),
                fields.strings("versions"));
    }
}
