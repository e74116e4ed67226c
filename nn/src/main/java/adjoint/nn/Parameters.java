package adjoint.nn;

import adjoint.autodiff.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The parameters of a module by dotted path, `layers.0.linear1.weight`, in the order of their description.
///
/// A parameter that several modules share stands here once, under its first path.
public final class Parameters {
    private final Map<String, Parameter> byName;

    private Parameters(Map<String, Parameter> byName) {
        this.byName = byName;
    }

    /// The parameters of `module` and of all below it.
    ///
    /// @throws IllegalArgumentException if two parts of a module have the same name, or a name is empty or has a dot
    public static Parameters of(Module module) {
        Collector collector = new Collector();
        module.describe(collector.at(""));
        return new Parameters(collector.byName);
    }

    /// The paths, in order.
    public List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /// The parameters, in the order of [#names].
    public List<Parameter> all() {
        return List.copyOf(byName.values());
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

    /// The values by path: what a state file holds. Not copies.
    public SortedMap<String, Tensor> values() {
        SortedMap<String, Tensor> values = new TreeMap<>();
        byName.forEach((name, parameter) -> values.put(name, parameter.value()));
        return values;
    }

    /// Overwrites all values in place. Nothing is changed if anything does not fit.
    ///
    /// @throws IllegalArgumentException naming every path that is missing, surplus, or of another shape or dtype
    public void load(Map<String, Tensor> values) {
        check(values);
        byName.forEach((name, parameter) -> parameter.set(values.get(name)));
    }

    /// @throws IllegalArgumentException naming every path of `values` that does not fit
    void check(Map<String, Tensor> values) {
        List<String> faults = new ArrayList<>();
        byName.forEach((name, parameter) -> {
            Tensor value = values.get(name);
            if (value == null) {
                faults.add("missing " + name + " " + parameter.shape());
            } else if (!value.shape().equals(parameter.shape()) || value.dtype() != parameter.dtype()) {
                faults.add(name + " is " + value.dtype() + " " + value.shape() + ", the model has " + parameter.dtype()
                        + " " + parameter.shape());
            }
        });
        values.keySet().stream()
                .filter(name -> !byName.containsKey(name))
                .sorted()
                .forEach(name -> faults.add("not in the model: " + name));
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("the state does not fit the model: " + String.join("; ", faults));
        }
    }

    @Override
    public String toString() {
        return "Parameters" + byName.keySet();
    }

    private static final class Collector {
        final Map<String, Parameter> byName = new LinkedHashMap<>();
        private final Map<Parameter, String> seen = new IdentityHashMap<>();
        private final Map<String, Object> paths = new LinkedHashMap<>();

        Parts at(String prefix) {
            return new Parts() {
                @Override
                public void parameter(String name, Parameter parameter) {
                    String path = path(prefix, name, parameter);
                    if (seen.putIfAbsent(parameter, path) == null) {
                        byName.put(path, parameter);
                    }
                }

                @Override
                public void module(String name, Module module) {
                    module.describe(at(path(prefix, name, module) + "."));
                }
            };
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
