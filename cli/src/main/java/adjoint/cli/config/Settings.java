package adjoint.cli.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Untyped settings, `path.to.key` to text, in the order they were written; each remembers where it comes from, so that
/// a complaint can say so. Settings are laid one over the other ([#over]) and then read as a [Config].
public final class Settings {
    /// A value as written, and its place: `run.yaml line 3`, `--set`, `--epochs`.
    record Setting(String text, String origin) {}

    private static final int DEEPEST = 16;

    private final Map<String, Setting> byPath;

    private Settings(Map<String, Setting> byPath) {
        this.byPath = Collections.unmodifiableMap(byPath);
    }

    /// No settings at all.
    public static Settings none() {
        return new Settings(Map.of());
    }

    /// One setting; `origin` names the option it comes from.
    public static Settings of(String path, String text, String origin) {
        return new Settings(Map.of(path, new Setting(text, origin)));
    }

    /// One setting from the argument of `--set`.
    ///
    /// @throws ConfigException where the argument is not `path.to.key=value`
    public static Settings assignment(String argument) {
        int equals = argument.indexOf('=');
        if (equals < 1) {
            throw new ConfigException("--set: expected path.to.key=value, e.g. model.heads=4, got '" + argument + "'");
        }
        return of(
                argument.substring(0, equals).strip(),
                argument.substring(equals + 1).strip(),
                "--set");
    }

    /// The settings in a YAML text: nested maps whose leaves are plain values.
    ///
    /// @param name what the text is called in a complaint, usually the file's name
    /// @throws ConfigException where the text is not such YAML; the message has name and line
    public static Settings yaml(String name, String text) {
        try {
            Optional<Node> root =
                    new Compose(LoadSettings.builder().setLabel(name).build()).composeString(text);
            Map<String, Setting> found = new LinkedHashMap<>();
            if (root.isPresent()) {
                if (!(root.get() instanceof MappingNode)) {
                    throw new ConfigException(place(name, root.get()) + ": expected settings like 'model:' or"
                            + " 'training.epochs: 10', got a single value or a list");
                }
                flatten(name, "", root.get(), found, 0);
            }
            return new Settings(found);
        } catch (MarkedYamlEngineException e) {
            String line = e.getProblemMark().map(mark -> line(name, mark)).orElse(name);
            throw new ConfigException(line + ": not valid YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new ConfigException(name + ": not valid YAML: "
                    + e.getMessage().lines().findFirst().orElse("cannot be read"));
        }
    }

    /// These settings with those of `above` replacing and joining them.
    public Settings under(Settings above) {
        Map<String, Setting> merged = new LinkedHashMap<>(byPath);
        merged.putAll(above.byPath);
        return new Settings(merged);
    }

    /// The value at `path` as written, if there is one.
    public Optional<String> text(String path) {
        return Optional.ofNullable(byPath.get(path)).map(Setting::text);
    }

    Optional<Setting> setting(String path) {
        return Optional.ofNullable(byPath.get(path));
    }

    Set<String> paths() {
        return byPath.keySet();
    }

    private static void flatten(String name, String path, Node node, Map<String, Setting> found, int depth) {
        if (depth > DEEPEST) {
            throw new ConfigException(place(name, node) + ": nested more than " + DEEPEST + " levels deep");
        }
        switch (node) {
            case ScalarNode scalar -> {
                if (found.put(path, new Setting(scalar.getValue(), place(name, node))) != null) {
                    throw new ConfigException(place(name, node) + ": " + path + " is set twice");
                }
            }
            case MappingNode map -> {
                for (NodeTuple entry : map.getValue()) {
                    if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                        throw new ConfigException(place(name, entry.getKeyNode()) + ": a key must be a plain word");
                    }
                    String child = path.isEmpty() ? key.getValue() : path + "." + key.getValue();
                    flatten(name, child, entry.getValueNode(), found, depth + 1);
                }
            }
            case SequenceNode list ->
                throw new ConfigException(place(name, list) + ": " + path + " must be a single value, not a list");
            default -> throw new ConfigException(place(name, node) + ": " + path + " is not a value");
        }
    }

    private static String place(String name, Node node) {
        return node.getStartMark().map(mark -> line(name, mark)).orElse(name);
    }

    private static String line(String name, Mark mark) {
        return name + " line " + (mark.getLine() + 1);
    }

    @Override
    public String toString() {
        return List.copyOf(byPath.entrySet()).toString();
    }
}
