package adjoint.autodiff;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/// A value that holds tensors, taken apart and put together again: a tensor, or a list, map, array or record of such
/// values, to any depth.
///
/// ```
/// record Layer(Tensor weight, Tensor bias) {}
///
/// Structure<List<Layer>> s = Structure.of(layers);
/// List<Layer> halved = s.with(s.leaves().stream().map(x -> x.div(2)).toList());
/// ```
///
/// The order of the leaves is that of list positions, of the map's iteration, and of record components. Numbers,
/// booleans, characters, strings, enums and null are kept as they are. Lists come back as [ArrayList], sorted maps as
/// [TreeMap], other maps as [LinkedHashMap], records from their canonical constructor.
public final class Structure<T> {
    private final T value;
    private final List<Tensor> leaves = new ArrayList<>();
    private final List<String> paths = new ArrayList<>();

    private Structure(T value) {
        this.value = value;
    }

    /// Takes a value apart.
    ///
    /// @throws IllegalArgumentException naming the place, if it holds something that is neither a tensor nor a
    /// structure
    ///     nor a constant, or a record that is not accessible
    public static <T> Structure<T> of(T value) {
        Structure<T> structure = new Structure<>(value);
        structure.collect(value, "");
        return structure;
    }

    /// The tensors, in order.
    public List<Tensor> leaves() {
        return Collections.unmodifiableList(leaves);
    }

    /// The place of a leaf, for example `.layers[1].weight`; empty if the value itself is the tensor.
    public String path(int leaf) {
        return paths.get(leaf);
    }

    /// The same structure of other tensors.
    ///
    /// @throws IllegalArgumentException if their number is not that of the leaves
    public T with(List<Tensor> tensors) {
        if (tensors.size() != leaves.size()) {
            throw new IllegalArgumentException(
                    "the structure has " + leaves.size() + " tensors, got " + tensors.size() + " to put into it");
        }
        int[] next = new int[1];
        return rebuild(value, _ -> tensors.get(next[0]++));
    }

    /// The same structure with each tensor replaced.
    public T map(UnaryOperator<Tensor> f) {
        return rebuild(value, f);
    }

    /// The number of parts one level down; of a tensor, 1.
    int parts() {
        int[] count = new int[1];
        return visit(value, (_, _) -> count[0]++) ? count[0] : 1;
    }

    /// For each leaf the number of the part, one level down, that it lies in.
    int[] partOfLeaf() {
        int[] partOf = new int[leaves.size()];
        int[] next = new int[2];
        visit(value, (_, part) -> {
            for (int n = of(part).leaves.size(); n > 0; n--) {
                partOf[next[0]++] = next[1];
            }
            next[1]++;
        });
        return partOf;
    }

    private void collect(Object node, String path) {
        if (node instanceof Tensor tensor) {
            leaves.add(tensor);
            paths.add(path);
        } else if (node != null && !visit(node, (step, part) -> collect(part, path + step))) {
            requireConstant(node, path);
        }
    }

    /// Hands out the parts of a node one level down, each with its place; false if it has none.
    private static boolean visit(Object node, BiConsumer<String, Object> part) {
        switch (node) {
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    part.accept("[" + i + "]", list.get(i));
                }
            }
            case Map<?, ?> map -> map.forEach((key, value) -> part.accept("[" + key + "]", value));
            case Record tuple -> {
                for (RecordComponent component : tuple.getClass().getRecordComponents()) {
                    part.accept("." + component.getName(), read(tuple, component));
                }
            }
            case Object[] array -> {
                for (int i = 0; i < array.length; i++) {
                    part.accept("[" + i + "]", array[i]);
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void requireConstant(Object node, String path) {
        boolean constant = node instanceof Number
                || node instanceof Boolean
                || node instanceof Character
                || node instanceof String
                || node instanceof Enum<?>
                || node.getClass().isArray();
        if (!constant) {
            throw new IllegalArgumentException((path.isEmpty() ? "the value" : path) + " is a "
                    + node.getClass().getName() + ": only tensors, lists, maps, arrays and records of tensors, and"
                    + " constants, can be taken apart");
        }
    }

    @SuppressWarnings("unchecked")
    private static <N> N rebuild(N node, UnaryOperator<Tensor> f) {
        Object built = switch (node) {
            case null -> null;
            case Tensor tensor -> f.apply(tensor);
            case List<?> list -> {
                List<Object> parts = new ArrayList<>();
                list.forEach(part -> parts.add(rebuild(part, f)));
                yield parts;
            }
            case Map<?, ?> map -> rebuildMap(map, f);
            case Record tuple -> rebuildRecord(tuple, f);
            case Object[] array -> {
                Object[] parts = array.clone();
                for (int i = 0; i < parts.length; i++) {
                    parts[i] = rebuild(parts[i], f);
                }
                yield parts;
            }
            default -> node;
        };
        return (N) built;
    }

    @SuppressWarnings("unchecked")
    private static Map<Object, Object> rebuildMap(Map<?, ?> map, UnaryOperator<Tensor> f) {
        Map<Object, Object> parts = map instanceof SortedMap<?, ?> sorted
                ? new TreeMap<>(((SortedMap<Object, ?>) sorted).comparator())
                : new LinkedHashMap<>();
        map.forEach((key, part) -> parts.put(key, rebuild(part, f)));
        return parts;
    }

    private static Object rebuildRecord(Record tuple, UnaryOperator<Tensor> f) {
        Class<?> type = tuple.getClass();
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] parts = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            parts[i] = rebuild(read(tuple, components[i]), f);
        }
        try {
            Constructor<?> canonical = type.getDeclaredConstructor(types);
            return canonical.newInstance(parts);
        } catch (InvocationTargetException e) {
            throw refused(type, "its constructor threw " + e.getCause(), e);
        } catch (IllegalAccessException e) {
            throw inaccessible(type, e);
        } catch (ReflectiveOperationException e) {
            throw refused(type, e.toString(), e);
        }
    }

    private static Object read(Record tuple, RecordComponent component) {
        try {
            return component.getAccessor().invoke(tuple);
        } catch (InvocationTargetException e) {
            throw refused(tuple.getClass(), "its accessor " + component.getName() + " threw " + e.getCause(), e);
        } catch (IllegalAccessException e) {
            throw inaccessible(tuple.getClass(), e);
        }
    }

    private static IllegalArgumentException inaccessible(Class<?> type, Exception cause) {
        return refused(
                type,
                "it is not accessible; it must be public, and its module must export or open its package to"
                        + " adjoint.autodiff",
                cause);
    }

    private static IllegalArgumentException refused(Class<?> type, String why, Exception cause) {
        return new IllegalArgumentException("the record " + type.getName() + " cannot be taken apart: " + why, cause);
    }
}
