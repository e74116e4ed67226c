package adjoint.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// One [Autodiff#vmap] under way on a thread: an axis that functions inside do not see.
///
/// A tensor inside stands for one of all examples. It has the shape of one, and no values of its own: its storage names
/// the level, and the tensor of all examples, whose first axis counts them. Operations on it become operations on that
/// ([Op#batch]), and these are what a tape records; so a tape knows nothing of levels, and gradients of any order pass
/// through them.
final class Level {
    final int size;
    final Level outer;
    private final int depth;

    Level(int size, Level outer) {
        this.size = size;
        this.outer = outer;
        depth = outer == null ? 1 : outer.depth + 1;
    }

    /// What stands for one example of `whole`.
    Tensor wrap(Tensor whole) {
        Level deeper = whole.storage.level;
        if (deeper != null && deeper.depth > depth) {
            return deeper.wrap(wrap(swap(whole.storage.whole)));
        }
        Storage storage = new Storage(this, whole);
        Tensor one = new Tensor(storage, 0, whole.shape().tail(), null, whole.dtype());
        // No generation fits, so that every attempt to read values is caught.
        storage.generation++;
        return one;
    }

    /// The examples that `tensor` stands for, along a new first axis; repeated if it is the same for all.
    Tensor strip(Tensor tensor) {
        Level own = tensor.storage.level;
        if (own == this) {
            return tensor.storage.whole;
        }
        if (own != null && own.depth > depth) {
            return own.wrap(swap(strip(tensor.storage.whole)));
        }
        return tensor.unsqueeze(0).expand(tensor.shape().prepend(size));
    }

    private static Tensor swap(Tensor tensor) {
        return tensor.transpose(0, 1);
    }

    /// The innermost level that one of the tensors belongs to.
    static Level innermost(Tensor[] tensors) {
        Level innermost = null;
        for (Tensor tensor : tensors) {
            Level level = tensor.storage.level;
            if (level != null && (innermost == null || level.depth > innermost.depth)) {
                innermost = level;
            }
        }
        return innermost;
    }

    /// The reason why `tensor`, of this level, has no values.
    String noValues(Tensor tensor) {
        String text = "the tensor " + tensor.dtype() + tensor.shape() + " stands for each of " + size
                + " examples inside vmap, ";
        return Scope.current().contains(this)
                ? text + "and its values cannot be read there; compute with it, or return it and read the result"
                : text + "which has ended or is not under way here; return it from the function, or pass it as an"
                        + " argument";
    }

    /// The levels of a stretch of code: those from `innermost` outwards, as far as `floor`, which it does not see.
    ///
    /// Below the floor are levels which the code's tensors have been stripped of already.
    record Scope(Level innermost, Level floor) {
        static final Scope NONE = new Scope(null, null);

        static Scope current() {
            Engine engine = Engine.ofThread();
            return new Scope(engine.level, engine.floor);
        }

        boolean contains(Level level) {
            Level each = innermost;
            while (each != null && each != level) {
                each = each.outer;
            }
            return each != null;
        }

        /// Runs `body` with these levels.
        <R> R run(Supplier<R> body) {
            Engine engine = Engine.ofThread();
            Level innermost = engine.level;
            Level floor = engine.floor;
            engine.level = this.innermost;
            engine.floor = this.floor;
            try {
                return body.get();
            } finally {
                engine.level = innermost;
                engine.floor = floor;
            }
        }

        /// Runs `body` with these levels, which lie on top of the current ones.
        <R> R enter(Supplier<R> body) {
            return new Scope(innermost, Engine.ofThread().floor).run(body);
        }

        /// New levels of the same sizes on top of the current ones.
        Scope above() {
            Level floor = Engine.ofThread().level;
            Level top = floor;
            for (Level level : outermostFirst()) {
                top = new Level(level.size, top);
            }
            return new Scope(top, floor);
        }

        /// The tensor with the axes of all levels in front, the outermost first.
        Tensor lower(Tensor tensor) {
            Tensor lowered = tensor;
            for (Level level : outermostFirst().reversed()) {
                lowered = level.strip(lowered);
            }
            return lowered;
        }

        /// The inverse of [#lower].
        Tensor raise(Tensor tensor) {
            Tensor raised = tensor;
            for (Level level : outermostFirst()) {
                raised = level.wrap(raised);
            }
            return raised;
        }

        List<Tensor> lower(List<Tensor> tensors) {
            return tensors.stream().map(this::lower).toList();
        }

        List<Tensor> raise(List<Tensor> tensors) {
            return tensors.stream().map(this::raise).toList();
        }

        /// The shape of all examples of tensors of `one`.
        Shape shape(Shape one) {
            Shape all = one;
            for (Level level : outermostFirst().reversed()) {
                all = all.prepend(level.size);
            }
            return all;
        }

        private List<Level> outermostFirst() {
            List<Level> levels = new ArrayList<>();
            for (Level level = innermost; level != floor && level != null; level = level.outer) {
                levels.addFirst(level);
            }
            return levels;
        }
    }
}
