package adjoint.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// A function of one example, applied to all.
final class Vmap {
    private Vmap() {}

    static <T, R> R apply(Function<T, R> f, int[] inAxes, T x) {
        Structure<T> arguments = Structure.of(x);
        List<Tensor> leaves = arguments.leaves();
        int[] axes = axes(arguments, inAxes);
        Engine engine = Engine.ofThread();
        Level level = new Level(size(arguments, axes), engine.level);
        List<Tensor> examples = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
            Tensor leaf = leaves.get(i);
            examples.add(axes[i] == Autodiff.NONE ? leaf : level.wrap(toFront(leaf, axes[i])));
        }
        return new Level.Scope(level, engine.floor).run(() -> {
            Structure<R> results = Structure.of(f.apply(arguments.with(examples)));
            return results.map(level::strip);
        });
    }

    /// For a composition that reads values, of an argument whose first axis counts items: all examples' items at once.
    static Tensor folded(Tensor x, UnaryOperator<Tensor> f) {
        Level level = underWay(x);
        Tensor all = x.storage.whole;
        Shape items = all.shape().tail().tail().prepend(all.dim(0) * all.dim(1));
        Tensor result = f.apply(all.reshape(items));
        return level.wrap(
                result.reshape(result.shape().tail().prepend(all.dim(1)).prepend(all.dim(0))));
    }

    private static Level underWay(Tensor batched) {
        Level level = batched.storage.level;
        if (!Level.Scope.current().contains(level)) {
            throw new IllegalStateException(level.noValues(batched));
        }
        return level;
    }

    /// For a composition that reads the values of its second argument: one example after another.
    static Tensor each(Tensor x, Tensor index, BinaryOperator<Tensor> f) {
        Level level = underWay(index);
        Tensor all = level.strip(x);
        Tensor[] results = new Tensor[level.size];
        for (int b = 0; b < results.length; b++) {
            results[b] = f.apply(all.select(0, b), index.storage.whole.select(0, b));
        }
        return level.wrap(Tensor.stack(0, results));
    }

    /// The axis of each leaf.
    private static int[] axes(Structure<?> arguments, int[] inAxes) {
        int[] axes = new int[arguments.leaves().size()];
        if (inAxes.length <= 1) {
            Arrays.fill(axes, inAxes.length == 0 ? 0 : inAxes[0]);
            return axes;
        }
        if (inAxes.length != arguments.parts()) {
            throw new IllegalArgumentException("vmap: the argument has " + arguments.parts() + " parts, got "
                    + inAxes.length + " axes; give one for each part, or one for all");
        }
        int[] partOf = arguments.partOfLeaf();
        for (int i = 0; i < axes.length; i++) {
            axes[i] = inAxes[partOf[i]];
        }
        return axes;
    }

    private static int size(Structure<?> arguments, int[] axes) {
        int first = -1;
        int size = -1;
        for (int i = 0; i < axes.length; i++) {
            if (axes[i] == Autodiff.NONE) {
                continue;
            }
            Shape shape = arguments.leaves().get(i).shape();
            if (axes[i] < -shape.rank() || axes[i] >= shape.rank()) {
                throw new ShapeError("vmap: " + name(arguments, i) + " of shape " + shape + " has no axis " + axes[i]
                        + " of examples; give Autodiff.NONE for what is the same for all");
            }
            int length = shape.dim(axes[i]);
            if (first >= 0 && length != size) {
                throw new ShapeError("vmap: the numbers of examples differ: " + name(arguments, first) + " has " + size
                        + ", " + name(arguments, i) + " has " + length);
            }
            first = first < 0 ? i : first;
            size = length;
        }
        if (first < 0) {
            throw new IllegalArgumentException("vmap: no argument has an axis of examples");
        }
        return size;
    }

    private static String name(Structure<?> arguments, int leaf) {
        String path = arguments.path(leaf);
        return path.isEmpty() ? "the argument" : "argument " + path;
    }

    private static Tensor toFront(Tensor tensor, int axis) {
        int along = tensor.shape().axis(axis);
        if (along == 0) {
            return tensor;
        }
        int[] order = new int[tensor.rank()];
        order[0] = along;
        for (int d = 1; d < order.length; d++) {
            order[d] = d <= along ? d - 1 : d;
        }
        return tensor.permute(order);
    }
}
