package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;
import java.util.Arrays;

/// The expected calibration error (Naeini et al., 2015; Guo et al., 2017): how far accuracy and confidence, the largest
/// probability, lie apart within bins of confidence `(b/B, (b + 1)/B]`,
///
/// `Σ_b n_b/n·|accuracy_b − confidence_b|`.
public final class CalibrationError implements Mergeable<CalibrationError> {
    private final long[] right;
    private final ExactSum[] confidence;
    private long total;

    /// @param bins B, usually 15
    public CalibrationError(int bins) {
        if (bins < 1) {
            throw new IllegalArgumentException("a calibration error needs at least one bin, got " + bins);
        }
        this.right = new long[bins];
        this.confidence = new ExactSum[bins];
        Arrays.setAll(confidence, _ -> new ExactSum());
    }

    /// @param logits `[n, classes]`, whose softmax are the probabilities
    /// @param labels `I32` `[n]`
    public void add(Tensor logits, Tensor labels) {
        Logits batch = new Logits(logits, labels);
        for (int row = 0; row < batch.rows; row++) {
            int predicted = batch.predicted(row);
            add(batch.probabilities(row)[predicted], predicted == batch.labels[row]);
        }
    }

    /// Counts one sample.
    ///
    /// @throws IllegalArgumentException if the confidence is not in [0, 1]
    public void add(double confidence, boolean right) {
        if (!(confidence >= 0 && confidence <= 1)) {
            throw new IllegalArgumentException("a confidence must be in [0, 1], got " + confidence);
        }
        int bin = Math.max(0, (int) Math.ceil(confidence * this.right.length) - 1);
        this.right[bin] += right ? 1 : 0;
        this.confidence[bin].add(confidence);
        total++;
    }

    @Override
    public void merge(CalibrationError other) {
        if (other.right.length != right.length) {
            throw new IllegalArgumentException(
                    "cannot merge calibration errors of " + right.length + " and of " + other.right.length + " bins");
        }
        for (int bin = 0; bin < right.length; bin++) {
            right[bin] += other.right[bin];
            confidence[bin].add(other.confidence[bin]);
        }
        total += other.total;
    }

    /// NaN if there are no samples.
    public double value() {
        double sum = 0;
        for (int bin = 0; bin < right.length; bin++) {
            sum += Math.abs(right[bin] - confidence[bin].value());
        }
        return sum / total;
    }

    @Override
    public String toString() {
        return "CalibrationError[" + value() + ", " + total + " samples]";
    }
}
