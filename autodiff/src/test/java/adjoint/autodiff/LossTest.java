package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.linalg.Rng;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Losses against their formulas.
class LossTest {
    private static final double INF = Double.POSITIVE_INFINITY;

    private final Tensor logits = Tensor.normal(Rng.of(3), 0, 2, DType.F64, 4, 3);
    private final int[] labels = {2, 0, 1, 0};
    private final double[] weights = {0.5, 2, 1.25};

    /// log softmax of a row.
    private double logP(int r, int k) {
        double sum = 0;
        for (int j = 0; j < 3; j++) {
            sum += Math.exp(logits.get(r, j));
        }
        return logits.get(r, k) - Math.log(sum);
    }

    @Test
    void crossEntropyWithLabels() {
        double epsilon = 0.3;
        double[] losses = new double[4];
        double total = 0;
        double all = 0;
        for (int r = 0; r < 4; r++) {
            if (labels[r] == 1) {
                continue;
            }
            losses[r] = -(1 - epsilon) * weights[labels[r]] * logP(r, labels[r]);
            for (int k = 0; k < 3; k++) {
                losses[r] -= epsilon / 3 * weights[k] * logP(r, k);
            }
            all += losses[r];
            total += weights[labels[r]];
        }
        Loss.Classes classes = Loss.Classes.EQUAL.weighted(weights).ignoring(1).smoothed(epsilon);
        Tensor target = Tensor.ofInts(labels);
        assertArrayEquals(
                losses,
                Loss.crossEntropy(logits, target, classes, Reduction.NONE).toDoubles(),
                1e-13);
        assertEquals(
                all, Loss.crossEntropy(logits, target, classes, Reduction.SUM).item(), 1e-13);
        assertEquals(
                all / total,
                Loss.crossEntropy(logits, target, classes, Reduction.MEAN).item(),
                1e-13);
    }

    @Test
    void theSmoothedMeanCountsRowsThatAreNotIgnored() {
        double mean = -(logP(0, 2) + logP(2, 1)) / 2;
        Tensor target = Tensor.ofInts(new int[] {2, -100, 1, -100});
        assertEquals(mean, Loss.crossEntropy(logits, target, Reduction.MEAN).item(), 1e-13);
        Tensor nothing = Tensor.ofInts(new int[] {-100, -100, -100, -100});
        assertEquals(
                Double.NaN, Loss.crossEntropy(logits, nothing, Reduction.MEAN).item());
    }

    @Test
    void crossEntropyWithProbabilities() {
        Tensor t = Tensor.uniform(Rng.of(4), 0, 1, DType.F64, 4, 3);
        double sum = 0;
        for (int r = 0; r < 4; r++) {
            for (int k = 0; k < 3; k++) {
                sum -= weights[k] * (0.7 * t.get(r, k) + 0.1) * logP(r, k);
            }
        }
        Loss.Classes classes = Loss.Classes.EQUAL.weighted(weights).smoothed(0.3);
        assertEquals(
                sum / 4, Loss.crossEntropy(logits, t, classes, Reduction.MEAN).item(), 1e-13);
    }

    /// A class that cannot be is not asked for.
    @Test
    void logitsMayBeMinusInfinity() {
        Tensor x = Tensor.of(new double[] {1, -INF, 1, -INF, 2, -INF}, 2, 3);
        Tensor target = Tensor.ofInts(new int[] {2, 1});
        assertArrayEquals(
                new double[] {Math.log(2), 0},
                Loss.crossEntropy(x, target, Reduction.NONE).toDoubles(),
                1e-15);
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor loss = Loss.crossEntropy(x, target, Reduction.SUM);
            double[] recorded = tape.gradients(loss, List.of(x)).getFirst().toDoubles();
            assertArrayEquals(new double[] {0.5, 0, -0.5, 0, 0, 0}, recorded, 1e-15);
            assertArrayEquals(recorded, tape.backward(loss).of(x).toDoubles(), 1e-15);
        }
    }

    @Test
    void nllIsCrossEntropyOfLogSoftmax() {
        Loss.Classes classes = Loss.Classes.EQUAL.weighted(weights).ignoring(0);
        Tensor target = Tensor.ofInts(labels);
        for (Reduction reduction : Reduction.values()) {
            Close.assertClose(
                    "nll",
                    Loss.crossEntropy(logits, target, classes, reduction),
                    Loss.nll(logits.logSoftmax(-1), target, classes, reduction),
                    1e-13);
        }
        Tensor impossible = Tensor.full(-INF, DType.F64, 1, 2);
        assertEquals(
                0,
                Loss.nll(impossible, Tensor.ofInts(new int[] {-100}), Loss.Classes.EQUAL, Reduction.SUM)
                        .item());
    }

    static Stream<Arguments> formulas() {
        return Stream.of(
                formula("mse", (x, t) -> Loss.mse(x, t, Reduction.NONE), (x, t) -> (x - t) * (x - t)),
                formula("l1", (x, t) -> Loss.l1(x, t, Reduction.NONE), (x, t) -> Math.abs(x - t)),
                formula(
                        "huber",
                        (x, t) -> Loss.huber(x, t, 0.5, Reduction.NONE),
                        (x, t) -> Math.abs(x - t) <= 0.5 ? (x - t) * (x - t) / 2 : 0.5 * (Math.abs(x - t) - 0.25)),
                formula(
                        "smoothL1",
                        (x, t) -> Loss.smoothL1(x, t, 0.5, Reduction.NONE),
                        (x, t) -> Math.abs(x - t) <= 0.5 ? (x - t) * (x - t) : Math.abs(x - t) - 0.25),
                formula("smoothL1 of 0", (x, t) -> Loss.smoothL1(x, t, 0, Reduction.NONE), (x, t) -> Math.abs(x - t)),
                formula("focalWithLogits", (x, t) -> Loss.focalWithLogits(x, t, 0.25, 2, Reduction.NONE), (x, t) -> {
                    double p = 1 / (1 + Math.exp(-x));
                    double loss = -t * Math.log(p) - (1 - t) * Math.log(1 - p);
                    double correct = p * t + (1 - p) * (1 - t);
                    return (0.25 * t + 0.75 * (1 - t)) * Math.pow(1 - correct, 2) * loss;
                }),
                formula(
                        "gaussianNll",
                        (x, t) -> Loss.gaussianNll(x, t, x.mul(0).add(2), 1e-6, Reduction.NONE),
                        (x, t) -> (Math.log(2) + (x - t) * (x - t) / 2) / 2),
                formula("poissonNll", (x, t) -> Loss.poissonNll(x, t, Reduction.NONE), (x, t) -> Math.exp(x) - t * x),
                formula(
                        "quantile",
                        (x, t) -> Loss.quantile(x, t, 0.9, Reduction.NONE),
                        (x, t) -> t > x ? 0.9 * (t - x) : 0.1 * (x - t)),
                formula("hinge", (x, t) -> Loss.hinge(x, t, 1, Reduction.NONE), (x, t) -> Math.max(0, 1 - x * t)),
                formula(
                        "binaryCrossEntropyWithLogits",
                        (x, t) -> Loss.binaryCrossEntropyWithLogits(x, t, Reduction.NONE),
                        (x, t) -> t * Math.log1p(Math.exp(-x)) + (1 - t) * Math.log1p(Math.exp(x))));
    }

    private static Arguments formula(String name, BinaryOperator<Tensor> loss, DoubleBinaryOperator formula) {
        return Arguments.of(name, loss, formula);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("formulas")
    void isItsFormula(String name, BinaryOperator<Tensor> loss, DoubleBinaryOperator formula) {
        double[] x = {-2, 0.25, 0.5, 3, 1, Double.NaN, 0};
        double[] t = {1, 0.5, 0, 1, 1, 1, Double.NaN};
        double[] expected = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            expected[i] = formula.applyAsDouble(x[i], t[i]);
        }
        Close.assertClose(name, Tensor.of(expected), loss.apply(Tensor.of(x), Tensor.of(t)), 1e-15);
    }

    @Test
    void binaryCrossEntropyOfCertainty() {
        Tensor p = Tensor.of(new double[] {0, 0, 1, 1, 0.25});
        Tensor t = Tensor.of(new double[] {0, 1, 0, 1, 0.5});
        double[] expected = {0, 100, 100, 0, -(Math.log(0.25) + Math.log(0.75)) / 2};
        assertArrayEquals(
                expected, Loss.binaryCrossEntropy(p, t, Reduction.NONE).toDoubles(), 1e-14);
        double[] gradient = Autodiff.grad(x -> Loss.binaryCrossEntropy(x, t, Reduction.SUM))
                .apply(p)
                .toDoubles();
        assertArrayEquals(new double[] {0, -1e12, 1e12, 0, -0.25 / 0.1875}, gradient, 1e-12 * 1e12);
        assertEquals(-0.25 / 0.1875, gradient[4], 1e-15);
    }

    /// To full relative accuracy where the answer is nearly certain, and finite where it is wrong.
    @ParameterizedTest
    @MethodSource("dtypes")
    void logitsOfAnySize(DType dtype) {
        Tensor x =
                Tensor.of(new double[] {50, -50, 1000, -1000, 1000, -1000, INF}).to(dtype);
        Tensor t = Tensor.of(new double[] {1, 0, 0, 1, 1, 0, 1}).to(dtype);
        double small = Math.exp(-50);
        double[] expected = {small, small, 1000, 1000, 0, 0, 0};
        double[] losses =
                Loss.binaryCrossEntropyWithLogits(x, t, Reduction.NONE).toDoubles();
        for (int i = 0; i < 6; i++) {
            assertEquals(expected[i], losses[i], 1e-6 * expected[i], "element " + i);
        }
        double[] gradient = Autodiff.grad(z -> Loss.binaryCrossEntropyWithLogits(z, t, Reduction.SUM))
                .apply(x)
                .toDoubles();
        assertArrayEquals(new double[] {0, 0, 1, -1, 0, 0, 0}, gradient, 1e-15);
    }

    static Stream<DType> dtypes() {
        return Stream.of(DType.F32, DType.F64);
    }

    @Test
    void focalLoss() {
        Loss.Classes classes = Loss.Classes.EQUAL.weighted(weights).ignoring(1);
        Tensor target = Tensor.ofInts(labels);
        double[] losses = new double[4];
        double all = 0;
        double total = 0;
        for (int r = 0; r < 4; r++) {
            double p = Math.exp(logP(r, labels[r]));
            if (labels[r] != 1) {
                losses[r] = -weights[labels[r]] * Math.pow(1 - p, 1.5) * Math.log(p);
                all += losses[r];
                total += weights[labels[r]];
            }
        }
        assertArrayEquals(
                losses, Loss.focal(logits, target, 1.5, classes, Reduction.NONE).toDoubles(), 1e-13);
        assertEquals(
                all / total,
                Loss.focal(logits, target, 1.5, classes, Reduction.MEAN).item(),
                1e-13);
        assertEquals(
                Loss.crossEntropy(logits, target, classes, Reduction.MEAN).item(),
                Loss.focal(logits, target, 0, classes, Reduction.MEAN).item());
        Tensor certain = Tensor.of(new double[] {1000, 0}, 1, 2);
        double[] gradient = Autodiff.grad(
                        x -> Loss.focal(x, Tensor.ofInts(new int[] {0}), 1, Loss.Classes.EQUAL, Reduction.SUM))
                .apply(certain)
                .toDoubles();
        assertArrayEquals(new double[] {0, 0}, gradient);
    }

    /// The variance that is least likely to be wrong is the square of the error; one below eps counts as that.
    @Test
    void variances() {
        Tensor x = Tensor.of(new double[] {1, 1});
        Tensor t = Tensor.of(new double[] {3, 3});
        Tensor v = Tensor.of(new double[] {4, 0});
        assertArrayEquals(
                new double[] {Math.log(4) / 2 + 0.5, Math.log(0.5) / 2 + 4},
                Loss.gaussianNll(x, t, v, 0.5, Reduction.NONE).toDoubles(),
                1e-15);
        double[] gradient = Autodiff.grad(z -> Loss.gaussianNll(x, t, z, 0.5, Reduction.SUM))
                .apply(v)
                .toDoubles();
        assertArrayEquals(new double[] {0, 0}, gradient, 1e-15);
    }

    @Test
    void triplets() {
        Tensor a = Tensor.of(new double[] {0, 0, 0, 0}, 2, 2);
        Tensor p = Tensor.of(new double[] {3, 4, 0, 1}, 2, 2);
        Tensor n = Tensor.of(new double[] {0, 2, 6, 8}, 2, 2);
        assertArrayEquals(
                new double[] {5 - 2 + 1, 0},
                Loss.triplet(a, p, n, 1, Reduction.NONE).toDoubles(),
                3e-6);
    }

    @Test
    void divergence() {
        Tensor x = Tensor.of(new double[] {-1, -2, -0.5});
        Tensor t = Tensor.of(new double[] {0.5, 0, 0.25});
        double[] expected = {0.5 * (Math.log(0.5) + 1), 0, 0.25 * (Math.log(0.25) + 0.5)};
        assertArrayEquals(expected, Loss.klDivergence(x, t, Reduction.NONE).toDoubles(), 1e-15);
    }

    @Test
    void cosines() {
        Tensor a = Tensor.of(new double[] {3, 4, 1, 0, 0, 0, 2, 0}, 4, 2);
        Tensor b = Tensor.of(new double[] {4, 3, 0, 5, 1, 1, 1, 0}, 4, 2);
        Tensor t = Tensor.of(new double[] {1, 1, 1, -1});
        assertArrayEquals(
                new double[] {1 - 24.0 / 25, 1, 1, 0.6},
                Loss.cosine(a, b, t, 0.4, Reduction.NONE).toDoubles(),
                1e-15);
    }

    @Test
    void reductions() {
        Tensor x = Tensor.of(new double[] {1, 2, 3, 5}, 2, 2);
        Tensor zero = Tensor.zeros(DType.F64, 2, 2);
        assertEquals(39, Loss.mse(x, zero, Reduction.SUM).item());
        assertEquals(39.0 / 4, Loss.mse(x, zero, Reduction.MEAN).item());
        Tensor empty = Tensor.zeros(DType.F64, 0, 2);
        assertEquals(Double.NaN, Loss.mse(empty, empty, Reduction.MEAN).item());
        assertEquals(0, Loss.mse(empty, empty, Reduction.SUM).item());
    }

    static Stream<Arguments> mistakes() {
        Tensor x = Tensor.zeros(DType.F32, 2, 3);
        Tensor y = Tensor.zeros(DType.F32, 2);
        Tensor labels = Tensor.ofInts(new int[] {0, 1});
        Loss.Classes equal = Loss.Classes.EQUAL;
        return Stream.of(
                mistake(() -> Loss.mse(x, y, Reduction.SUM), "mse: both must have the same shape, got [2, 3] and [2]"),
                mistake(
                        () -> Loss.klDivergence(x, y, Reduction.SUM),
                        "klDivergence: both must have the same shape, got [2, 3] and [2]"),
                mistake(
                        () -> Loss.cosine(x, x, x, 0, Reduction.SUM),
                        "cosine: both must have the same shape, got [2] and [2, 3]"),
                mistake(
                        () -> Loss.crossEntropy(x, y, Reduction.SUM),
                        "crossEntropy: both must have the same shape, got [2, 3] and [2]"),
                mistake(
                        () -> Loss.crossEntropy(x, Tensor.ofInts(new int[] {0, 3}), Reduction.SUM),
                        "crossEntropy: label 3 of row 1 is outside 0 … 2"),
                mistake(
                        () -> Loss.nll(x, Tensor.ofInts(new int[] {0}), equal, Reduction.SUM),
                        "nll: logits of shape [2, 3] need I32 labels of shape [2], got I32 of shape [1]"),
                mistake(
                        () -> Loss.nll(x, labels, equal.smoothed(0.1), Reduction.SUM),
                        "nll: labels are not smoothed, got 0.1; use crossEntropy of logits"),
                mistake(
                        () -> Loss.crossEntropy(x, labels, equal.weighted(1, 2), Reduction.SUM),
                        "crossEntropy: needs a weight for each of the 3 classes, got 2"),
                mistake(() -> equal.smoothed(1.5), "the label smoothing must be in [0, 1], got 1.5"),
                mistake(
                        () -> Loss.focal(x, labels, 0.5, equal, Reduction.SUM),
                        "focal: gamma must be 0 or at least 1, got 0.5"),
                mistake(
                        () -> Loss.focal(x, labels, 2, equal.smoothed(0.1), Reduction.SUM),
                        "focal: labels are not smoothed, got 0.1"),
                mistake(
                        () -> Loss.focalWithLogits(x, x, 2, 2, Reduction.SUM),
                        "focalWithLogits: alpha must be in [0, 1], got 2.0"),
                mistake(() -> Loss.quantile(x, x, 1, Reduction.SUM), "quantile: q must be between 0 and 1, got 1.0"),
                mistake(
                        () -> Loss.gaussianNll(x, x, y, 0, Reduction.SUM),
                        "gaussianNll: both must have the same shape, got [2, 3] and [2]"),
                mistake(() -> Loss.huber(x, x, 0, Reduction.SUM), "huber: delta must be > 0, got 0.0"),
                mistake(() -> Loss.smoothL1(x, x, -1, Reduction.SUM), "smoothL1: beta must be ≥ 0, got -1.0"));
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
