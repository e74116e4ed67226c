package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;

/// The share of samples whose label is among the k largest logits. Where logits tie, lower classes come first; a NaN
/// is larger than any number, but a label with a NaN is never found.
public final class TopK implements Mergeable<TopK> {
    private final int k;
    private long found;
    private long total;

    public TopK(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("k must be ≥ 1, got " + k);
        }
        this.k = k;
    }

    /// @param logits `[n, classes]`
    /// @param labels `I32` `[n]`
    public void add(Tensor logits, Tensor labels) {
        Logits batch = new Logits(logits, labels);
        for (int row = 0; row < batch.rows; row++) {
            int label = batch.labels[row];
            double own = batch.at(row, label);
            int before = 0;
            for (int c = 0; c < batch.classes; c++) {
                double other = batch.at(row, c);
                if (c != label && (c < label ? !(other < own) : !(other <= own))) {
                    before++;
                }
            }
            found += !Double.isNaN(own) && before < k ? 1 : 0;
        }
        total += batch.rows;
    }

    @Override
    public void merge(TopK other) {
        if (other.k != k) {
            throw new IllegalArgumentException("cannot merge top-" + k + " and top-" + other.k);
        }
        found += other.found;
        total += other.total;
    }

    /// NaN if there are no samples.
    public double value() {
        return (double) found / total;
    }

    @Override
    public String toString() {
        return "TopK[" + value() + " in the first " + k + " of " + total + "]";
    }
}
