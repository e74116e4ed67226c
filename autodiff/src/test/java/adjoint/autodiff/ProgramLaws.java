package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// Random programs: sharing, views, and gradients that meet from several sides. The kernels with their in-place
/// accumulation and the recorded gradients are two implementations that must agree.
class ProgramLaws {
    private static final int ROWS = 3;
    private static final int COLS = 4;

    @Property(tries = 300)
    void kernelsAgreeWithRecordedGradients(@ForAll long seed) {
        List<Tensor> leaves = leaves(seed);
        BufferPool pool = new BufferPool();
        List<Tensor> byKernels = new ArrayList<>();
        Map<Tensor, Tensor> sink = new IdentityHashMap<>();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(leaves);
            Gradients g = tape.backward(program(leaves, seed));
            leaves.forEach(leaf -> byKernels.add(tape.keep(g.of(leaf))));
        }
        leaves.forEach(leaf ->
                sink.put(leaf, Tensor.full(Double.NaN, DType.F64, leaf.shape().dims())));
        try (Tape tape = Tape.open(pool)) {
            tape.watch(leaves);
            tape.backward(program(leaves, seed), sink::get);
        }
        try (Tape tape = Tape.open(pool)) {
            tape.watch(leaves);
            List<Tensor> recorded = tape.gradients(program(leaves, seed), leaves);
            for (int i = 0; i < leaves.size(); i++) {
                Close.assertClose("leaf " + i, recorded.get(i), byKernels.get(i), 1e-11);
                Close.assertClose("sink " + i, recorded.get(i), sink.get(leaves.get(i)), 1e-11);
            }
        }
        assertEquals(0, pool.outstanding());
    }

    @Property(tries = 40)
    void gradientsEqualDifferences(@ForAll long seed) {
        GradCheck.check("program " + seed, x -> program(x, seed), leaves(seed).toArray(Tensor[]::new));
    }

    private static List<Tensor> leaves(long seed) {
        Rng key = Rng.of(seed);
        List<Tensor> leaves = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            leaves.add(Tensor.uniform(key.child(i), -1, 1, DType.F64, ROWS, COLS));
        }
        return leaves;
    }

    /// A scalar from a dozen smooth operations, each on results picked at random.
    private static Tensor program(List<Tensor> leaves, long seed) {
        Rng key = Rng.of(seed).child("program");
        List<Tensor> values = new ArrayList<>(leaves);
        for (int step = 0; step < 12; step++) {
            Tensor a = values.get(key.below(3 * step, values.size()));
            Tensor b = values.get(key.below(3 * step + 1, values.size()));
            values.add(step(key.below(3 * step + 2, 18), a, b, key.child(step)));
        }
        Tensor loss = Tensor.scalar(0, DType.F64);
        for (int i = values.size() - 4; i < values.size(); i++) {
            loss = loss.add(values.get(i).mean());
        }
        return loss;
    }

    private static Tensor step(int choice, Tensor a, Tensor b, Rng key) {
        return switch (choice) {
            case 0 -> a.add(b);
            case 1 -> a.mul(b).tanh();
            case 2 -> a.sub(b.mean(true, 1));
            case 3 -> a.tanh();
            case 4 -> a.gelu();
            case 5 -> a.addDropout(b, 0.5, key);
            case 6 -> a.softmax(-1);
            case 7 -> a.matmul(b.transpose(0, 1)).matmul(b).tanh();
            case 8 -> a.layerNorm(b.select(0, 0), b.select(0, 2), 0.1).tanh();
            case 9 -> Tensor.concat(0, a.slice(0, 1, ROWS), b.slice(0, 0, 1));
            case 10 -> a.transpose(0, 1).reshape(ROWS, COLS);
            case 11 -> a.add(a);
            case 12 -> a.sum(true, 0).tanh().expand(ROWS, COLS);
            case 13 -> a.take(new int[] {2, 0, 2}, 0);
            case 14 -> a.transpose(0, 1).contiguous().transpose(0, 1).mul(b.slice(1, 1, 2));
            case 15 -> a.square().add(1).normalize(1e-9).sub(b);
            case 16 ->
                a.linear(b.slice(0, 0, 1).expand(COLS, COLS), b.select(0, 1)).tanh();
            default ->
                a.where(Tensor.uniform(key, 0, 1, DType.F64, COLS).greater(0.5), b)
                        .dropout(0.25, key);
        };
    }
}
