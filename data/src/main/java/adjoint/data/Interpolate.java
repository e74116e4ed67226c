package adjoint.data;

/// Linear interpolation of missing values along time.
///
/// Between the nearest known neighbours at s < t < u: `x[t] = x[s] + (x[u] − x[s])·(t − s)/(u − s)`. Before the first
/// and after the last known value: that value. A channel without any known value stays missing; [Standardize] turns it
/// into zeros, the training mean of the channel, since nothing in the case itself says what it was.
public final class Interpolate {
    private Interpolate() {}

    /// The set with its gaps filled; the set itself where nothing is missing.
    public static TimeSeries linear(TimeSeries data) {
        if (data.missing() == 0) {
            return data;
        }
        float[][][] cases = new float[data.size()][][];
        for (int i = 0; i < cases.length; i++) {
            float[][] series = data.cases()[i].clone();
            for (int c = 0; c < series.length; c++) {
                series[c] = series[c].clone();
                fill(series[c]);
            }
            cases[i] = series;
        }
        return data.withCases(cases);
    }

    /// Fills the gaps of one series in place.
    private static void fill(float[] x) {
        int known = -1;
        for (int t = 0; t < x.length; t++) {
            if (Float.isNaN(x[t])) {
                continue;
            }
            for (int gap = known + 1; gap < t; gap++) {
                x[gap] = known < 0 ? x[t] : between(x[known], x[t], (double) (gap - known) / (t - known));
            }
            known = t;
        }
        for (int t = known + 1; known >= 0 && t < x.length; t++) {
            x[t] = x[known];
        }
    }

    private static float between(float from, float to, double fraction) {
        return (float) (from + ((double) to - from) * fraction);
    }
}
