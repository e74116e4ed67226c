package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;
import java.util.Arrays;

/// Counts of (actual class, predicted class), streaming and mergeable.
public final class Confusion implements Mergeable<Confusion> {
    private final int classes;
    private final long[] counts;

    public Confusion(int classes) {
        if (classes < 1) {
            throw new IllegalArgumentException("a classifier needs at least one class, got " + classes);
        }
        this.classes = classes;
        this.counts = new long[classes * classes];
    }

    /// The confusion that has come to the given counts, row by row, a row per actual class.
    ///
    /// @throws IllegalArgumentException if they are not `classes`² counts ≥ 0
    public static Confusion of(int classes, long[] counts) {
        Confusion confusion = new Confusion(classes);
        if (counts.length != confusion.counts.length || Arrays.stream(counts).anyMatch(count -> count < 0)) {
            throw new IllegalArgumentException("a confusion of " + classes + " classes has " + confusion.counts.length
                    + " counts ≥ 0, got " + Arrays.toString(counts));
        }
        System.arraycopy(counts, 0, confusion.counts, 0, counts.length);
        return confusion;
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

    @Override
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

    /// `2·tp/(2·tp + fp + fn)` of a class; NaN if it neither occurs nor is predicted.
    public double f1(int c) {
        long right = count(c, c);
        long occurs = 0;
        long predicted = 0;
        for (int other = 0; other < classes; other++) {
            occurs += count(c, other);
            predicted += count(other, c);
        }
        return 2.0 * right / (occurs + predicted);
    }

    /// The mean of [#f1] over the classes that occur or are predicted, NaN if there are no samples.
    public double macroF1() {
        double sum = 0;
        int present = 0;
        for (int c = 0; c < classes; c++) {
            double f1 = f1(c);
            if (!Double.isNaN(f1)) {
                sum += f1;
                present++;
            }
        }
        return sum / present;
    }

    /// F1 of the counts of all classes together. Each sample has one class, so it is the accuracy.
    public double microF1() {
        return accuracy();
    }

    /// The correlation coefficient of Matthews, for any number of classes (Gorodkin, 2004): 1 for right predictions,
    /// 0 for what chance gives. NaN if all samples are of one class, or predicted as one.
    public double matthews() {
        double total = total();
        double agreement = 0;
        double occursSquared = 0;
        double predictedSquared = 0;
        double product = 0;
        for (int c = 0; c < classes; c++) {
            long occurs = 0;
            long predicted = 0;
            for (int other = 0; other < classes; other++) {
                occurs += count(c, other);
                predicted += count(other, c);
            }
            agreement += count(c, c);
            occursSquared += (double) occurs * occurs;
            predictedSquared += (double) predicted * predicted;
            product += (double) occurs * predicted;
        }
        double covariance = agreement * total - product;
        return covariance / Math.sqrt((total * total - occursSquared) * (total * total - predictedSquared));
    }

    /// The counts, row by row, a row per actual class.
    public long[] counts() {
        return counts.clone();
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
