package adjoint.nn;

import adjoint.autodiff.Tensor;
import java.util.Arrays;

/// Counts of (actual class, predicted class), streaming and mergeable.
public final class Confusion {
    private final int classes;
    private final long[] counts;

    public Confusion(int classes) {
        if (classes < 1) {
            throw new IllegalArgumentException("a classifier needs at least one class, got " + classes);
        }
        this.classes = classes;
        this.counts = new long[classes * classes];
    }

    public int classes() {
        return classes;
    }

    /// Counts one sample.
    public void add(int actual, int predicted) {
        counts[index(actual, predicted)]++;
    }

    /// Counts a batch; the prediction is the largest logit, the first of them where they tie.
    ///
    /// @param logits `[n, classes]`
    /// @param labels `I32` `[n]`
    public void add(Tensor logits, Tensor labels) {
        int[] actual = labels.toInts();
        if (logits.rank() != 2 || logits.dim(1) != classes || logits.dim(0) != actual.length) {
            throw new IllegalArgumentException("logits " + logits.shape() + " and labels " + labels.shape()
                    + " do not fit; needed are [" + actual.length + ", " + classes + "] and [" + actual.length + "]");
        }
        double[] values = logits.toDoubles();
        for (int i = 0; i < actual.length; i++) {
            int best = i * classes;
            for (int j = best + 1; j < (i + 1) * classes; j++) {
                if (values[j] > values[best]) {
                    best = j;
                }
            }
            add(actual[i], best - i * classes);
        }
    }

    /// Adds the counts of another one.
    public void merge(Confusion other) {
        if (other.classes != classes) {
            throw new IllegalArgumentException(
                    "cannot merge confusions of " + classes + " and of " + other.classes + " classes");
        }
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    public long count(int actual, int predicted) {
        return counts[index(actual, predicted)];
    }

    /// All samples counted.
    public long total() {
        return Arrays.stream(counts).sum();
    }

    /// The share of samples predicted right, NaN if there are none.
    public double accuracy() {
        long right = 0;
        for (int c = 0; c < classes; c++) {
            right += counts[c * classes + c];
        }
        long total = total();
        return total == 0 ? Double.NaN : (double) right / total;
    }

    /// The counts, row by row, a row per actual class.
    long[] counts() {
        return counts;
    }

    private int index(int actual, int predicted) {
        if (actual < 0 || actual >= classes || predicted < 0 || predicted >= classes) {
            throw new IllegalArgumentException(
                    "actual class " + actual + ", predicted " + predicted + ": classes are 0 to " + (classes - 1));
        }
        return actual * classes + predicted;
    }

    @Override
    public String toString() {
        return "Confusion[accuracy " + accuracy() + " of " + total() + "]";
    }
}
