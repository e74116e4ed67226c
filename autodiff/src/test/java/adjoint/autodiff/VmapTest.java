package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.linalg.Rng;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class VmapTest {
    private final Tensor rows = Tensor.normal(Rng.of(1), 0, 1, DType.F64, 4, 3);
    private final Tensor weight = Tensor.normal(Rng.of(2), 0, 1, DType.F64, 2, 3);
    private final Tensor bias = Tensor.normal(Rng.of(6), 0, 1, DType.F64, 2);

    public record Weights(Tensor weight, Tensor bias) {}

    public record Example(Tensor x, Tensor label) {}

    @AfterEach
    void nothingIsLeft() {
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    @Test
    void theAxisOfExamplesIsChosenForEachPart() {
        Tensor columns = Tensor.normal(Rng.of(3), 0, 1, DType.F64, 4, 5, 3);
        Tensor stacked = Tensor.normal(Rng.of(4), 0, 1, DType.F64, 4, 5);
        Tensor numbers = Tensor.normal(Rng.of(5), 0, 1, DType.F64, 5);
        Function<List<Tensor>, Tensor> f = x -> {
            assertEquals(Shape.of(4, 3), x.get(0).shape());
            return x.get(0).mul(x.get(1).unsqueeze(1)).add(x.get(2));
        };
        Tensor expected = columns.mul(stacked.unsqueeze(2)).transpose(0, 1).add(numbers.reshape(5, 1, 1));
        assertClose(expected, Autodiff.vmap(f, 1, -1, 0).apply(List.of(columns, stacked, numbers)));
        Tensor same = Autodiff.vmap(f, 1, -1, Autodiff.NONE).apply(List.of(columns, stacked, numbers.select(0, 2)));
        assertClose(expected.select(0, 2), same.select(0, 2));
        assertClose(rows.sum(0), Autodiff.vmap(x -> x.sum(), 1).apply(rows));
    }

    @Test
    void whatIsTheSameForAllIsRepeated() {
        Tensor constant = Tensor.scalar(2, DType.F64);
        assertClose(Tensor.full(2, DType.F64, 4), Autodiff.vmap(_ -> constant).apply(rows));
        List<Tensor> several = Autodiff.vmap((Tensor x) -> List.of(x.argmax(0).to(DType.F64), constant, x))
                .apply(rows);
        assertClose(rows.argmax(1).to(DType.F64), several.get(0));
        assertClose(Tensor.full(2, DType.F64, 4), several.get(1));
        assertClose(rows, several.get(2));
    }

    @Test
    void nested() {
        Tensor pairs = Autodiff.vmap(a -> Autodiff.vmap(b -> a.mul(b).sum()).apply(rows))
                .apply(rows);
        assertClose(rows.matmul(rows.transpose(0, 1)), pairs);
        Tensor deep = Tensor.normal(Rng.of(3), 0, 1, DType.F64, 2, 4, 3);
        Tensor slopes = Autodiff.vmap(m -> Autodiff.vmap(r ->
                                Autodiff.grad(y -> y.mul(m.sum(0)).tanh().sum()).apply(r))
                        .apply(m))
                .apply(deep);
        // m is captured: only the first factor is differentiated.
        Tensor sums = deep.sum(true, 1);
        assertClose(deep.mul(sums).tanh().square().neg().add(1).mul(sums), slopes);
    }

    @Test
    void gradientsOfEachExample() {
        Tensor labels = Tensor.ofInts(new int[] {0, 1, 1, 0});
        Example all = new Example(rows, labels);
        Weights weights = new Weights(weight, bias);
        Function<Example, Weights> captured =
                e -> Autodiff.grad((Weights w) -> loss(w, e)).apply(weights);
        Function<List<Object>, Weights> passed =
                p -> Autodiff.grad((Weights w) -> loss(w, (Example) p.get(1))).apply((Weights) p.get(0));
        Weights each = Autodiff.vmap(captured).apply(all);
        Weights again = Autodiff.vmap(passed, Autodiff.NONE, 0).apply(List.of(weights, all));
        for (int i = 0; i < 4; i++) {
            Example one = new Example(rows.select(0, i), labels.select(0, i));
            Weights expected = captured.apply(one);
            assertClose(expected.weight(), each.weight().select(0, i));
            assertClose(expected.bias(), each.bias().select(0, i));
            assertClose(expected.weight(), again.weight().select(0, i));
        }
    }

    private static Tensor loss(Weights w, Example e) {
        return e.x().linear(w.weight(), w.bias()).crossEntropy(e.label());
    }

    @Test
    void indicesMayBeBatched() {
        Tensor index = Tensor.ofInts(new int[] {2, 0, 1, 1}, 2, 2);
        Tensor taken = Autodiff.vmap(i -> rows.take(i, 0)).apply(index);
        assertClose(rows.take(index, 0), taken);
    }

    @Test
    void gradientsOfWhatAllShareAreSummedOutside() {
        Tensor g = Autodiff.grad(
                        w -> Autodiff.vmap(x -> x.linear(w, bias).tanh().sum())
                                .apply(rows)
                                .sum())
                .apply(weight);
        assertClose(Autodiff.grad(w -> rows.linear(w, bias).tanh().sum()).apply(weight), g);
    }

    @Test
    void pullbacksMayBeBatched() {
        Autodiff.Vjp<Tensor> vjp = Autodiff.vjp(x -> x.square().softmax(-1), rows.select(0, 0));
        Tensor all = Autodiff.vmap(w -> vjp.pullback().apply(w)).apply(rows);
        for (int i = 0; i < 4; i++) {
            assertClose(vjp.pullback().apply(rows.select(0, i)), all.select(0, i));
        }
    }

    @Test
    void noExamples() {
        Tensor none = Tensor.zeros(DType.F64, 0, 3);
        assertEquals(
                Shape.of(0, 2),
                Autodiff.vmap(x -> x.linear(weight, bias).softmax(-1))
                        .apply(none)
                        .shape());
        assertEquals(
                Shape.of(0, 3),
                Autodiff.vmap(x -> Autodiff.grad(y -> y.tanh().sum()).apply(x))
                        .apply(none)
                        .shape());
    }

    @Test
    void valuesCannotBeReadInside() {
        String text =
                "the tensor F64[3] stands for each of 4 examples inside vmap, and its values cannot be read there;"
                        + " compute with it, or return it and read the result";
        assertMessage(text, () -> map(x -> x.select(0, 0).add(x.get(0))));
        assertMessage(text, () -> map(x -> Tensor.of(x.toDoubles())));
        assertMessage(
                text.replace("F64[3]", "F64[]"), () -> map(x -> x.mul(x.sum().item())));
        Autodiff.vmap(x -> {
                    assertEquals("F64[3] of each of 4 examples", x.toString());
                    return x;
                })
                .apply(rows);
    }

    @Test
    void tensorsDoNotLeaveTheirVmap() {
        Tensor[] leaked = new Tensor[1];
        map(x -> leaked[0] = x);
        String text = "the tensor F64[3] stands for each of 4 examples inside vmap, which has ended or is not under way"
                + " here; return it from the function, or pass it as an argument";
        assertMessage(text, () -> leaked[0].exp());
        assertMessage(text, () -> map(x -> x.add(leaked[0])));
    }

    @Test
    void tapesDoNotSeeSingleExamples() {
        assertMessage(
                "the tensor F64[3] stands for each of 4 examples inside vmap, and its values cannot be read there;"
                        + " compute with it, or return it and read the result",
                () -> map(x -> {
                    try (Tape tape = Tape.open()) {
                        tape.watch(x);
                        return x;
                    }
                }));
        assertMessage(
                "gradients: the tensor F64[3] is not recorded: it stands for all examples of a vmap; inside vmap, use"
                        + " Autodiff.grad",
                () -> map(x -> {
                    try (Tape tape = Tape.open()) {
                        tape.watch(weight);
                        return tape.gradients(weight.sum(), List.of(x)).getFirst();
                    }
                }));
    }

    @Test
    void mistakesAreToldInTermsOfOneExample() {
        assertMessage(
                "add: shapes [3] and [2] do not broadcast: axis -1 has length 3 on the left and 2 on the right; lengths"
                        + " must be equal, or one of them 1",
                () -> map(x -> x.add(bias)));
    }

    @Test
    void argumentsThatDoNotFitAreRefused() {
        assertMessage(
                "vmap: the numbers of examples differ: argument [0] has 4, argument [1] has 2",
                () -> Autodiff.vmap((List<Tensor> x) -> x.get(0)).apply(List.of(rows, weight)));
        assertMessage(
                "vmap: the argument of shape [4, 3] has no axis 2 of examples; give Autodiff.NONE for what is the same"
                        + " for all",
                () -> Autodiff.vmap(x -> x, 2).apply(rows));
        assertMessage(
                "vmap: the argument has 2 parts, got 3 axes; give one for each part, or one for all",
                () -> Autodiff.vmap((List<Tensor> x) -> x.get(0), 0, 0, 0).apply(List.of(rows, rows)));
        assertMessage(
                "vmap: no argument has an axis of examples",
                () -> Autodiff.vmap(x -> x, Autodiff.NONE).apply(rows));
    }

    private Tensor map(java.util.function.UnaryOperator<Tensor> f) {
        return Autodiff.vmap(f).apply(rows);
    }

    private static void assertClose(Tensor expected, Tensor actual) {
        Close.assertClose("", expected, actual, 1e-12);
    }

    private static void assertMessage(String expected, Executable body) {
        assertEquals(expected, assertThrows(RuntimeException.class, body).getMessage());
    }
}
