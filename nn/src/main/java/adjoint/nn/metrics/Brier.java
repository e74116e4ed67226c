package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;

/// The Brier score of a classifier's probabilities, `1/n·Σᵢ Σ_c (p_c − [c = labelᵢ])²`: 0 for certainty that is right,
/// 2 for certainty that is wrong (Brier, 1950).
public final class Brier implements Mergeable<Brier> {
    private final ExactSum sum = new ExactSum();
    private long total;

    /// Of no samples.
    public Brier() {}

    /// @param logits `[n, classes]`, whose softmax are the probabilities
    /// @param labels `I32` `[n]`
    public void add(Tensor logits, Tensor labels) {
        Logits batch = new Logits(logits, labels);
        for (int row = 0; row < batch.rows; row++) {
            double[] p = batch.probabilities(row);
            p[batch.labels[row]] -= 1;
            for (double difference : p) {
                sum.addSquare(difference);
            }
        }
        total += batch.rows;
    }

    @Override
    public void merge(Brier other) {
        sum.add(other.sum);
        total += other.total;
    }

    /// NaN if there are no samples.
    public double value() {
        return sum.value() / total;
    }

    @Override
    public String toString() {
        return "Brier[" + value() + ", " + total + " samples]";
    }
}
