package adjoint.nn;

/// A weighted mean, streaming and mergeable.
public final class Mean {
    private double sum;
    private double weight;

    /// The mean of nothing.
    public Mean() {}

    public void add(double value, double weight) {
        this.sum += value * weight;
        this.weight += weight;
    }

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

    double sum() {
        return sum;
    }

    void set(double sum, double weight) {
        this.sum = sum;
        this.weight = weight;
    }

    @Override
    public String toString() {
        return "Mean[" + value() + " over " + weight + "]";
    }
}
