package adjoint.cli.config;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// Reads [Settings] as a record tree and writes a record tree as nested maps. A component of the record is a key;
/// a nested record is a group of keys, or more keys of the same group ([Inline]); a sealed interface of records is a
/// group whose key `kind` says which record. The constant `REFERENCE_CODE` and the record `ReferenceCode` are written
/// `reference-code`. A key without a setting takes its [Default].
final class Binder {
    private static final String KIND = "kind";
    private static final String DEFAULTS = "defaults of ";

    private final Settings settings;
    private final List<String> known = new ArrayList<>();
    /// The groups with kinds.
    private final List<String> chosen = new ArrayList<>();
    private final Map<String, String> defaults = new HashMap<>();

    private Binder(Settings settings) {
        this.settings = settings;
    }

    /// The record that the settings describe.
    ///
    /// @param aside first words of paths that belong to someone else and are passed over
    /// @throws ConfigException for a key that is missing, unknown (the nearest known one is suggested), of the wrong
    ///     type, or refused by its record's constructor
    static <R extends Record> R bind(Class<R> type, Settings settings, String... aside) {
        Binder binder = new Binder(settings);
        binder.collect(type, "");
        for (String path : settings.paths()) {
            boolean ours = Arrays.stream(aside).noneMatch(word -> path.equals(word) || path.startsWith(word + "."));
            if (ours && !binder.known.contains(path) && !binder.belongsToAnotherKind(path)) {
                throw binder.unknown(path);
            }
        }
        return type.cast(binder.read(type, ""));
    }

    /// The record as nested maps of plain values, in the order of its components.
    static Map<String, Object> unbind(Record record) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (Class<?> face : record.getClass().getInterfaces()) {
            if (face.isSealed()) {
                map.put(KIND, name(record.getClass()));
            }
        }
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = value(record, component);
            switch (value) {
                case Record group when component.isAnnotationPresent(Inline.class) -> map.putAll(unbind(group));
                case Record group -> map.put(component.getName(), unbind(group));
                case Enum<?> constant -> map.put(component.getName(), word(constant.name()));
                case Config.Attention.Kind kind -> map.put(component.getName(), kind.word());
                default -> map.put(component.getName(), value);
            }
        }
        return map;
    }

    /// The record's values as text, by path.
    static Map<String, String> paths(Record record) {
        Map<String, String> paths = new LinkedHashMap<>();
        flatten("", unbind(record), paths);
        return paths;
    }

    private static void flatten(String path, Map<?, ?> map, Map<String, String> paths) {
        map.forEach((key, value) -> {
            if (value instanceof Map<?, ?> group) {
                flatten(join(path, key.toString()), group, paths);
            } else {
                paths.put(join(path, key.toString()), value.toString());
            }
        });
    }

    private void collect(Class<?> type, String path) {
        if (type.isSealed()) {
            known.add(join(path, KIND));
            chosen.add(path);
            collect(variant(type, path), path);
        } else if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                String inner = path(path, component);
                Default value = component.getAnnotation(Default.class);
                if (value != null) {
                    defaults.put(component.getType().isSealed() ? join(inner, KIND) : inner, value.value());
                }
                collect(component.getType(), inner);
            }
        } else {
            known.add(path);
        }
    }

    private static String path(String path, RecordComponent component) {
        return component.isAnnotationPresent(Inline.class) ? path : join(path, component.getName());
    }

    /// An experiment's default for a key that the kind chosen over its own does not have.
    private boolean belongsToAnotherKind(String path) {
        return settings.setting(path).orElseThrow().origin().startsWith(DEFAULTS)
                && chosen.stream().anyMatch(group -> path.startsWith(group + "."));
    }

    private Object read(Class<?> type, String path) {
        if (type.isSealed()) {
            return read(variant(type, path), path);
        }
        return type.isRecord() ? readRecord(type, path) : readValue(type, path);
    }

    private Object readRecord(Class<?> type, String path) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = read(types[i], path(path, components[i]));
        }
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Refusal refusal) {
                String refused = join(path, refusal.key());
                throw wrong(refused, required(refused), refusal.expected(), "");
            }
            throw new IllegalStateException("cannot build " + type, e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot build " + type, e);
        }
    }

    private Object readValue(Class<?> type, String path) {
        Settings.Setting setting = required(path);
        String text = setting.text();
        try {
            if (type == int.class) {
                return Integer.parseInt(text);
            } else if (type == long.class) {
                return Long.parseLong(text);
            } else if (type == double.class) {
                return finite(Double.parseDouble(text));
            } else if (type == String.class) {
                return text;
            } else if (type == boolean.class) {
                if (!text.equals("true") && !text.equals("false")) {
                    throw wrong(path, setting, "true or false", "");
                }
                return text.equals("true");
            }
        } catch (NumberFormatException e) {
            boolean tooLarge = type == int.class && text.matches("[+-]?[0-9]+");
            String expected = tooLarge ? "at most " + Integer.MAX_VALUE : "a whole number";
            throw wrong(path, setting, type == double.class ? "a number" : expected, "");
        }
        Object[] constants =
                type == Config.Attention.Kind.class ? Config.Attention.Kind.values() : type.getEnumConstants();
        List<String> words = Arrays.stream(constants)
                .map(constant -> word(constant.toString()))
                .toList();
        if (words.contains(text)) {
            return constants[words.indexOf(text)];
        }
        throw wrong(path, setting, "one of " + String.join(", ", words), Nearest.hint(text, words));
    }

    private Class<?> variant(Class<?> sealed, String path) {
        String kind = join(path, KIND);
        Settings.Setting setting = required(kind);
        List<String> words = new ArrayList<>();
        for (Class<?> variant : sealed.getPermittedSubclasses()) {
            words.add(name(variant));
            if (words.getLast().equals(setting.text())) {
                return variant;
            }
        }
        throw wrong(kind, setting, "one of " + String.join(", ", words), Nearest.hint(setting.text(), words));
    }

    private Settings.Setting required(String path) {
        return settings.setting(path)
                .or(() -> Optional.ofNullable(defaults.get(path)).map(text -> new Settings.Setting(text, "default")))
                .orElseThrow(() -> new ConfigException("the setting " + path + " is missing and has no default"));
    }

    private ConfigException unknown(String path) {
        String origin = settings.setting(path).orElseThrow().origin();
        List<String> below =
                known.stream().filter(name -> name.startsWith(path + ".")).toList();
        if (!below.isEmpty()) {
            return new ConfigException(
                    origin + ": " + path + " is a group, expected one of its keys: " + String.join(", ", below));
        }
        String hint = Nearest.hint(path, known);
        return new ConfigException(origin + ": unknown key " + path
                + (hint.isEmpty() ? "; the keys are " + String.join(", ", new TreeSet<>(known)) : hint));
    }

    private static ConfigException wrong(String path, Settings.Setting setting, String expected, String hint) {
        String option = setting.origin().startsWith("--") && !setting.origin().equals("--set")
                ? setting.origin()
                : setting.origin() + ": " + path;
        return new ConfigException(option + ": expected " + expected + ", got '" + setting.text() + "'" + hint);
    }

    private static double finite(double value) {
        if (!Double.isFinite(value)) {
            throw new NumberFormatException();
        }
        return value;
    }

    private static Object value(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }

    private static String name(Class<?> kind) {
        return word(kind.getSimpleName().replaceAll("([a-z])([A-Z])", "$1_$2"));
    }

    private static String word(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
