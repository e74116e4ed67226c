package adjoint.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// Where a function is differentiated: its value there, recorded on a tape, and what it depends on.
///
/// Inside a vmap, what is recorded are tensors of all examples, and the arguments are batched even where they are the
/// same for all examples: each has a gradient of its own.
final class Point<T> {
    /// What the function returned.
    final Tensor value;
    final Structure<T> arguments;
    private final Tape tape;
    private final Level.Scope levels = Level.Scope.current();
    /// What is recorded: arguments and value of all examples.
    private final List<Tensor> leaves = new ArrayList<>();
    private final Tensor root;

    /// Evaluates `f` at `x` on the innermost open tape.
    ///
    /// @param what the transformation, for errors
    Point(String what, Tape tape, Function<T, Tensor> f, T x) {
        this.tape = tape;
        arguments = Structure.of(x);
        for (int i = 0; i < arguments.leaves().size(); i++) {
            Tensor leaf = arguments.leaves().get(i);
            String path = arguments.path(i);
            Tape.requireFloating(path.isEmpty() ? what : what + ": at " + path, leaf);
            leaves.add(tape.innerLeaf(levels.lower(leaf)));
        }
        value = f.apply(arguments.with(levels.raise(leaves)));
        if (value == null) {
            throw new IllegalArgumentException(what + ": the function has returned null");
        }
        root = levels.lower(value);
    }

    /// The gradients of Σ value·`cotangent`, recorded.
    T pull(Tensor cotangent) {
        requireUnderWay();
        return sweep(() -> arguments.with(levels.raise(tape.gradients(root, seed(cotangent), leaves))));
    }

    /// The same as tensors that outlive the tape.
    T pullKept(Tensor cotangent) {
        requireUnderWay();
        Tensor seed = seed(cotangent);
        // A vmap that began after the function was evaluated may have batched the seed.
        return seed.storage.level != null
                ? kept(pull(cotangent))
                : arguments.with(levels.raise(tape.pull(root, seed, leaves)));
    }

    /// The gradients of a single number that depends on the arguments, recorded.
    T gradient(Tensor number) {
        Tensor root = levels.lower(number);
        return sweep(() -> arguments.with(levels.raise(tape.gradients(root, ones(root), leaves))));
    }

    /// The same as tensors that outlive the tape, which is consumed.
    T gradientKept(Tensor number) {
        Tensor root = levels.lower(number);
        List<Tensor> gradients = new ArrayList<>();
        if (tape.isRecorded(root)) {
            Gradients all = tape.backward(root, ones(root));
            leaves.forEach(leaf -> gradients.add(tape.keep(all.of(leaf))));
        } else {
            leaves.forEach(leaf -> gradients.add(Tensor.zeros(leaf.dtype(), leaf.shape())));
        }
        return arguments.with(levels.raise(gradients));
    }

    /// The tangent of the value along that of the arguments, recorded.
    Tensor push(T tangent) {
        List<Tensor> along = Structure.of(tangent).leaves();
        if (along.size() != leaves.size()) {
            throw new IllegalArgumentException("tangent: the function's argument has " + leaves.size()
                    + " tensors, got " + along.size() + " tangents");
        }
        for (int i = 0; i < along.size(); i++) {
            String path = arguments.path(i);
            String which = path.isEmpty() ? "the input" : "input " + path;
            Tape.requireTangent(which, arguments.leaves().get(i), along.get(i));
        }
        return sweep(() -> levels.raise(tape.tangent(root, leaves, levels.lower(along))));
    }

    /// The tangent of the value where argument `i` alone moves.
    Tensor push(int i, Tensor along) {
        return sweep(() -> levels.raise(tape.tangent(root, List.of(leaves.get(i)), List.of(levels.lower(along)))));
    }

    /// Copies of all tensors that outlive the tape.
    <R> R kept(R result) {
        Level.Scope all = Level.Scope.current();
        return Structure.of(result).map(tensor -> all.raise(tape.keep(all.lower(tensor))));
    }

    /// Runs a sweep over what is recorded, which knows nothing of the levels that it has been stripped of.
    private <R> R sweep(Supplier<R> body) {
        return new Level.Scope(Level.Scope.current().innermost(), levels.innermost()).run(body);
    }

    private void requireUnderWay() {
        if (levels.innermost() != null && !Level.Scope.current().contains(levels.innermost())) {
            throw new IllegalStateException("vjp: the function was evaluated inside a vmap that is not under way any"
                    + " more; call the pullback inside, too");
        }
    }

    private Tensor seed(Tensor cotangent) {
        if (!cotangent.shape().equals(value.shape()) || cotangent.dtype() != value.dtype()) {
            throw new ShapeError("vjp: the cotangent must be " + value.dtype() + value.shape()
                    + ", like the function's value, got " + cotangent.dtype() + cotangent.shape());
        }
        return levels.lower(cotangent);
    }

    private static Tensor ones(Tensor like) {
        return Tensor.full(1, like.dtype(), like.shape());
    }
}
