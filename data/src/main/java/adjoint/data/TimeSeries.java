package adjoint.data;

import java.util.Arrays;
import java.util.List;

/// A set of time series: `cases[i][c][t]` is the value of channel c of case i at step t, NaN where it is missing.
///
/// All cases have the same channels; all channels of a case have the same length ≥ 1; cases may differ in length.
/// `labels[i]` is the class of case i as an index into `classNames`. A set without classes has no class names and no
/// labels. The arrays are shared, not copied: a set is not changed once it is made.
///
/// @param name the name of the set
/// @param channels the names of the C channels
/// @param cases the values, [case][channel][step]
/// @param labels the class of each case, or empty
/// @param classNames the names of the classes, or empty
public record TimeSeries(String name, List<String> channels, float[][][] cases, int[] labels, List<String> classNames) {

    /// @throws IllegalArgumentException if the parts do not fit together; the message says which case is wrong
    public TimeSeries {
        channels = List.copyOf(channels);
        classNames = List.copyOf(classNames);
        if (cases.length == 0 || channels.isEmpty()) {
            throw new IllegalArgumentException("set " + name + ": at least one case and one channel are needed, got "
                    + cases.length + " cases of " + channels.size() + " channels");
        }
        int expected = classNames.isEmpty() ? 0 : cases.length;
        if (labels.length != expected) {
            throw new IllegalArgumentException("set " + name + ": " + expected + " labels are needed for "
                    + cases.length + " cases of " + classNames.size() + " classes, got " + labels.length);
        }
        for (int i = 0; i < cases.length; i++) {
            checkCase(name, i, cases[i], channels.size());
            if (labels.length > 0 && (labels[i] < 0 || labels[i] >= classNames.size())) {
                throw new IllegalArgumentException("set " + name + ": label " + labels[i] + " of case " + i
                        + " is not among the " + classNames.size() + " classes");
            }
        }
    }

    private static void checkCase(String name, int i, float[][] series, int channels) {
        if (series.length != channels) {
            throw new IllegalArgumentException(
                    "set " + name + ": case " + i + " has " + series.length + " channels, expected " + channels);
        }
        for (float[] channel : series) {
            if (channel.length != series[0].length || channel.length == 0) {
                throw new IllegalArgumentException("set " + name + ": the channels of case " + i
                        + " must have the same length ≥ 1, got " + series[0].length + " and " + channel.length);
            }
        }
    }

    /// The number of cases.
    public int size() {
        return cases.length;
    }

    /// The number of steps of case i.
    public int length(int i) {
        return cases[i][0].length;
    }

    /// The number of steps of the longest case.
    public int maxLength() {
        int longest = 0;
        for (int i = 0; i < cases.length; i++) {
            longest = Math.max(longest, length(i));
        }
        return longest;
    }

    /// The number of steps of the shortest case.
    public int minLength() {
        int shortest = Integer.MAX_VALUE;
        for (int i = 0; i < cases.length; i++) {
            shortest = Math.min(shortest, length(i));
        }
        return shortest;
    }

    /// The number of missing values.
    public long missing() {
        long missing = 0;
        for (float[][] series : cases) {
            for (float[] channel : series) {
                for (float value : channel) {
                    missing += Float.isNaN(value) ? 1 : 0;
                }
            }
        }
        return missing;
    }

    /// The number of cases of each class.
    public int[] classCounts() {
        int[] counts = new int[classNames.size()];
        for (int label : labels) {
            counts[label]++;
        }
        return counts;
    }

    /// The same set with other values.
    public TimeSeries withCases(float[][][] values) {
        return new TimeSeries(name, channels, values, labels, classNames);
    }

    /// One line, `JapaneseVowels: 270 cases, 12 channels, 7–26 steps, 9 classes`.
    @Override
    public String toString() {
        int shortest = minLength();
        int longest = maxLength();
        return name + ": " + size() + " cases, " + channels.size() + " channels, "
                + (shortest == longest ? "" : shortest + "–") + longest + " steps, " + classNames.size() + " classes";
    }

    /// Two sets are equal where all their parts are, missing values being equal to each other.
    @Override
    public boolean equals(Object other) {
        return other instanceof TimeSeries that
                && name.equals(that.name)
                && channels.equals(that.channels)
                && classNames.equals(that.classNames)
                && Arrays.equals(labels, that.labels)
                && Arrays.deepEquals(cases, that.cases);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.deepHashCode(cases) + Arrays.hashCode(labels);
    }
}
