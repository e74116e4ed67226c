package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;

/// The mean negative log-likelihood of labels in nats, `−1/n·Σ log softmax(xᵢ)[labelᵢ]`, and the perplexity, its
/// exponential.
public final class Likelihood implements Mergeable<Likelihood> {
    private final ExactSum sum = new ExactSum();
    private long total;

    /// Of no samples.
    public Likelihood() {}

    /// @param logits `[n, classes]`
    /// @param labels `I32` `[n]`
    public void add(Tensor logits, Tensor labels) {
        Logits batch = new Logits(logits, labels);
        for (int row = 0; row < batch.rows; row++) {
            sum.add(batch.logSumExp(row) - batch.at(row, batch.labels[row]));
        }
        total += batch.rows;
    }

    @Override
    public void merge(Likelihood other) {
        sum.add(other.sum);
        total += other.total;
    }

    /// NaN if there are no samples, infinite if a label was impossible.
    public double negativeLogLikelihood() {
        return sum.value() / total;
    }

    public double perplexity() {
        return Math.exp(negativeLogLikelihood());
    }

    @Override
    public String toString() {
        return "Likelihood[" + negativeLogLikelihood() + " nats, " + total + " samples]";
    }
}
