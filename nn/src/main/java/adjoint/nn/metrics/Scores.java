package adjoint.nn.metrics;

import java.util.Arrays;

/// Numbers that are kept one by one, 8 bytes each, because their ranks are asked for.
final class Scores {
    private double[] values = new double[16];
    private int size;

    void add(double value) {
        if (Double.isNaN(value)) {
            throw new IllegalArgumentException("a score must be a number, got NaN");
        }
        reserve(1);
        // −0 and 0 are one score, and sorting would tell them apart.
        values[size++] = value + 0.0;
    }

    void add(Scores other) {
        reserve(other.size);
        System.arraycopy(other.values, 0, values, size, other.size);
        size += other.size;
    }

    private void reserve(int more) {
        int needed = Math.addExact(size, more);
        if (needed > values.length) {
            values =
                    Arrays.copyOf(values, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, 2L * values.length)));
        }
    }

    int size() {
        return size;
    }

    /// In ascending order.
    double[] sorted() {
        double[] sorted = Arrays.copyOf(values, size);
        Arrays.sort(sorted);
        return sorted;
    }
}
