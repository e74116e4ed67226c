package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.linalg.CounterHash;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DotProductAttentionTest {
    private static final Rng KEY = Rng.of(21);

    private final Tensor q = normal("q", 2, 3, 5, 4);
    private final Tensor k = normal("k", 2, 3, 7, 4);
    private final Tensor v = normal("v", 2, 3, 7, 6);

    @ParameterizedTest
    @CsvSource({
        "false, false, false, 0",
        "true, false, false, 0",
        "false, true, false, 0",
        "false, false, true, 0",
        "false, false, false, 0.4",
        "true, true, true, 0.25"
    })
    void isItsDefinition(boolean causal, boolean masked, boolean biased, double p) {
        Tensor mask = Tensor.of(new double[] {1, 0, 1, 1, 2, 0, 1, 0, 1, 1, 1, 1, 1, 1}, 2, 7);
        Tensor bias = normal("bias", 3, 1, 7);
        DotProductAttention attention =
                DotProductAttention.scaled().keyMask(masked ? mask : null).bias(biased ? bias : null);
        attention = causal ? attention.causal() : attention;
        attention = p > 0 ? attention.dropout(p, KEY) : attention;
        double[] out = attention.attend(q, k, v).toDoubles();
        for (int row = 0; row < 2 * 3 * 5; row++) {
            int b = row / 15;
            int h = row / 5 % 3;
            int i = row % 5;
            double[] expected = new double[6];
            double sum = 0;
            for (int j = 0; j < 7; j++) {
                if (causal && j > i || masked && mask.get(b, j) == 0) {
                    continue;
                }
                double score = biased ? bias.get(h, 0, j) : 0;
                for (int c = 0; c < 4; c++) {
                    score += q.get(b, h, i, c) * k.get(b, h, j, c) / 2;
                }
                sum += Math.exp(score);
                boolean dropped = CounterHash.uniform(((long) row << 32) + j, KEY.key0(), KEY.key1()) < p;
                for (int c = 0; c < 6; c++) {
                    expected[c] += dropped ? 0 : Math.exp(score) * v.get(b, h, j, c) / (1 - p);
                }
            }
            for (int c = 0; c < 6; c++) {
                double value = sum == 0 ? 0 : expected[c] / sum;
                assertEquals(value, out[row * 6 + c], 1e-13, "row " + row + " element " + c);
            }
        }
    }

    /// The decomposition too says 0 and no gradient, where a softmax over nothing would be NaN, and takes no notice of
    /// what hidden keys hold.
    @Test
    void nothingToSeeIsZeroAndGarbageIsHidden() {
        Tensor mask = Tensor.of(new double[] {0, 0, 1, 0}, 2, 2);
        Tensor x = normal("x", 2, 1, 3, 2);
        Tensor garbage = Tensor.of(new double[] {1, 1, 2, 2, 3, 3, Double.NaN, Double.POSITIVE_INFINITY}, 2, 1, 2, 2);
        List<Tensor> in = List.of(x, garbage);
        try (Tape tape = Tape.open()) {
            tape.watch(in);
            Tensor y = DotProductAttention.scaled().keyMask(mask).attend(x, garbage, garbage);
            assertArrayEquals(new double[] {0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3}, y.toDoubles(), 1e-14);
            Tensor loss = y.square().sum();
            List<Tensor> recorded = tape.gradients(loss, in);
            Gradients gradients = tape.backward(loss);
            double[] byGarbage = {0, 0, 0, 0, 18, 18, 0, 0};
            assertArrayEquals(new double[12], gradients.of(x).toDoubles());
            assertArrayEquals(byGarbage, gradients.of(garbage).toDoubles(), 1e-13);
            assertArrayEquals(new double[12], recorded.get(0).toDoubles());
            assertArrayEquals(byGarbage, recorded.get(1).toDoubles(), 1e-13);
        }
    }

    @Test
    void headsOfTheResultLieSideBySide() {
        assertNull(DotProductAttention.scaled().attend(q, k, v).permute(0, 2, 1, 3).strides);
    }

    static Stream<Arguments> mistakes() {
        Tensor x = Tensor.zeros(DType.F64, 2, 3, 5, 4);
        DotProductAttention plain = DotProductAttention.scaled();
        return Stream.of(
                Arguments.of(
                        (Supplier<?>) () -> plain.attend(x, x, x.select(0, 0)),
                        "attention: q [batch, heads, queries, width], k [batch, heads, keys, width] and v [batch, heads,"
                                + " keys, valueWidth] must agree, got [2, 3, 5, 4], [2, 3, 5, 4] and [3, 5, 4]"),
                Arguments.of(
                        (Supplier<?>) () -> plain.attend(x, x.slice(3, 0, 3), x),
                        "attention: q [batch, heads, queries, width], k [batch, heads, keys, width] and v [batch, heads,"
                                + " keys, valueWidth] must agree, got [2, 3, 5, 4], [2, 3, 5, 3] and [2, 3, 5, 4]"),
                Arguments.of(
                        (Supplier<?>) () -> plain.attend(x, x.to(DType.F32), x),
                        "attention: dtypes differ, F64[2, 3, 5, 4] and F32[2, 3, 5, 4]; convert one with to(…)"),
                Arguments.of(
                        (Supplier<?>)
                                () -> plain.keyMask(Tensor.ones(DType.F64, 5)).attend(x, x, x),
                        "attention: the key mask must be [batch, keys] = [2, 5], got [5]"),
                Arguments.of(
                        (Supplier<?>) () ->
                                plain.bias(Tensor.ones(DType.F64, 2, 1, 5)).attend(x, x, x),
                        "attention: the bias must broadcast to [batch, heads, queries, keys] = [2, 3, 5, 5], got"
                                + " [2, 1, 5]"),
                Arguments.of(
                        (Supplier<?>) () -> plain.dropout(1, KEY),
                        "attention: the probability must be in [0, 1), got 1.0"),
                Arguments.of(
                        (Supplier<?>) () -> DotProductAttention.scaled(Double.NaN),
                        "attention: the scale must be finite, got NaN"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("mistakes")
    void aMistakeIsExplained(Supplier<?> body, String text) {
        assertEquals(text, assertThrows(RuntimeException.class, body::get).getMessage());
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(KEY.child(name), 0, 1, DType.F64, shape);
    }
}
