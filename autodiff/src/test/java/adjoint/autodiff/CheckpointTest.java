package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Segments that are computed again: the same bits, less memory.
class CheckpointTest {
    private static final int WIDTH = 12;

    private final Tensor input = normal("input", 5, WIDTH);
    private final Tensor weight = normal("weight", WIDTH, WIDTH);
    private final Tensor bias = normal("bias", WIDTH);
    private final List<Tensor> parameters = List.of(input, weight, bias);

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(1).child(name), 0, 0.5, DType.F32, shape);
    }

    /// A way to run a stretch of the network.
    private interface Wrap {
        Tensor run(UnaryOperator<Tensor> f, Tensor x);
    }

    private static final Wrap PLAIN = UnaryOperator::apply;
    private static final Wrap ONCE = (f, x) -> Autodiff.checkpoint(f, x);
    private static final Wrap TWICE = (f, x) -> Autodiff.checkpoint((Tensor y) -> ONCE.run(f, y.tanh()), x);

    /// Weights that all layers share and capture, inputs with two ways, dropout with a key.
    private Tensor network(Wrap wrap, int layers) {
        Tensor h = input.mul(2);
        for (int i = 0; i < layers; i++) {
            Rng key = Rng.of(3).child(i);
            Tensor skip = h;
            h = wrap.run(
                    x -> x.linear(weight, bias)
                            .gelu()
                            .dropout(0.3, key)
                            .layerNorm(bias, null, 1e-3)
                            .add(skip)
                            .add(x.softmax(-1).mul(weight.select(0, 0))),
                    h);
        }
        return h.square().mean();
    }

    @Test
    void valuesAndGradientsHaveTheSameBits() {
        assertSame(network(PLAIN, 3), network(ONCE, 3));
        List<Tensor> plain = gradients(() -> network(PLAIN, 3));
        List<Tensor> once = gradients(() -> network(ONCE, 3));
        for (int i = 0; i < plain.size(); i++) {
            assertSame(plain.get(i), once.get(i));
        }
        List<Tensor> tanh = gradients(() -> network((f, x) -> f.apply(x.tanh()), 3));
        List<Tensor> nested = gradients(() -> network(TWICE, 3));
        for (int i = 0; i < plain.size(); i++) {
            assertSame(tanh.get(i), nested.get(i));
        }
    }

    @Test
    void gradientsInTheCallersBuffersHaveTheSameBits() {
        assertArrayEquals(sunk(PLAIN, false), sunk(ONCE, false));
        assertArrayEquals(sunk(PLAIN, true), sunk(ONCE, true));
    }

    private float[][] sunk(Wrap wrap, boolean adds) {
        Map<Tensor, Tensor> sink = new IdentityHashMap<>();
        parameters.forEach(
                p -> sink.put(p, Tensor.full(0.25, DType.F32, p.shape().dims())));
        try (Tape tape = Tape.open()) {
            tape.watch(parameters);
            tape.backward(network(wrap, 3), new GradientSink() {
                @Override
                public Tensor target(Tensor leaf) {
                    return sink.get(leaf);
                }

                @Override
                public boolean adds() {
                    return adds;
                }
            });
        }
        assertEquals(0, BufferPool.ofThread().outstanding());
        return parameters.stream().map(p -> sink.get(p).toFloats()).toArray(float[][]::new);
    }

    @Test
    void memoryDoesNotGrowWithWhatIsInside() {
        long plain = bytes(PLAIN, 24);
        long checkpointed = bytes(ONCE, 24);
        long more = bytes(ONCE, 48);
        assertTrue(2 * checkpointed < plain, checkpointed + " of " + plain);
        // Of each further layer only its result is kept, and the mask of nothing.
        long result = 4L * BufferPool.capacity(BufferPool.sizeClass(input.size()));
        assertTrue(more - checkpointed <= 24 * 2 * result, more + " after " + checkpointed);
    }

    @Test
    void segmentsOfSquareRootLengthKeepTheSquareRoot() {
        Wrap chain = (f, x) -> {
            Tensor h = x;
            for (int i = 0; i < 8; i++) {
                h = f.apply(h);
            }
            return h;
        };
        long plain = bytes(chain, 8);
        long segments = bytes((f, x) -> Autodiff.checkpoint((Tensor y) -> chain.run(f, y), x), 8);
        assertTrue(3 * segments < plain, segments + " of " + plain);
    }

    private long bytes(Wrap wrap, int layers) {
        BufferPool pool = new BufferPool();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(parameters);
            tape.backward(network(wrap, layers), _ -> null);
        }
        assertEquals(0, pool.outstanding());
        return pool.bytes();
    }

    @Test
    void gradientsOfGradients() {
        List<Tensor> plain = penalty(PLAIN);
        List<Tensor> once = penalty(ONCE);
        List<Tensor> around = gradients(() -> Autodiff.checkpoint((Tensor x) -> slope(PLAIN, x), input));
        List<Tensor> inside = gradients(() -> slope(PLAIN, input));
        for (int i = 0; i < plain.size(); i++) {
            Close.assertClose("input " + i, plain.get(i), once.get(i), 1e-4);
            Close.assertClose("input " + i, inside.get(i), around.get(i), 1e-4);
        }
    }

    private List<Tensor> penalty(Wrap wrap) {
        return gradients(() -> slope(wrap, input));
    }

    /// ‖∂/∂x Σ f(x)²‖², where f captures the weights.
    private Tensor slope(Wrap wrap, Tensor x) {
        UnaryOperator<Tensor> gradient = Autodiff.grad(y ->
                wrap.run(z -> z.linear(weight, bias).tanh().mul(z), y).square().sum());
        return gradient.apply(x).square().sum();
    }

    @Test
    void whatIsCapturedInsideAVmapGetsItsGradient() {
        Function<Tensor, Tensor> plain = x -> x.mul(bias).tanh().sum();
        for (Function<Tensor, Tensor> f :
                List.<Function<Tensor, Tensor>>of(plain, x -> Autodiff.checkpoint(plain, x))) {
            List<Tensor> g =
                    gradients(() -> Autodiff.vmap(f).apply(input).square().sum());
            List<Tensor> expected =
                    gradients(() -> input.mul(bias).tanh().sum(1).square().sum());
            for (int i = 0; i < g.size(); i++) {
                Close.assertClose("input " + i, expected.get(i), g.get(i), 1e-5);
            }
        }
    }

    @Test
    void aSegmentMayReturnWhatItWasGivenOrAConstant() {
        Tensor constant = Tensor.ones(DType.F32, 5, WIDTH);
        List<Tensor> g = gradients(() -> {
            List<Tensor> out = Autodiff.checkpoint(x -> List.of(x, x.mul(weight.select(0, 1)), constant), input);
            return out.get(0).mul(out.get(1)).mul(out.get(2)).sum();
        });
        Close.assertClose("", input.mul(2).mul(weight.select(0, 1)), g.get(0), 1e-5);
        assertSame(input, Autodiff.checkpoint(x -> x, input));
        assertSame(
                constant,
                gradients(() -> Autodiff.checkpoint(x -> x, input).sum()).getFirst());
        try (Tape tape = Tape.open()) {
            tape.watch(weight);
            assertSame(input.exp(), Autodiff.checkpoint(Tensor::exp, input));
        }
    }

    private List<Tensor> gradients(java.util.function.Supplier<Tensor> loss) {
        try (Tape tape = Tape.open()) {
            tape.watch(parameters);
            Gradients g = tape.backward(loss.get());
            List<Tensor> kept = new ArrayList<>();
            parameters.forEach(p -> kept.add(tape.keep(g.of(p))));
            return kept;
        }
    }

    private static void assertSame(Tensor expected, Tensor actual) {
        assertArrayEquals(expected.toFloats(), actual.toFloats());
    }
}
