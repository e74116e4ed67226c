package adjoint.autodiff;

import java.util.Arrays;

/// One call inside a vmap, stripped of its level: inputs that are batched have one more axis in front, which counts the
/// examples; the others are the same for all. At least one is batched.
final class Batch {
    private final Level level;
    private final Tensor[] in;
    private final boolean[] batched;

    private Batch(Level level, Tensor[] inputs) {
        this.level = level;
        in = new Tensor[inputs.length];
        batched = new boolean[inputs.length];
        for (int i = 0; i < in.length; i++) {
            batched[i] = inputs[i].storage.level == level;
            in[i] = batched[i] ? inputs[i].storage.whole : inputs[i];
        }
    }

    /// Applies an operation where at least one input is batched.
    static <P> Tensor run(Engine engine, Op<P> op, P params, Tensor... inputs) {
        Level level = Level.innermost(inputs);
        Level.Scope scope = Level.Scope.current();
        if (!scope.contains(level)) {
            throw new IllegalStateException(level.noValues(inputs[firstOf(level, inputs)]));
        }
        try {
            return level.wrap(
                    new Level.Scope(level.outer, engine.floor).run(() -> op.batch(new Batch(level, inputs), params)));
        } catch (ShapeError | IndexOutOfBoundsException e) {
            infer(op, params, inputs);
            throw e;
        }
    }

    private static int firstOf(Level level, Tensor[] inputs) {
        int i = 0;
        while (inputs[i].storage.level != level) {
            i++;
        }
        return i;
    }

    /// An example's result, not computed; a mistake is told in terms of one example.
    private static <P> Tensor infer(Op<P> op, P params, Tensor[] inputs) {
        Call call = new Call();
        call.begin(new Engine(), op, params);
        for (Tensor input : inputs) {
            call.input(Tensor.zeros(input.dtype(), input.shape()));
        }
        op.infer(call, params);
        return call.out(0);
    }

    /// The number of examples.
    int size() {
        return level.size;
    }

    int inputs() {
        return in.length;
    }

    /// Input `i`, of all examples if it is batched.
    Tensor in(int i) {
        return in[i];
    }

    boolean isBatched(int i) {
        return batched[i];
    }

    /// The number of axes of input `i` for one example.
    int rank(int i) {
        return batched[i] ? in[i].rank() - 1 : in[i].rank();
    }

    /// Input `i` with axes of length 1 in front of those of an example, so that there are `rank` of them and it
    /// broadcasts as it does for one example.
    Tensor raised(int i, int rank) {
        int missing = rank - rank(i);
        if (!batched[i] || missing <= 0) {
            return in[i];
        }
        int[] ones = new int[missing];
        Arrays.fill(ones, 1);
        Shape example = in[i].shape().tail();
        return in[i].reshape(Shape.of(ones).append(example).prepend(size()));
    }

    /// The operation on the inputs as they are, where it treats all leading axes of those that are batched alike.
    <P> Tensor whole(Op<P> op, P params) {
        return Engine.run(op, params, in);
    }

    /// The same where inputs broadcast.
    <P> Tensor aligned(Op<P> op, P params) {
        int rank = 0;
        for (int i = 0; i < in.length; i++) {
            rank = Math.max(rank, rank(i));
        }
        Tensor[] raised = new Tensor[in.length];
        for (int i = 0; i < in.length; i++) {
            raised[i] = raised(i, rank);
        }
        return Engine.run(op, params, raised);
    }

    /// All inputs with the axis of examples.
    Tensor[] full() {
        Tensor[] full = new Tensor[in.length];
        for (int i = 0; i < in.length; i++) {
            full[i] =
                    batched[i] ? in[i] : in[i].unsqueeze(0).expand(in[i].shape().prepend(size()));
        }
        return full;
    }

    /// The operation on one example after another.
    <P> Tensor loop(Op<P> op, P params) {
        if (size() == 0) {
            Tensor[] examples = new Tensor[in.length];
            for (int i = 0; i < in.length; i++) {
                Shape shape = batched[i] ? in[i].shape().tail() : in[i].shape();
                examples[i] = Tensor.zeros(in[i].dtype(), shape);
            }
            Tensor result = infer(op, params, examples);
            return Tensor.zeros(result.dtype(), result.shape().prepend(0));
        }
        Tensor[] results = new Tensor[size()];
        for (int b = 0; b < results.length; b++) {
            Tensor[] example = new Tensor[in.length];
            for (int i = 0; i < in.length; i++) {
                example[i] = batched[i] ? in[i].select(0, b) : in[i];
            }
            results[b] = Engine.run(op, params, example);
        }
        return Tensor.stack(0, results);
    }
}
