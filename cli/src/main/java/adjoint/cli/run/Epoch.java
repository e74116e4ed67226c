package adjoint.cli.run;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One epoch's line of `metrics.jsonl`.
///
/// @param epoch counted from 1
/// @param trainLoss mean over the epoch's cases of the task's loss, without J²
/// @param jSquared mean over the epoch's cases of mean_layers J², as the loss takes it; 0 without primal attention
/// @param seconds of training, without evaluation; of an interrupted epoch, of the part after the interruption
/// @param evaluationSeconds of the test pass and the attention figures
/// @param peakMemoryMb of the process so far, MiB
/// @param bytesPerStep bytes allocated on the heap per training step by all threads that train
/// @param attention figures of every layer and head on the example of the report, where they were taken
public record Epoch(
        int epoch,
        double trainLoss,
        double trainAccuracy,
        double jSquared,
        double testLoss,
        double testAccuracy,
        double seconds,
        double evaluationSeconds,
        double samplesPerSecond,
        double peakMemoryMb,
        double bytesPerStep,
        Optional<AttentionFigures> attention) {

    /// A figure is there if a layer has it; others have NaN in its place, `null` in the line.
    ///
    /// @param effectiveRank `[layer][head]`
    /// @param jSquared `[layer]`, as that layer adds it to the loss; primal attention only
    /// @param headJSquared the square of what each head adds to its layer's J, `[layer][head]`; primal attention only
    /// @param kktResidual ρ `[layer][head]`, primal attention only
    /// @param gap to Ky Fan's bound, `[layer][head]`, stiefel attention only
    public record AttentionFigures(
            List<List<Double>> effectiveRank,
            Optional<List<Double>> jSquared,
            Optional<List<List<Double>>> headJSquared,
            Optional<List<List<Double>>> kktResidual,
            Optional<List<List<Double>>> gap) {}

    /// The line, without its line end.
    public String toJson() {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("epoch", epoch);
        line.put("train_loss", trainLoss);
        line.put("train_accuracy", trainAccuracy);
        line.put("j_squared", jSquared);
        line.put("test_loss", testLoss);
        line.put("test_accuracy", testAccuracy);
        line.put("seconds", seconds);
        line.put("evaluation_seconds", evaluationSeconds);
        line.put("samples_per_second", samplesPerSecond);
        line.put("peak_memory_mb", peakMemoryMb);
        line.put("bytes_allocated_per_step", bytesPerStep);
        attention.ifPresent(figures -> {
            line.put("effective_rank", figures.effectiveRank());
            figures.jSquared().ifPresent(values -> line.put("layer_j_squared", values));
            figures.headJSquared().ifPresent(values -> line.put("head_j_squared", values));
            figures.kktResidual().ifPresent(values -> line.put("kkt_residual", values));
            figures.gap().ifPresent(values -> line.put("gap", values));
        });
        return Json.write(line);
    }

    /// The epoch that a line holds.
    ///
    /// @throws IllegalArgumentException where a field is missing or of the wrong type
    static Epoch of(String json) {
        Fields line = Fields.of(Json.parse(json));
        return new Epoch(
                line.whole("epoch"),
                line.number("train_loss"),
                line.number("train_accuracy"),
                line.number("j_squared"),
                line.number("test_loss"),
                line.number("test_accuracy"),
                line.number("seconds"),
                line.number("evaluation_seconds"),
                line.number("samples_per_second"),
                line.number("peak_memory_mb"),
                line.number("bytes_allocated_per_step"),
                line.has("effective_rank") ? Optional.of(attention(line)) : Optional.empty());
    }

    private static AttentionFigures attention(Fields line) {
        return new AttentionFigures(
                line.table("effective_rank"),
                line.has("layer_j_squared") ? Optional.of(line.numbers("layer_j_squared")) : Optional.empty(),
                line.has("head_j_squared") ? Optional.of(line.table("head_j_squared")) : Optional.empty(),
                line.has("kkt_residual") ? Optional.of(line.table("kkt_residual")) : Optional.empty(),
                line.has("gap") ? Optional.of(line.table("gap")) : Optional.empty());
    }
}
