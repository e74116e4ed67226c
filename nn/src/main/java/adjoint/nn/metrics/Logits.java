package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;

/// A batch of a classifier's answers, row by row, in double precision.
final class Logits {
    final int rows;
    final int classes;
    final int[] labels;
    private final double[] values;
    private final double[] probabilities;

    /// @throws IllegalArgumentException if the shapes do not fit, or a label is no class
    Logits(Tensor logits, Tensor labels) {
        this.labels = labels.toInts();
        if (logits.rank() != 2 || labels.rank() != 1 || logits.dim(0) != this.labels.length || logits.dim(1) < 1) {
            throw new IllegalArgumentException("logits " + logits.shape() + " and labels " + labels.shape()
                    + " do not fit; needed are [n, classes] and [n]");
        }
        this.rows = logits.dim(0);
        this.classes = logits.dim(1);
        this.values = logits.toDoubles();
        this.probabilities = new double[classes];
        for (int label : this.labels) {
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("label " + label + ": classes are 0 to " + (classes - 1));
            }
        }
    }

    double at(int row, int c) {
        return values[row * classes + c];
    }

    /// The class of the largest logit, the first of them where they tie.
    int predicted(int row) {
        int best = 0;
        for (int c = 1; c < classes; c++) {
            if (at(row, c) > at(row, best)) {
                best = c;
            }
        }
        return best;
    }

    /// log Σ eˣ of a row, without overflow.
    double logSumExp(int row) {
        double largest = at(row, predicted(row));
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            sum += Math.exp(at(row, c) - largest);
        }
        return largest + Math.log(sum);
    }

    /// The softmax of a row, in an array that the next call overwrites.
    double[] probabilities(int row) {
        double total = logSumExp(row);
        for (int c = 0; c < classes; c++) {
            probabilities[c] = Math.exp(at(row, c) - total);
        }
        return probabilities;
    }
}
