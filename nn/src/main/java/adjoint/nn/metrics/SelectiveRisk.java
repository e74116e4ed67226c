package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;

/// The area under the risk–coverage curve (Geifman, El-Yaniv, 2017): the mean, over all k, of the share of errors among
/// the k samples of highest confidence. It is small if a classifier knows when it is wrong.
///
/// Samples of equal confidence count as in the mean over all their orders. Exact, so every confidence is kept: 8 bytes
/// per sample.
public final class SelectiveRisk implements Mergeable<SelectiveRisk> {
    private final Scores right = new Scores();
    private final Scores wrong = new Scores();

    /// Of no samples.
    public SelectiveRisk() {}

    /// Counts one sample.
    ///
    /// @param confidence not NaN
    public void add(double confidence, boolean right) {
        (right ? this.right : wrong).add(confidence);
    }

    /// @param logits `[n, classes]`; the confidence is the largest probability of their softmax
    /// @param labels `I32` `[n]`
    public void add(Tensor logits, Tensor labels) {
        Logits batch = new Logits(logits, labels);
        for (int row = 0; row < batch.rows; row++) {
            int predicted = batch.predicted(row);
            add(batch.probabilities(row)[predicted], predicted == batch.labels[row]);
        }
    }

    @Override
    public void merge(SelectiveRisk other) {
        right.add(other.right);
        wrong.add(other.wrong);
    }

    /// NaN if there are no samples.
    public double aurc() {
        double[] hits = right.sorted();
        double[] errors = wrong.sorted();
        int n = hits.length + errors.length;
        int hit = hits.length - 1;
        int error = errors.length - 1;
        double risk = 0;
        int covered = 0;
        int wrongBefore = 0;
        while (hit >= 0 || error >= 0) {
            double confidence = Math.max(top(hits, hit), top(errors, error));
            int hitsBefore = hit;
            int errorsBefore = error;
            while (hit >= 0 && hits[hit] == confidence) {
                hit--;
            }
            while (error >= 0 && errors[error] == confidence) {
                error--;
            }
            int tied = hitsBefore - hit + errorsBefore - error;
            double share = (double) (errorsBefore - error) / tied;
            for (int j = 1; j <= tied; j++) {
                risk += (wrongBefore + j * share) / (covered + j);
            }
            covered += tied;
            wrongBefore += errorsBefore - error;
        }
        return risk / n;
    }

    private static double top(double[] sorted, int last) {
        return last < 0 ? Double.NEGATIVE_INFINITY : sorted[last];
    }

    @Override
    public String toString() {
        return "SelectiveRisk[" + right.size() + " right, " + wrong.size() + " wrong]";
    }
}
