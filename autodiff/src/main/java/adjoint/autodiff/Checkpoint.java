package adjoint.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// A stretch of a computation that is recorded as one operation: its intermediate results are dropped, and computed
/// again on the way back.
final class Checkpoint {
    private Checkpoint() {}

    /// A stretch that can be run again.
    ///
    /// @param run computes the result from `inputs`, which it refers to by itself
    /// @param inputs the recorded tensors that the result depends on: arguments and captured ones
    /// @param value the result of the first run
    private record Segment(Supplier<Tensor> run, List<Tensor> inputs, Tensor value, Op.Cost cost) {}

    static final FusedOp<Segment> CHECKPOINT = new FusedOp<>("checkpoint", "f(x), computed again on the way back") {
        @Override
        void infer(Call call, Segment segment) {
            Tensor value = segment.value;
            call.view(value, value.offset, value.shape(), value.strides);
        }

        @Override
        void compute(Call call, Segment segment) {}

        @Override
        int reads(int i) {
            return ALL_INPUTS;
        }

        /// On a tape of its own, whose results are given back at once, with the gradients written where those of this
        /// tape belong: the same additions in the same order as without a checkpoint.
        @Override
        void fusedVjp(Call call, Segment segment, Flow flow) {
            int n = call.inputs();
            Tensor[] places = new Tensor[n];
            boolean[] adds = new boolean[n];
            for (int i = 0; i < n; i++) {
                flow.into(i, false);
                places[i] = Tensor.over(flow.array(), flow.offset(), call.in(i).shape());
                adds[i] = flow.beta() != 0;
            }
            try (Tape again = Tape.open(call.tape.pool())) {
                again.backward(segment.run, segment.inputs, places, adds, flow.gradient());
            }
        }

        @Override
        Tensor plain(Tensor[] in, Segment segment) {
            Tape tape = Tape.current();
            return tape == null ? segment.run.get() : tape.again(segment.inputs, in, segment.run);
        }

        @Override
        Cost cost(Call call, Segment segment) {
            return segment.cost;
        }
    };

    static final List<Op<?>> ALL = List.of(CHECKPOINT);

    static <T, R> R apply(Function<T, R> f, T x) {
        Tape tape = Tape.current();
        if (tape == null) {
            return f.apply(x);
        }
        Level.Scope levels = Level.Scope.current();
        Tape.Mark mark = tape.mark();
        R first = f.apply(x);
        Structure<R> results = Structure.of(first);
        Tensor packed = pack(levels, results);
        List<Tensor> inputs = tape.inputs(packed, mark);
        if (inputs.isEmpty()) {
            return first;
        }
        Op.Cost cost = tape.cost(mark);
        Segment segment =
                new Segment(() -> levels.run(() -> pack(levels, Structure.of(f.apply(x)))), inputs, packed, cost);
        Tensor result = tape.replace(mark, packed, CHECKPOINT, segment, inputs);
        return unpack(levels, results, result);
    }

    /// All results in one tensor, which is a single result itself.
    private static Tensor pack(Level.Scope levels, Structure<?> results) {
        List<Tensor> parts = levels.lower(results.leaves());
        if (parts.size() == 1) {
            return parts.getFirst();
        }
        Tensor[] rows = new Tensor[parts.size()];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = parts.get(i).reshape(-1);
        }
        return Tensor.concat(0, rows);
    }

    private static <R> R unpack(Level.Scope levels, Structure<R> results, Tensor packed) {
        if (results.leaves().size() == 1) {
            return results.with(List.of(levels.raise(packed)));
        }
        List<Tensor> parts = new ArrayList<>();
        int from = 0;
        for (Tensor leaf : results.leaves()) {
            Shape shape = levels.shape(leaf.shape());
            parts.add(packed.slice(0, from, from + shape.size()).reshape(shape));
            from += shape.size();
        }
        return results.with(levels.raise(parts));
    }
}
