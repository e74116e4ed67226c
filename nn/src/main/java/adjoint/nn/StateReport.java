package adjoint.nn;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;

/// How the keys of a state file map to the parameters of a model.
///
/// @param loaded the key of each parameter that fits, by the parameter's path
/// @param missing parameters without a key, with their shapes: `head.bias [10]`
/// @param misshapen parameters whose key has another shape or dtype, with both
/// @param surplus keys without a parameter
public record StateReport(
        SortedMap<String, String> loaded, List<String> missing, List<String> misshapen, List<String> surplus) {
    /// Whether keys and parameters are one to one.
    public boolean isComplete() {
        return missing.isEmpty() && misshapen.isEmpty() && surplus.isEmpty();
    }

    /// @throws IllegalArgumentException naming all that is missing, misshapen or surplus, if anything is
    public void requireComplete() {
        if (!isComplete()) {
            StringJoiner faults = new StringJoiner("; ");
            misshapen.forEach(faults::add);
            missing.forEach(path -> faults.add("missing " + path));
            surplus.forEach(key -> faults.add("not in the model: " + key));
            throw new IllegalArgumentException("the state does not fit the model: " + faults);
        }
    }

    /// A line per parameter and surplus key.
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        for (Map.Entry<String, String> entry : loaded.entrySet()) {
            boolean same = entry.getKey().equals(entry.getValue());
            out.append("loaded     ").append(entry.getKey());
            out.append(same ? "" : " from " + entry.getValue()).append('\n');
        }
        misshapen.forEach(path -> out.append("misshapen  ").append(path).append('\n'));
        missing.forEach(path -> out.append("missing    ").append(path).append('\n'));
        surplus.forEach(key -> out.append("surplus    ").append(key).append('\n'));
        return out.toString();
    }
}
