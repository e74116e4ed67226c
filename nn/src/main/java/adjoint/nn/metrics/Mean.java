package adjoint.nn.metrics;

/// A weighted mean, streaming and mergeable.
public final class Mean implements Mergeable<Mean> {
    private double sum;
    private double weight;

    /// The mean of nothing.
    public Mean() {}

    /// The mean that has come to the given sums.
    public static Mean of(double sum, double weight) {
        Mean mean = new Mean();
        mean.sum = sum;
        mean.weight = weight;
        return mean;
    }

    public void add(double value, double weight) {
        this.sum += value * weight;
        this.weight += weight;
    }

    @Override
    public void merge(Mean other) {
        sum += other.sum;
        weight += other.weight;
    }

    /// NaN if nothing was added.
    public double value() {
        return sum / weight;
    }

    /// The sum of the weights.
    public double weight() {
        return weight;
    }

    /// The weighted sum: with [#weight], all there is to write down.
    public double sum() {
        return sum;
    }

    @Override
    public String toString() {
        return "Mean[" + value() + " over " + weight + "]";
    }
}
