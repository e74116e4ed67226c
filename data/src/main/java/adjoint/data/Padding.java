package adjoint.data;

import java.util.Arrays;

/// Series of one common length: shorter ones are followed by zeros, longer ones are clipped.
///
/// @param length the common length L ≥ 1, in steps
public record Padding(int length) {

    /// @throws IllegalArgumentException if the length is not positive
    public Padding {
        if (length < 1) {
            throw new IllegalArgumentException("the padded length must be ≥ 1, got " + length);
        }
    }

    /// Padding to the longest series of the training set.
    public static Padding toLongest(TimeSeries train) {
        return new Padding(train.maxLength());
    }

    /// Writes one case, `x[xOff + t·C + c] = series[c][t]`, zero from its end to L.
    ///
    /// @param series [C][any length]
    /// @param x receives [L, C], row-major
    /// @param xOff where in x
    /// @return the number of steps that are the series' own, min(its length, L)
    public int write(float[][] series, float[] x, int xOff) {
        int channels = series.length;
        int steps = Math.min(series[0].length, length);
        for (int c = 0; c < channels; c++) {
            float[] channel = series[c];
            for (int t = 0, at = xOff + c; t < steps; t++, at += channels) {
                x[at] = channel[t];
            }
        }
        Arrays.fill(x, xOff + steps * channels, xOff + length * channels, 0);
        return steps;
    }
}
