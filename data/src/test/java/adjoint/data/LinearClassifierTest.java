package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Rng;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearClassifierTest {
    /// `n` cases of normal noise around the centre of their class, which is 2 in one value of the series.
    private static TimeSeries blobs(int n, int steps, int classes, double deviation, long seed) {
        float[][][] cases = new float[n][1][steps];
        int[] labels = new int[n];
        for (int i = 0; i < n; i++) {
            labels[i] = i % classes;
            for (int t = 0; t < steps; t++) {
                double noise = Rng.of(seed).child(i).normal(t);
                cases[i][0][t] = (float) ((t == labels[i] ? 2 : 0) + deviation * noise);
            }
        }
        List<String> names = List.of("a", "b", "c", "d").subList(0, classes);
        return new TimeSeries("blobs", List.of("x"), cases, labels, names);
    }

    /// More cases than values and fewer: both systems.
    @ParameterizedTest
    @CsvSource({"200, 10", "60, 150"})
    void separatesWhatIsLinear(int cases, int steps) {
        Split split = new Split(blobs(cases, steps, 4, 0.05, 1), blobs(100, steps, 4, 0.05, 2));
        LinearClassifier linear = LinearClassifier.measure(split, Rng.of(1));
        assertEquals(1, linear.accuracy());
        assertEquals(1, linear.heldOutAccuracy());
    }

    @Test
    void choosesTheStrengthOnHeldOutCases() {
        // So noisy in 150 values that only a strong λ generalises.
        Split split = new Split(blobs(200, 150, 2, 1.5, 3), blobs(400, 150, 2, 1.5, 4));
        LinearClassifier linear = LinearClassifier.measure(split, Rng.of(1));
        assertTrue(linear.accuracy() > 0.65, linear.toString());
        assertEquals(linear, LinearClassifier.measure(split, Rng.of(1)));
    }

    @Test
    void copesWithConstantSeries() {
        TimeSeries flat = blobs(10, 1, 2, 0, 1).withCases(new float[10][1][1]);
        assertEquals(
                0.5, LinearClassifier.measure(new Split(flat, flat), Rng.of(1)).accuracy());
    }
}
