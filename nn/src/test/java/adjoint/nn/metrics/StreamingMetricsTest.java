package adjoint.nn.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Closed forms, and what is out of range.
class StreamingMetricsTest {
    private static final Tensor LABELS = Tensor.ofInts(new int[] {0, 1, 2, 0}, 4);

    @Test
    void uniformProbabilities() {
        Tensor logits = Tensor.full(-3, DType.F64, 4, 5);
        Likelihood likelihood = new Likelihood();
        likelihood.add(logits, LABELS);
        assertEquals(Math.log(5), likelihood.negativeLogLikelihood(), 1e-15);
        assertEquals(5, likelihood.perplexity(), 1e-14);
        Brier brier = new Brier();
        brier.add(logits, LABELS);
        assertEquals(0.8 * 0.8 + 4 * 0.04, brier.value(), 1e-15);
        CalibrationError calibration = new CalibrationError(10);
        calibration.add(logits, LABELS);
        // Two of four are class 0, the prediction.
        assertEquals(0.5 - 0.2, calibration.value(), 1e-15);
    }

    @Test
    void certaintyAndImpossibility() {
        double far = 1e4;
        Tensor certain = Tensor.of(new double[] {far, 0, 0, 0, far, 0}, 2, 3);
        Likelihood likelihood = new Likelihood();
        likelihood.add(certain, Tensor.ofInts(new int[] {0, 1}, 2));
        assertEquals(0, likelihood.negativeLogLikelihood());
        assertEquals(1, likelihood.perplexity());
        likelihood.add(certain, Tensor.ofInts(new int[] {1, 1}, 2));
        assertEquals(far / 4, likelihood.negativeLogLikelihood());
        assertEquals(Double.POSITIVE_INFINITY, likelihood.perplexity());
        Brier brier = new Brier();
        brier.add(certain, Tensor.ofInts(new int[] {2, 2}, 2));
        assertEquals(2, brier.value());
    }

    @Test
    void areasOfPerfectAndReversedScores() {
        BinaryScores perfect = new BinaryScores();
        BinaryScores reversed = new BinaryScores();
        BinaryScores constant = new BinaryScores();
        SelectiveRisk knows = new SelectiveRisk();
        for (int i = 0; i < 100; i++) {
            perfect.add(i, i >= 60);
            reversed.add(-i, i >= 60);
            constant.add(7, i >= 60);
            knows.add(i, i >= 60);
        }
        assertEquals(1, perfect.auroc());
        assertEquals(0, perfect.fpr95());
        assertEquals(0, reversed.auroc());
        assertEquals(1, reversed.fpr95());
        assertEquals(0.5, constant.auroc());
        assertEquals(1, constant.fpr95());
        double aurc = 0;
        for (int k = 41; k <= 100; k++) {
            aurc += (k - 40) / (double) k / 100;
        }
        assertEquals(aurc, knows.aurc(), 1e-15);
    }

    /// The threshold is where exactly 19 of 20 positives are found, not 20.
    @Test
    void ninetyFivePercentOfTwentyIsNineteen() {
        BinaryScores scores = new BinaryScores();
        for (int i = 1; i <= 20; i++) {
            scores.add(i, true);
        }
        scores.add(1.5, false);
        scores.add(2, false);
        assertEquals(0.5, scores.fpr95());
        assertEquals(1, scores.falsePositiveRate(1));
    }

    @Test
    void matthewsOfTwoClasses() {
        Confusion confusion = Confusion.of(2, new long[] {50, 10, 5, 35});
        double expected = (50 * 35 - 10 * 5) / Math.sqrt(60.0 * 55 * 45 * 40);
        assertEquals(expected, confusion.matthews(), 1e-15);
        assertEquals(2 * 50 / (2 * 50 + 10 + 5.0), confusion.f1(0));
        assertEquals(1, Confusion.of(2, new long[] {3, 0, 0, 4}).matthews());
        assertTrue(Double.isNaN(Confusion.of(2, new long[] {3, 4, 0, 0}).matthews()));
    }

    /// A mean of 10⁹ beside deviations of 1: sums of squares in double precision would leave nothing.
    @Test
    void determinationKeepsItsDigits() {
        Determination determination = new Determination();
        double[] y = {1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3};
        double[] predicted = {1e9, 1e9 + 1, 1e9 + 2, 1e9 + 4};
        determination.add(Tensor.of(predicted), Tensor.of(y));
        assertEquals(1 - 1 / 5.0, determination.value(), 1e-15);
        Determination constant = new Determination();
        constant.add(Tensor.of(new double[] {2, 2}), Tensor.of(new double[] {2, 2}));
        assertEquals(1, constant.value());
        constant.add(Tensor.of(new double[] {3}), Tensor.of(new double[] {2}));
        assertEquals(Double.NEGATIVE_INFINITY, constant.value());
    }

    @Test
    void topKCountsTiesByClass() {
        TopK two = new TopK(2);
        Tensor tied = Tensor.full(1, DType.F32, 4, 3);
        two.add(tied, LABELS);
        // Class 2 is third of three that tie.
        assertEquals(0.75, two.value());
        TopK one = new TopK(1);
        one.add(Tensor.of(new double[] {Double.NaN, 1, 5, 2}, 2, 2), Tensor.ofInts(new int[] {1, 0}, 2));
        assertEquals(0.5, one.value());
    }

    @Test
    void nothingMeasured() {
        assertTrue(Double.isNaN(new TopK(1).value()));
        assertTrue(Double.isNaN(new Likelihood().negativeLogLikelihood()));
        assertTrue(Double.isNaN(new Brier().value()));
        assertTrue(Double.isNaN(new CalibrationError(3).value()));
        assertTrue(Double.isNaN(new BinaryScores().auroc()));
        assertTrue(Double.isNaN(new BinaryScores().fpr95()));
        assertTrue(Double.isNaN(new SelectiveRisk().aurc()));
        assertTrue(Double.isNaN(new Determination().value()));
        assertTrue(Double.isNaN(new Confusion(3).macroF1()));
        assertTrue(Double.isNaN(new Confusion(3).matthews()));
    }

    @Test
    void whatIsNotFiniteShows() {
        Likelihood likelihood = new Likelihood();
        likelihood.add(Tensor.of(new double[] {Double.NaN, 1}, 1, 2), Tensor.ofInts(new int[] {1}, 1));
        assertTrue(Double.isNaN(likelihood.negativeLogLikelihood()));
        ExactSum sum = new ExactSum();
        sum.add(Double.POSITIVE_INFINITY);
        sum.add(1);
        assertEquals(Double.POSITIVE_INFINITY, sum.value());
        sum.add(Double.NEGATIVE_INFINITY);
        assertTrue(Double.isNaN(sum.value()));
    }

    /// What is beyond the largest double on the way is none of the sum's concern.
    @Test
    void exactSumsDoNotOverflowOnTheWay() {
        ExactSum sum = new ExactSum();
        for (int i = 0; i < 100; i++) {
            sum.add(Double.MAX_VALUE);
        }
        sum.add(1);
        assertEquals(Double.POSITIVE_INFINITY, sum.value());
        for (int i = 0; i < 100; i++) {
            sum.add(-Double.MAX_VALUE);
        }
        assertEquals(1, sum.value());
        sum.add(-1);
        sum.add(-Double.MIN_VALUE);
        assertEquals(-Double.MIN_VALUE, sum.value());
    }

    static Stream<Arguments> refused() {
        Tensor logits = Tensor.zeros(DType.F64, 4, 3);
        return Stream.of(
                refusal(() -> new TopK(0), "k must be ≥ 1, got 0"),
                refusal(() -> new TopK(1).merge(new TopK(2)), "cannot merge top-1 and top-2"),
                refusal(
                        () -> new Brier().add(logits, Tensor.ofInts(new int[] {1}, 1)),
                        "logits [4, 3] and labels [1] do not fit; needed are [n, classes] and [n]"),
                refusal(
                        () -> new Likelihood().add(logits, Tensor.ofInts(new int[] {0, 1, 2, 3}, 4)),
                        "label 3: classes are 0 to 2"),
                refusal(() -> new CalibrationError(0), "a calibration error needs at least one bin, got 0"),
                refusal(
                        () -> new CalibrationError(2).merge(new CalibrationError(3)),
                        "cannot merge calibration errors of 2 and of 3 bins"),
                refusal(() -> new CalibrationError(2).add(1.5, true), "a confidence must be in [0, 1], got 1.5"),
                refusal(() -> new BinaryScores().add(Double.NaN, true), "a score must be a number, got NaN"),
                refusal(
                        () -> new BinaryScores().add(Tensor.zeros(DType.F64, 1), Tensor.ofInts(new int[] {2}, 1)),
                        "a label must be 0 or 1, got 2"),
                refusal(
                        () -> new BinaryScores().falsePositiveRate(0),
                        "the share of positives must be in (0, 1], got 0.0"),
                refusal(
                        () -> new Determination().add(Tensor.zeros(DType.F64, 2), Tensor.zeros(DType.F64, 2, 1)),
                        "predictions [2] and targets [2, 1] must have one shape"),
                refusal(
                        () -> Confusion.of(2, new long[] {1, -1, 0, 0}),
                        "a confusion of 2 classes has 4 counts ≥ 0, got [1, -1, 0, 0]"));
    }

    private static Arguments refusal(Executable action, String message) {
        return Arguments.of(action, message);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatDoesNotFitIsNamed(Executable action, String expected) {
        assertEquals(
                expected, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
