package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.nn.optim.Clipping;
import adjoint.nn.optim.FlatParameters;
import adjoint.nn.optim.ParameterGroup;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// The parameters of a module by dotted path, `layers.0.linear1.weight`, in the order of their description.
///
/// A parameter that several modules share stands here once, under its first path. The state ([#values], [#load],
/// [#loadMatching]) has the [#buffers] too, as PyTorch's `state_dict`; all else is about parameters alone.
public final class Parameters {
    private final Map<String, Slot> state;
    private final Map<String, Parameter> byName = new LinkedHashMap<>();

    private Parameters(Map<String, Slot> state) {
        this.state = state;
        state.forEach((name, slot) -> {
            if (slot instanceof Parameter parameter) {
                byName.put(name, parameter);
            }
        });
    }

    /// The parameters of `module` and of all below it.
    ///
    /// @throws IllegalArgumentException if two parts of a module have the same name, or a name is empty or has a dot
    public static Parameters of(Module module) {
        Collector collector = new Collector();
        module.describe(collector.at(""));
        return new Parameters(collector.state);
    }

    /// The paths, in order.
    public List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /// The parameters, in the order of [#names].
    public List<Parameter> all() {
        return List.copyOf(byName.values());
    }

    /// The buffers by path, in the order of their description.
    public Map<String, Buffer> buffers() {
        Map<String, Buffer> buffers = new LinkedHashMap<>();
        state.forEach((name, slot) -> {
            if (slot instanceof Buffer buffer) {
                buffers.put(name, buffer);
            }
        });
        return Collections.unmodifiableMap(buffers);
    }

    /// The parameter at a path.
    ///
    /// @throws IllegalArgumentException if there is none
    public Parameter get(String name) {
        Parameter parameter = byName.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException("no parameter " + name + "; there are " + byName.keySet());
        }
        return parameter;
    }

    /// The number of scalars in all of them.
    public long count() {
        return byName.values().stream().mapToLong(p -> p.shape().size()).sum();
    }

    /// The values of parameters and buffers by path: what a state file holds. Not copies.
    public SortedMap<String, Tensor> values() {
        SortedMap<String, Tensor> values = new TreeMap<>();
        state.forEach((name, slot) -> values.put(name, slot.value()));
        return values;
    }

    /// Overwrites all values in place. Nothing is changed if anything does not fit.
    ///
    /// @throws IllegalArgumentException naming every path that is missing, surplus, or of another shape or dtype
    public void load(Map<String, Tensor> values) {
        check(values);
        state.forEach((name, slot) -> slot.set(values.get(name)));
    }

    /// Overwrites in place what fits, and says what did not: for a part of a model, or the state of a relative. Values
    /// of another floating dtype are converted.
    ///
    /// ```
    /// StateReport report = parameters.loadMatching(
    ///         SafeTensors.read(file).tensors(), key -> key.startsWith("module.") ? key.substring(7) : key);
    /// ```
    ///
    /// @param rename from the file's keys to the model's paths; a key that becomes null is left out
    /// @throws IllegalArgumentException if two keys become one path; nothing is changed then
    public StateReport loadMatching(Map<String, Tensor> values, UnaryOperator<String> rename) {
        StateReport report = report(values, rename, true);
        report.loaded().forEach((path, key) -> {
            Slot slot = state.get(path);
            Tensor value = values.get(key);
            DType dtype = slot.value().dtype();
            slot.set(value.dtype() == dtype ? value : value.to(dtype));
        });
        return report;
    }

    /// How the keys of `values` map to the paths, without loading anything.
    private StateReport report(Map<String, Tensor> values, UnaryOperator<String> rename, boolean converts) {
        SortedMap<String, String> keys = new TreeMap<>();
        List<String> surplus = new ArrayList<>();
        for (String key : new TreeMap<>(values).keySet()) {
            String path = rename.apply(key);
            if (path != null && !state.containsKey(path)) {
                surplus.add(key);
            } else if (path != null) {
                String other = keys.put(path, key);
                if (other != null) {
                    throw new IllegalArgumentException(
                            "the keys " + other + " and " + key + " would both become " + path);
                }
            }
        }
        List<String> missing = new ArrayList<>();
        List<String> misshapen = new ArrayList<>();
        state.forEach((path, slot) -> {
            Tensor own = slot.value();
            String key = keys.get(path);
            Tensor value = key == null ? null : values.get(key);
            if (value == null) {
                missing.add(path + " " + own.shape());
            } else if (!value.shape().equals(own.shape())
                    || value.dtype() != own.dtype()
                            && !(converts
                                    && value.dtype().isFloating()
                                    && own.dtype().isFloating())) {
                misshapen.add(path + " is " + value.dtype() + " " + value.shape() + ", the model has " + own.dtype()
                        + " " + own.shape());
                keys.remove(path);
            }
        });
        return new StateReport(keys, missing, misshapen, surplus);
    }

    /// Moves all values into one flat array, where they live from now on.
    ///
    /// @throws IllegalArgumentException if there are none, they are of several dtypes, or do not fit the groups
    FlatParameters moveTo(List<ParameterGroup> groups, Clipping clipping, int summands) {
        List<Parameter> all = all();
        DType dtype = all.isEmpty() ? DType.F32 : all.getFirst().dtype();
        byName.forEach((name, parameter) -> {
            if (parameter.dtype() != dtype) {
                throw new IllegalArgumentException("all parameters must be of one dtype: " + names().getFirst() + " is "
                        + dtype + ", " + name + " is " + parameter.dtype());
            }
        });
        List<Shape> shapes = all.stream().map(Parameter::shape).toList();
        FlatParameters flat = new FlatParameters(dtype, names(), shapes, groups, clipping, summands);
        for (int i = 0; i < all.size(); i++) {
            all.get(i).moveTo(flat.values(), flat.offset(i));
        }
        return flat;
    }

    /// @throws IllegalArgumentException naming every path of `values` that does not fit
    void check(Map<String, Tensor> values) {
        report(values, UnaryOperator.identity(), false).requireComplete();
    }

    @Override
    public String toString() {
        return "Parameters" + byName.keySet();
    }

    private static final class Collector {
        final Map<String, Slot> state = new LinkedHashMap<>();
        private final Map<Slot, String> seen = new IdentityHashMap<>();
        private final Map<String, Object> paths = new LinkedHashMap<>();

        Parts at(String prefix) {
            return new Parts() {
                @Override
                public void parameter(String name, Parameter parameter) {
                    add(path(prefix, name, parameter), parameter);
                }

                @Override
                public void buffer(String name, Buffer buffer) {
                    add(path(prefix, name, buffer), buffer);
                }

                @Override
                public void module(String name, Module module) {
                    module.describe(at(path(prefix, name, module) + "."));
                }
            };
        }

        private void add(String path, Slot slot) {
            if (seen.putIfAbsent(slot, path) == null) {
                state.put(path, slot);
            }
        }

        private String path(String prefix, String name, Object part) {
            String path = prefix + name;
            if (part == null) {
                throw new IllegalArgumentException("the part " + path + " is null");
            }
            if (name.isEmpty() || name.indexOf('.') >= 0) {
                throw new IllegalArgumentException("a part's name must not be empty or have a dot: \"" + name + "\"");
            }
            if (paths.putIfAbsent(path, part) != null) {
                throw new IllegalArgumentException("two parts are called " + path);
            }
            return path;
        }
    }
}
