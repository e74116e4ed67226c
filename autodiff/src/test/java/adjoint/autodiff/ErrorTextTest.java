package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.linalg.Rng;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a mistake is told: the operation, the shapes, the axis, and a hint.
class ErrorTextTest {

    static Stream<Arguments> mistakes() {
        Tensor x = zeros(2, 3);
        return Stream.of(
                mistake(
                        () -> x.add(zeros(4)),
                        "add: shapes [2, 3] and [4] do not broadcast: axis -1 has length 3 on the left and 4 on the"
                                + " right; lengths must be equal, or one of them 1"),
                mistake(
                        () -> x.mul(zeros(2)),
                        "mul: shapes [2, 3] and [2] do not broadcast: axis -1 has length 3 on the left and 2 on the"
                                + " right; did you mean to add trailing axes to [2] with unsqueeze(-1)?"),
                mistake(
                        () -> x.div(zeros(3, 2)),
                        "div: shapes [2, 3] and [3, 2] do not broadcast: axis -1 has length 3 on the left and 2 on the"
                                + " right; did you mean to transpose one of them?"),
                mistake(
                        () -> x.add(Tensor.zeros(DType.F64, 3)),
                        "add: dtypes differ, F32[2, 3] and F64[3]; convert one with to(…)"),
                mistake(
                        () -> Tensor.ofInts(new int[] {1}).exp(),
                        "exp: needs F32 or F64, got I32[1]; convert with to(DType.F32)"),
                mistake(
                        () -> x.where(zeros(4), x),
                        "where: shapes [2, 3] and [4] do not broadcast: axis -1 has length 3 on the left and 4 on the"
                                + " right; lengths must be equal, or one of them 1"),
                mistake(
                        () -> x.matmul(x),
                        "matmul: shapes [2, 3] and [2, 3]: the last axis of the left has length 3, axis -2 of the right"
                                + " 2; did you mean the right one transposed, transpose(-2, -1)?"),
                mistake(
                        () -> zeros(3, 2).matmul(zeros(3, 4)),
                        "matmul: shapes [3, 2] and [3, 4]: the last axis of the left has length 2, axis -2 of the right"
                                + " 3; did you mean the left one transposed, transpose(-2, -1)?"),
                mistake(
                        () -> x.matmul(zeros(4, 5)),
                        "matmul: shapes [2, 3] and [4, 5]: the last axis of the left has length 3, axis -2 of the right"
                                + " 4; they must be equal"),
                mistake(
                        () -> zeros(2, 2, 3).matmul(zeros(5, 3, 2)),
                        "matmul: shapes [2, 2, 3] and [5, 3, 2] do not broadcast: axis -3 has length 2 on the left and"
                                + " 5 on the right; lengths must be equal, or one of them 1"),
                mistake(
                        () -> x.matmul(Tensor.scalar(1, DType.F32)),
                        "matmul: shapes [2, 3] and []: a scalar is no matrix; use mul"),
                mistake(
                        () -> x.linear(zeros(3, 4), null),
                        "linear: x of shape [2, 3] and weight of shape [3, 4]: weight must be [out, in] with `in` the"
                                + " last axis of x; did you mean weight.transpose(0, 1)?"),
                mistake(
                        () -> x.linear(zeros(4, 5), null),
                        "linear: x of shape [2, 3] and weight of shape [4, 5]: weight must be [out, in] with `in` the"
                                + " last axis of x"),
                mistake(
                        () -> x.linear(zeros(4, 3), zeros(3)),
                        "linear: bias must have shape [4] for a weight of [4, 3], got [3]"),
                mistake(
                        () -> x.layerNorm(zeros(2), null, 1e-5),
                        "layerNorm: gamma must have the length of the last axis, [3] for x of shape [2, 3], got [2]"),
                mistake(() -> x.reshape(4, -1), "reshape: shape [2, 3] has 6 elements, they do not fit [4, -1]"),
                mistake(() -> x.reshape(7), "reshape: shape [2, 3] has 6 elements, they do not fit [7]"),
                mistake(() -> x.permute(0), "permute: shape [2, 3] has 2 axes, got an order of 1"),
                mistake(() -> x.permute(1, -1), "permute: axis 1 of shape [2, 3] is named twice"),
                mistake(() -> x.sum(2), "axis 2 is out of range for shape [2, 3]: it has axes -2 to 1"),
                mistake(() -> x.sum(0, -2), "sum: axis -2 of shape [2, 3] is named twice"),
                mistake(() -> Tensor.scalar(1, DType.F32).softmax(0), "a scalar has no axis 0"),
                mistake(
                        () -> x.slice(1, 2, 4),
                        "slice: positions 2 to 4 are outside axis 1 of shape [2, 3], which has length 3"),
                mistake(
                        () -> x.squeeze(1),
                        "squeeze: axis 1 of shape [2, 3] has length 3, only an axis of length 1 can be dropped"),
                mistake(() -> x.unsqueeze(4), "unsqueeze: no place 4 among the axes of shape [2, 3]"),
                mistake(
                        () -> x.expand(2, 4),
                        "expand: shape [2, 3] does not broadcast to [2, 4]: axis 1 has length 3, not 1 or 4"),
                mistake(() -> x.expand(3), "expand: shape [2, 3] has more axes than [3]"),
                mistake(() -> x.take(new int[] {0, 3}, 1), "take: index 3 at position 1 is outside axis 1 of length 3"),
                mistake(() -> x.take(zeros(1), 1), "take: the index must be I32, got F32[1]"),
                mistake(
                        () -> Tensor.concat(0, x, zeros(2, 4)),
                        "concat along axis 0: part 0 has shape [2, 3], part 1 has [2, 4]; only the lengths along axis 0"
                                + " may differ"),
                mistake(
                        () -> Tensor.concat(0, x, Tensor.zeros(DType.F64, 2, 3)),
                        "concat: part 0 is F32, part 1 is F64; convert one with to(…)"),
                mistake(
                        () -> Tensor.stack(0, x, zeros(2, 4)),
                        "stack: part 0 has shape [2, 3], part 1 has [2, 4]; all must be the same"),
                mistake(
                        () -> x.crossEntropy(Tensor.ofInts(new int[] {1, 2, 0})),
                        "crossEntropy: logits of shape [2, 3] need I32 labels of shape [2], got I32 of shape [3]"),
                mistake(
                        () -> x.crossEntropy(Tensor.ofInts(new int[] {1, 3})),
                        "crossEntropy: label 3 of row 1 is outside 0 … 2"),
                mistake(() -> x.dropout(1, Rng.of(1)), "dropout: the probability must be in [0, 1), got 1.0"),
                mistake(
                        () -> x.addDropout(zeros(3), 0.1, Rng.of(1)),
                        "addDropout: both must have the same shape, got [2, 3] and [3]"),
                mistake(() -> zeros(2, 0).max(1), "max: an axis of length 0 has no largest element, shape [2, 0]"),
                mistake(() -> zeros(0).argmax(0), "argmax: an axis of length 0 has no largest element, shape [0]"),
                mistake(x::item, "item: the tensor has shape [2, 3], not a single element"),
                mistake(() -> x.get(1), "get: shape [2, 3] takes 2 indices, got 1"),
                mistake(() -> x.get(1, 3), "get: index 3 is outside axis 1 of shape [2, 3]"),
                mistake(x::toInts, "toInts: the tensor is F32; convert with to(DType.I32)"),
                mistake(
                        () -> copyTo(x, new double[6]),
                        "copyTo: needs room for 6 elements from offset 1 in an array of F32, got F64 of length 6"),
                mistake(() -> Tensor.of(new float[] {1, 2, 3}, 2, 2), "of: shape [2, 2] has 4 elements, got 3 values"),
                mistake(
                        () -> Tensor.wrap(new float[3], 2, Shape.of(2)),
                        "wrap: shape [2] needs 2 elements from offset 2, the array has 3"),
                mistake(
                        () -> Tensor.wrap("text", 0, Shape.of(2)),
                        "a tensor holds float[], double[], int[] or long[], not String"),
                mistake(() -> zeros(-1, 2), "shape [-1, 2]: axis 0 has the negative length -1"),
                mistake(
                        () -> Shape.of(1 << 20, 1 << 20),
                        "shape [1048576, 1048576] has more elements than an array can hold (2147483647)"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("mistakes")
    void aMistakeIsExplained(Supplier<?> body, String text) {
        assertEquals(text, assertThrows(RuntimeException.class, body::get).getMessage());
    }

    private static Tensor zeros(int... shape) {
        return Tensor.zeros(DType.F32, shape);
    }

    private static Object copyTo(Tensor x, double[] array) {
        x.copyTo(array, 1);
        return null;
    }

    private static Arguments mistake(Supplier<?> body, String text) {
        return Arguments.of(body, text);
    }
}
