package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.autodiff.Case.Memory;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// For every line of the gradient table, a function of all examples is that of one after another: values and gradients,
/// in every way to nest both.
class VmapTableTest {
    private static final int EXAMPLES = 3;

    static List<Case> cases() {
        return Cases.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void valuesAreThoseOfTheLoop(Case c) {
        for (Shape[] shapes : c.shapes()) {
            List<List<Tensor>> examples = examples(c, shapes);
            Function<List<Tensor>, Tensor> f = c.f();
            Tensor expected = loop(f, examples);
            Tensor all = Autodiff.vmap(f).apply(stacked(examples, 0));
            Close.assertClose(c.name(), expected, all, 1e-13);
        }
    }

    /// One of the arguments is the same for all.
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void argumentsMayBeSharedByAll(Case c) {
        for (Shape[] shapes : c.shapes()) {
            for (int shared = 0; shared < shapes.length && shapes.length > 1; shared++) {
                List<List<Tensor>> examples = examples(c, shapes);
                int[] axes = new int[shapes.length];
                axes[shared] = Autodiff.NONE;
                List<Tensor> stacked = new ArrayList<>(stacked(examples, 0));
                for (List<Tensor> example : examples) {
                    example.set(shared, examples.getFirst().get(shared));
                }
                stacked.set(shared, examples.getFirst().get(shared));
                Tensor all = Autodiff.vmap(c.f(), axes).apply(stacked);
                Close.assertClose(c.name(), loop(c.f(), examples), all, 1e-13);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void gradientsInsideAreThoseOfTheLoop(Case c) {
        for (Shape[] shapes : c.shapes()) {
            List<List<Tensor>> examples = examples(c, shapes);
            Function<List<Tensor>, List<Tensor>> gradients = Autodiff.grads(weighted(c));
            List<Tensor> all = Autodiff.vmap(gradients).apply(stacked(examples, 0));
            for (int i = 0; i < shapes.length; i++) {
                int input = i;
                Tensor expected = loop(x -> gradients.apply(x).get(input), examples);
                Close.assertClose(c.name() + " input " + i, expected, all.get(i), 1e-12);
            }
        }
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void gradientsOutsideAreThoseOfTheLoop(Case c) {
        for (Shape[] shapes : c.shapes()) {
            List<List<Tensor>> examples = examples(c, shapes);
            List<Tensor> all = Autodiff.grads(
                            x -> Autodiff.vmap(weighted(c)).apply(x).sum())
                    .apply(stacked(examples, 0));
            Function<List<Tensor>, List<Tensor>> gradients = Autodiff.grads(weighted(c));
            for (int i = 0; i < shapes.length; i++) {
                int input = i;
                Tensor expected = loop(x -> gradients.apply(x).get(input), examples);
                Close.assertClose(c.name() + " input " + i, expected, all.get(i), 1e-12);
            }
        }
    }

    /// Examples along the last axis, tangents inside, and a gradient around everything.
    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void slopesAlongTheLastAxisAreThoseOfTheLoop(Case c) {
        for (Shape[] shapes : c.shapes()) {
            List<List<Tensor>> examples = examples(c, shapes);
            Function<List<Tensor>, Tensor> slope =
                    x -> Autodiff.jvp(weighted(c), x, ones(x)).tangent();
            List<Tensor> last = stacked(examples, -1);
            Close.assertClose(
                    c.name(), loop(slope, examples), Autodiff.vmap(slope, -1).apply(last), 1e-12);
            List<Tensor> around =
                    Autodiff.grads(x -> Autodiff.vmap(slope, -1).apply(x).sum()).apply(last);
            for (int i = 0; i < shapes.length; i++) {
                int input = i;
                Tensor expected = loop(x -> Autodiff.grads(slope).apply(x).get(input), examples);
                Tensor front = around.get(i).permute(toFront(around.get(i).rank()));
                Close.assertClose(c.name() + " input " + i, expected, front, 1e-11);
            }
        }
    }

    private static Function<List<Tensor>, Tensor> weighted(Case c) {
        return x -> {
            Tensor y = c.f().apply(x);
            return y.mul(Tensor.uniform(
                            Rng.of(9), 0.5, 1.5, y.dtype(), y.shape().dims()))
                    .sum();
        };
    }

    private static List<Tensor> ones(List<Tensor> x) {
        return x.stream().map(t -> Tensor.ones(t.dtype(), t.shape().dims())).toList();
    }

    private static Tensor loop(Function<List<Tensor>, Tensor> f, List<List<Tensor>> examples) {
        return Tensor.stack(0, examples.stream().map(f).toArray(Tensor[]::new));
    }

    /// Inputs of the same shapes with other values, in the same domain.
    private static List<List<Tensor>> examples(Case c, Shape[] shapes) {
        List<List<Tensor>> examples = new ArrayList<>();
        for (int e = 0; e < EXAMPLES; e++) {
            double scale = 1 - 0.1 * e;
            List<Tensor> inputs = c.inputs(shapes, Memory.DENSE, DType.F64);
            inputs.replaceAll(x -> x.mul(scale));
            examples.add(inputs);
        }
        return examples;
    }

    private static List<Tensor> stacked(List<List<Tensor>> examples, int axis) {
        List<Tensor> stacked = new ArrayList<>();
        for (int i = 0; i < examples.getFirst().size(); i++) {
            int input = i;
            stacked.add(
                    Tensor.stack(axis, examples.stream().map(x -> x.get(input)).toArray(Tensor[]::new)));
        }
        return stacked;
    }

    private static int[] toFront(int rank) {
        int[] order = new int[rank];
        for (int d = 0; d < rank; d++) {
            order[d] = (d + rank - 1) % rank;
        }
        return order;
    }
}
