package adjoint.cli.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Typed access to a JSON object; a missing or mistyped field is an error that names it.
record Fields(Map<?, ?> map) {
    static Fields of(Object json) {
        if (json instanceof Map<?, ?> map) {
            return new Fields(map);
        }
        throw new IllegalArgumentException("expected a JSON object");
    }

    boolean has(String name) {
        return map.containsKey(name);
    }

    /// A number; `null`, which stands for one that is not finite, is read as NaN.
    double number(String name) {
        return asNumber(field(name), name);
    }

    int whole(String name) {
        return Math.toIntExact(large(name));
    }

    long large(String name) {
        if (field(name) instanceof Long whole) {
            return whole;
        }
        throw wrong(name, "a whole number");
    }

    String string(String name) {
        if (field(name) instanceof String string) {
            return string;
        }
        throw wrong(name, "a string");
    }

    boolean truth(String name) {
        if (field(name) instanceof Boolean truth) {
            return truth;
        }
        throw wrong(name, "true or false");
    }

    Fields object(String name) {
        if (field(name) instanceof Map<?, ?> object) {
            return new Fields(object);
        }
        throw wrong(name, "an object");
    }

    Map<String, String> strings(String name) {
        Fields object = object(name);
        Map<String, String> strings = new LinkedHashMap<>();
        object.map.keySet().forEach(key -> strings.put(key.toString(), object.string(key.toString())));
        return strings;
    }

    List<?> list(String name) {
        if (field(name) instanceof List<?> list) {
            return list;
        }
        throw wrong(name, "a list");
    }

    List<Double> numbers(String name) {
        return numbers(list(name), name);
    }

    List<List<Double>> table(String name) {
        List<List<Double>> rows = new ArrayList<>();
        for (Object row : list(name)) {
            if (!(row instanceof List<?> cells)) {
                throw wrong(name, "a list of lists of numbers");
            }
            rows.add(numbers(cells, name));
        }
        return rows;
    }

    private static List<Double> numbers(List<?> list, String name) {
        return list.stream().map(element -> asNumber(element, name)).toList();
    }

    private static double asNumber(Object value, String name) {
        return switch (value) {
            case null -> Double.NaN;
            case Number number -> number.doubleValue();
            default -> throw wrong(name, "a number");
        };
    }

    private Object field(String name) {
        if (!map.containsKey(name)) {
            throw new IllegalArgumentException("the field '" + name + "' is missing");
        }
        return map.get(name);
    }

    private static IllegalArgumentException wrong(String name, String expected) {
        return new IllegalArgumentException("the field '" + name + "' must be " + expected);
    }
}
