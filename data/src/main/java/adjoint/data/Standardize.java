package adjoint.data;

import java.util.Arrays;

/// Standardisation of each channel by the statistics of a training set: `z = (x − mean[c]) / deviation[c]`.
///
/// Mean and deviation run over all known values of the channel, over all steps of all cases; the deviation divides by
/// n − 1. A channel that does not vary has the deviation 1, so that it becomes zero. A missing value becomes 0, the
/// training mean.
///
/// @param mean the training mean of each channel
/// @param deviation the training deviation of each channel, > 0
public record Standardize(double[] mean, double[] deviation) {

    /// The statistics of that set.
    public static Standardize fit(TimeSeries train) {
        int channels = train.channels().size();
        double[] mean = new double[channels];
        double[] deviation = new double[channels];
        for (int c = 0; c < channels; c++) {
            mean[c] = meanOf(train, c);
            deviation[c] = deviationOf(train, c, mean[c]);
        }
        return new Standardize(mean, deviation);
    }

    private static double meanOf(TimeSeries data, int channel) {
        double sum = 0;
        long known = 0;
        for (float[][] series : data.cases()) {
            for (float x : series[channel]) {
                if (!Float.isNaN(x)) {
                    sum += x;
                    known++;
                }
            }
        }
        return known == 0 ? 0 : sum / known;
    }

    private static double deviationOf(TimeSeries data, int channel, double mean) {
        double sum = 0;
        long known = 0;
        for (float[][] series : data.cases()) {
            for (float x : series[channel]) {
                if (!Float.isNaN(x)) {
                    sum += (x - mean) * (x - mean);
                    known++;
                }
            }
        }
        double deviation = known < 2 ? 0 : Math.sqrt(sum / (known - 1));
        // What is left of a constant channel after rounding is no variation.
        return deviation > 1e-12 * Math.abs(mean) ? deviation : 1;
    }

    /// The standardised set.
    ///
    /// @throws IllegalArgumentException if the set has another number of channels
    public TimeSeries apply(TimeSeries data) {
        if (data.channels().size() != mean.length) {
            throw new IllegalArgumentException("standardised for " + mean.length + " channels, but set " + data.name()
                    + " has " + data.channels().size());
        }
        float[][][] cases = new float[data.size()][mean.length][];
        for (int i = 0; i < cases.length; i++) {
            for (int c = 0; c < mean.length; c++) {
                cases[i][c] = apply(data.cases()[i][c], c);
            }
        }
        return data.withCases(cases);
    }

    private float[] apply(float[] x, int channel) {
        float[] z = new float[x.length];
        for (int t = 0; t < x.length; t++) {
            z[t] = Float.isNaN(x[t]) ? 0 : (float) ((x[t] - mean[channel]) / deviation[channel]);
        }
        return z;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Standardize that
                && Arrays.equals(mean, that.mean)
                && Arrays.equals(deviation, that.deviation);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(mean) + Arrays.hashCode(deviation);
    }

    @Override
    public String toString() {
        return "Standardize[mean=" + Arrays.toString(mean) + ", deviation=" + Arrays.toString(deviation) + "]";
    }
}
