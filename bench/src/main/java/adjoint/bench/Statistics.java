package adjoint.bench;

import java.util.Arrays;

/// The numbers that sum up many.
final class Statistics {
    private Statistics() {}

    /// The value below which a fraction `q` of the values lies, interpolated between neighbours; NaN of none.
    static double quantile(double[] values, double q) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double position = q * (sorted.length - 1);
        int below = (int) position;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }

    static double median(double[] values) {
        return quantile(values, 0.5);
    }

    /// (Π xᵢ)^(1/n); NaN of none.
    static double geometricMean(double[] values) {
        return Math.exp(Arrays.stream(values).map(Math::log).average().orElse(Double.NaN));
    }
}
