package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;

/// How well a score tells positives from negatives: the area under the ROC curve, and the false positives where 95% of
/// the positives are found. Exact, so every score is kept: 8 bytes per sample.
public final class BinaryScores implements Mergeable<BinaryScores> {
    private final Scores positives = new Scores();
    private final Scores negatives = new Scores();

    /// Of no samples.
    public BinaryScores() {}

    /// Counts one sample.
    ///
    /// @param score larger for what is more likely positive; not NaN
    public void add(double score, boolean positive) {
        (positive ? positives : negatives).add(score);
    }

    /// @param scores `[n]`
    /// @param labels `I32` `[n]`, 1 for positives and 0 for negatives
    public void add(Tensor scores, Tensor labels) {
        if (scores.rank() != 1 || !scores.shape().equals(labels.shape())) {
            throw new IllegalArgumentException(
                    "scores " + scores.shape() + " and labels " + labels.shape() + " must both be [n]");
        }
        double[] values = scores.toDoubles();
        int[] kinds = labels.toInts();
        for (int i = 0; i < kinds.length; i++) {
            if (kinds[i] != 0 && kinds[i] != 1) {
                throw new IllegalArgumentException("a label must be 0 or 1, got " + kinds[i]);
            }
            add(values[i], kinds[i] == 1);
        }
    }

    @Override
    public void merge(BinaryScores other) {
        positives.add(other.positives);
        negatives.add(other.negatives);
    }

    /// The area under the ROC curve: the probability that a positive has a larger score than a negative, ties counting
    /// half. NaN if one kind is missing.
    public double auroc() {
        double[] positive = positives.sorted();
        double[] negative = negatives.sorted();
        long twice = 0;
        int below = 0;
        int notAbove = 0;
        for (double score : positive) {
            while (below < negative.length && negative[below] < score) {
                below++;
            }
            while (notAbove < negative.length && negative[notAbove] <= score) {
                notAbove++;
            }
            twice += below + notAbove;
        }
        return twice / 2.0 / positive.length / negative.length;
    }

    /// The share of negatives that are taken for positives at the highest threshold at which at least 95% of the
    /// positives are found. NaN if one kind is missing.
    public double fpr95() {
        return falsePositiveRate(0.95);
    }

    /// As [#fpr95], for any share of the positives.
    public double falsePositiveRate(double found) {
        if (!(found > 0 && found <= 1)) {
            throw new IllegalArgumentException("the share of positives must be in (0, 1], got " + found);
        }
        double[] positive = positives.sorted();
        double[] negative = negatives.sorted();
        if (positive.length == 0) {
            return Double.NaN;
        }
        // The product may be a little above a whole number that it should be.
        int needed = (int) Math.ceil(found * positive.length * (1 - 0x1p-50));
        double threshold = positive[positive.length - needed];
        long taken = 0;
        for (double score : negative) {
            taken += score >= threshold ? 1 : 0;
        }
        return (double) taken / negative.length;
    }

    @Override
    public String toString() {
        return "BinaryScores[" + positives.size() + " positives, " + negatives.size() + " negatives]";
    }
}
