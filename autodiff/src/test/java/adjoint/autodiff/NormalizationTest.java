package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Normalisation against mean and variance, number by number.
class NormalizationTest {
    private static final double EPS = 1e-3;

    private final Tensor x = Tensor.normal(Rng.of(9), 1, 2, DType.F64, 3, 4, 2, 5);
    private final Tensor gamma = Tensor.of(new double[] {1, -2, 0.5, 3});
    private final Tensor beta = Tensor.of(new double[] {0, 1, -1, 0.25});

    /// Which numbers belong together.
    private interface Group {
        int of(int batch, int channel);
    }

    private double[] expected(Group group, int groups) {
        List<List<Double>> members = new ArrayList<>();
        for (int g = 0; g < groups; g++) {
            members.add(new ArrayList<>());
        }
        double[] values = x.toDoubles();
        for (int i = 0; i < values.length; i++) {
            members.get(group.of(i / 40, i / 10 % 4)).add(values[i]);
        }
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int c = i / 10 % 4;
            List<Double> own = members.get(group.of(i / 40, c));
            double normal = (values[i] - mean(own)) / Math.sqrt(squares(own) / own.size() + EPS);
            result[i] = normal * gamma.get(c) + beta.get(c);
        }
        return result;
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(v -> v).sum() / values.size();
    }

    private static double squares(List<Double> values) {
        double mean = mean(values);
        return values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    }

    @Test
    void batchNormInTraining() {
        Normalization.Batch batch = Normalization.batchNorm(x, gamma, beta, EPS);
        assertArrayEquals(expected((_, c) -> c, 4), batch.output().toDoubles(), 1e-13);
        for (int c = 0; c < 4; c++) {
            List<Double> own = new ArrayList<>();
            for (double value : x.select(1, c).toDoubles()) {
                own.add(value);
            }
            assertEquals(mean(own), batch.mean().get(c), 1e-14);
            assertEquals(squares(own) / 29, batch.variance().get(c), 1e-13);
        }
    }

    @Test
    void batchNormInEvaluation() {
        Tensor mean = Tensor.of(new double[] {0.1, 0.2, 0.3, 0.4});
        Tensor variance = Tensor.of(new double[] {1, 2, 0, 4});
        double[] y =
                Normalization.batchNorm(x, mean, variance, gamma, beta, EPS).toDoubles();
        double[] values = x.toDoubles();
        for (int i = 0; i < values.length; i++) {
            int c = i / 10 % 4;
            double normal = (values[i] - mean.get(c)) / Math.sqrt(variance.get(c) + EPS);
            assertEquals(normal * gamma.get(c) + beta.get(c), y[i], 1e-12);
        }
    }

    @Test
    void groups() {
        assertArrayEquals(
                expected((b, c) -> 2 * b + c / 2, 6),
                Normalization.groupNorm(x, 2, gamma, beta, EPS).toDoubles(),
                1e-13);
        assertArrayEquals(
                expected((b, c) -> 4 * b + c, 12),
                Normalization.instanceNorm(x, gamma, beta, EPS).toDoubles(),
                1e-13);
    }

    @Test
    void rmsNorm() {
        Tensor y = Tensor.of(new double[] {3, -4, 0, 0}, 2, 2).rmsNorm(Tensor.of(new double[] {2, 1}), 0.5);
        double scale = 1 / Math.sqrt(13);
        assertArrayEquals(new double[] {6 * scale, -4 * scale, 0, 0}, y.toDoubles(), 1e-15);
    }

    /// Statistics are constants: nothing is recorded for them.
    @Test
    void statisticsHaveNoGradient() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Normalization.Batch batch = Normalization.batchNorm(x, gamma, beta, EPS);
            assertEquals(false, tape.isRecorded(batch.mean()) || tape.isRecorded(batch.variance()));
        }
    }

    static Stream<Arguments> mistakes() {
        Tensor x = Tensor.zeros(DType.F32, 2, 3, 4);
        Tensor wrong = Tensor.zeros(DType.F32, 4);
        return Stream.of(
                mistake(
                        () -> Normalization.batchNorm(wrong, null, null, EPS),
                        "batchNorm: x must be [batch, channels, …], got [4]"),
                mistake(
                        () -> Normalization.batchNorm(x, wrong, null, EPS),
                        "batchNorm: gamma must be [3] for x of shape [2, 3, 4], got [4]"),
                mistake(
                        () -> Normalization.batchNorm(x, wrong, wrong, null, null, EPS),
                        "batchNorm: mean must be [3] for x of shape [2, 3, 4], got [4]"),
                mistake(
                        () -> Normalization.batchNorm(Tensor.zeros(DType.F32, 1, 3), null, null, EPS),
                        "batchNorm: needs two numbers or more per channel to learn from, got shape [1, 3]; in"
                                + " evaluation, pass mean and variance"),
                mistake(
                        () -> Normalization.groupNorm(x, 2, null, null, EPS),
                        "groupNorm: 3 channels of shape [2, 3, 4] do not make 2 groups of equal size"),
                mistake(
                        () -> Normalization.instanceNorm(x, null, wrong, EPS),
                        "instanceNorm: beta must be [3] for x of shape [2, 3, 4], got [4]"),
                mistake(
                        () -> x.rmsNorm(Tensor.zeros(DType.F32, 3), EPS),
                        "rmsNorm: gamma must have the length of the last axis, [4] for x of shape [2, 3, 4], got"
                                + " [3]"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("mistakes")
    void aMistakeIsExplained(Supplier<?> body, String text) {
        assertEquals(text, assertThrows(RuntimeException.class, body::get).getMessage());
    }

    private static Arguments mistake(Supplier<?> body, String text) {
        return Arguments.of(body, text);
    }
}
