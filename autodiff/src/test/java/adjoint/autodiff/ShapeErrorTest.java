package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a mistake with shapes, indices and equations is told.
class ShapeErrorTest {

    static Stream<Arguments> shapes() {
        Tensor x = zeros(2, 3);
        return Stream.of(
                mistake(
                        () -> x.slice(1, 2, 4, 2),
                        "slice: positions 2 to 4 in steps of 2 are no part of axis 1 of shape [2, 3], which has length"
                                + " 3"),
                mistake(
                        () -> x.slice(-1, 1, 2, -1),
                        "slice: positions 1 to 2 in steps of -1 are no part of axis -1 of shape [2, 3], which has"
                                + " length 3"),
                mistake(
                        () -> x.slice(0, 0, 2, 0),
                        "slice: positions 0 to 2 in steps of 0 are no part of axis 0 of shape [2, 3], which has length"
                                + " 2"),
                mistake(() -> Index.range(0, 1, 0), "index: the step of a range must not be 0"),
                mistake(
                        () -> x.index(Index.all(), Index.at(3)),
                        "index: position 3 is outside axis 1 of length 3 (shape [2, 3])"),
                mistake(
                        () -> x.index(Index.of(0, -3)),
                        "index: position -3 is outside axis 0 of length 2 (shape [2, 3])"),
                mistake(
                        () -> x.index(Index.all(), Index.newAxis(), Index.all(), Index.all()),
                        "index: shape [2, 3] has 2 axes, got entries for 3"),
                mistake(() -> x.index(Index.rest(), Index.rest()), "index: rest() may stand only once"),
                mistake(
                        () -> x.split(1, 1, 3),
                        "split: lengths [1, 3] do not fill axis 1 of shape [2, 3], which has length 3"),
                mistake(
                        () -> x.split(1, 4, -1),
                        "split: lengths [4, -1] do not fill axis 1 of shape [2, 3], which has length 3"),
                mistake(() -> x.chunk(1, 0), "chunk: needs at least one part, got 0"),
                mistake(() -> x.flip(0, -2), "flip: axis -2 of shape [2, 3] is named twice"),
                mistake(() -> x.flatten(1, 0), "flatten: axis 1 of shape [2, 3] comes after axis 0"),
                mistake(
                        () -> x.unflatten(1, 2, -1),
                        "unflatten: axis 1 of shape [2, 3] has length 3, which is no product [2, -1]"),
                mistake(() -> x.tile(2, -1), "tile: no axis can be repeated -1 times"),
                mistake(() -> x.repeatInterleave(0, -1), "repeatInterleave: no position can be repeated -1 times"),
                mistake(
                        () -> x.pad(0, 1, 1, 1),
                        "pad: shape [2, 3] takes a width before and one after for each of its last axes, got the widths"
                                + " [1, 1, 1]"),
                mistake(
                        () -> x.pad(0, 1, 1, 1, 1, 1, 1),
                        "pad: shape [2, 3] takes a width before and one after for each of its last axes, got the widths"
                                + " [1, 1, 1, 1, 1, 1]"),
                mistake(
                        () -> x.pad(0, -1, 0),
                        "pad: widths must not be negative, got [-1, 0]; slice(…) makes an axis shorter"),
                mistake(
                        () -> x.pad(PadMode.REFLECT, 0, 3),
                        "pad: axis 1 of shape [2, 3] has length 3, too short for 3 more on one side (reflect)"),
                mistake(
                        () -> x.pad(PadMode.CIRCULAR, 3, 0, 0, 0),
                        "pad: axis 0 of shape [2, 3] has length 2, too short for 3 more on one side (circular)"),
                mistake(
                        () -> zeros(0).pad(PadMode.REPLICATE, 1, 0),
                        "pad: axis 0 of shape [0] has length 0, too short for 1 more on one side (replicate)"),
                mistake(() -> zeros(3).tril(0), "band: needs a matrix in the last two axes, got shape [3]"),
                mistake(() -> zeros(3).trace(), "diagonal: needs a matrix in the last two axes, got shape [3]"),
                mistake(() -> x.diagonal(0, 1, -1), "diagonal: axes 1 and -1 of shape [2, 3] are the same"),
                mistake(
                        () -> x.takeAlongAxis(ints(2), 0),
                        "takeAlongAxis: the index must have as many axes as the tensor, got [2] for shape [2, 3]"),
                mistake(
                        () -> x.takeAlongAxis(ints(1, 2), 0),
                        "takeAlongAxis: the index [1, 2] and the tensor [2, 3] do not broadcast: axis 1 has lengths 2"
                                + " and 3"),
                mistake(
                        () -> x.takeAlongAxis(ints(1, 3).to(DType.I64), 0),
                        "takeAlongAxis: the index must be I32, got I64[1, 3]"),
                mistake(
                        () -> zeros(0, 3).takeAlongAxis(ints(1, 3), 0),
                        "takeAlongAxis: index 0 at position 0 is outside axis 0 of length 0"),
                mistake(
                        () -> x.scatterAdd(ints(1, 3), zeros(1, 2), 0),
                        "scatterAdd: the source must have the index's shape [1, 3], got [1, 2]"),
                mistake(
                        () -> x.scatter(ints(1, 2), zeros(1, 2), 0),
                        "scatter along axis 0: the index [1, 2] may differ from shape [2, 3] in the length of that axis"
                                + " alone"),
                mistake(
                        () -> x.scatter(Tensor.full(2, DType.I32, 1, 3), zeros(1, 3), 0),
                        "scatter: index 2 at position 0 is outside axis 0 of length 2"),
                mistake(
                        () -> x.scatterAdd(Tensor.full(-1, DType.I32, 1, 3), zeros(1, 3), 0),
                        "scatterAdd: index -1 at position 0 is outside axis 0 of length 2"),
                mistake(
                        () -> x.indexAdd(ints(2), zeros(3, 3), 0),
                        "indexAdd: the source for index [2] along axis 0 of shape [2, 3] must have shape [2, 3], got"
                                + " [3, 3]"),
                mistake(() -> zeros(2).oneHot(3, DType.F32), "oneHot: needs I32, got F32[2]"),
                mistake(
                        () -> Tensor.ofInts(new int[] {0, 3}).oneHot(3, DType.F32),
                        "oneHot: label 3 at position 1 is outside 0 … 2"),
                mistake(() -> x.topK(4, 1, true), "topK: axis 1 of shape [2, 3] has no 4 elements"),
                mistake(() -> Tensor.scalar(1, DType.F32).sort(0, true), "a scalar has no axis 0"),
                mistake(
                        () -> Tensor.range(0, 1, 0, DType.F32),
                        "range: no steps of 0.0 lead from 0.0 to 1.0 in finite number"),
                mistake(() -> Tensor.meshgrid(x), "meshgrid: takes vectors, argument 0 has shape [2, 3]"));
    }

    static Stream<Arguments> equations() {
        Tensor x = zeros(2, 3);
        return Stream.of(
                mistake(
                        () -> Einsum.of("ij,jk->ik", x, zeros(4, 5)),
                        "einsum \"ij,jk->ik\": label j has length 3 in operand 0 (axis 1 of [2, 3]) and 4 in operand 1"
                                + " (axis 0 of [4, 5])"),
                mistake(
                        () -> Einsum.of("...i,...i", zeros(4, 3), x),
                        "einsum \"...i,...i\": label axis -1 of the ellipsis has length 4 in operand 0 (axis 0 of"
                                + " [4, 3]) and 2 in operand 1 (axis 0 of [2, 3])"),
                mistake(
                        () -> Einsum.of("ii", x),
                        "einsum \"ii\": label i stands for axes 0 and 1 of operand 0, which have different lengths,"
                                + " [2, 3]"),
                mistake(
                        () -> Einsum.of("i,ij", zeros(2), zeros(2)),
                        "einsum \"i,ij\": operand 1 has 2 labels for the 1 axis of shape [2]"),
                mistake(
                        () -> Einsum.of("i", x),
                        "einsum \"i\": operand 0 has 1 label for the 2 axes of shape [2, 3]; ... stands for the"
                                + " others"),
                mistake(() -> Einsum.of("ij,jk", x), "einsum \"ij,jk\": the equation is one of 2 operands, got 1"),
                mistake(() -> Einsum.of("i"), "einsum \"i\": the equation is one of 1 operand, got 0"),
                mistake(() -> Einsum.of("ij->ik", x), "einsum \"ij->ik\": label k of the result is in no operand"),
                mistake(() -> Einsum.of("ij->ii", x), "einsum \"ij->ii\": label i is twice in the result"),
                mistake(
                        () -> Einsum.of("i1", x),
                        "einsum \"i1\": '1' is no label; those are a … z and A … Z, and ... for the other axes"),
                mistake(
                        () -> Einsum.of("ij->i->j", x),
                        "einsum \"ij->i->j\": '-' is no label; those are a … z and A … Z, and ... for the other axes"),
                mistake(() -> Einsum.of("...i...", x), "einsum \"...i...\": operand 0 has two ellipses"),
                mistake(
                        () -> Einsum.of("i...", Tensor.zeros(DType.F32, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)),
                        "einsum \"i...\": the ellipsis of operand 0 stands for 13 axes, more than 12"),
                mistake(
                        () -> Einsum.of("ij->ji", ints(2, 3)),
                        "einsum \"ij->ji\": operands must all be F32 or all F64, operand 0 is I32"),
                mistake(
                        () -> Einsum.of("ij,ij", x, Tensor.zeros(DType.F64, 2, 3)),
                        "einsum \"ij,ij\": operands must all be F32 or all F64, operand 1 is F64, operand 0 F32"),
                mistake(() -> zeros(3).dot(zeros(2)), "dot: needs vectors of the same length, got shapes [3] and [2]"),
                mistake(() -> x.dot(zeros(3)), "dot: takes two vectors, got shapes [2, 3] and [3]"),
                mistake(() -> x.outer(zeros(3)), "outer: takes two vectors, got shapes [2, 3] and [3]"),
                mistake(
                        () -> x.inner(zeros(4, 2)),
                        "tensordot: axis -1 of shape [2, 3] has length 3, axis -1 of [4, 2] has 2"),
                mistake(() -> x.tensordot(zeros(3), 2), "tensordot: shapes [2, 3] and [3] have no 2 axes to sum over"),
                mistake(
                        () -> x.tensordot(x, new int[] {0, 0}, new int[] {0, 0}),
                        "tensordot: axes [0, 0] of shape [2, 3] and [0, 0] of [2, 3]: one is named twice"),
                mistake(
                        () -> x.tensordot(x, new int[] {0}, new int[0]),
                        "tensordot: axes must be named in pairs, got [0] of shape [2, 3] and [] of [2, 3]"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource({"shapes", "equations"})
    void aMistakeIsExplained(Supplier<?> body, String text) {
        assertEquals(text, assertThrows(RuntimeException.class, body::get).getMessage());
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    private static Tensor zeros(int... shape) {
        return Tensor.zeros(DType.F32, shape);
    }

    private static Tensor ints(int... shape) {
        return Tensor.zeros(DType.I32, shape);
    }

    private static Arguments mistake(Supplier<?> body, String text) {
        return Arguments.of(body, text);
    }
}
