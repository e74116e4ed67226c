package adjoint.cli.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The experiments that can be named on the command line, and the defaults each begins with.
public final class Experiments {
    /// The experiment that is trained where none is named.
    public static final String DEFAULT = "oscillators";

    private static final String UEA = "uea/";
    /// Experiments with defaults of their own; any other `uea/<Name>` takes those of the file `uea`.
    private static final List<String> NAMED = List.of(
            DEFAULT, "mnist", "shakespeare", "uea/JapaneseVowels", "uea/UWaveGestureLibrary", "uea/Handwriting");

    private Experiments() {}

    /// The names with defaults of their own.
    public static List<String> names() {
        return NAMED;
    }

    /// The defaults of an experiment.
    ///
    /// @throws ConfigException where there is no such experiment; the nearest is suggested
    public static Settings defaults(String name) {
        Settings named = Settings.of("experiment", name, "defaults of " + name);
        if (name.startsWith(UEA) && name.length() > UEA.length()) {
            Settings set = Settings.of("data.name", name.substring(UEA.length()), "defaults of " + name);
            Settings all = resource("uea").under(set).under(named);
            return NAMED.contains(name) ? all.under(resource(name)) : all;
        }
        if (NAMED.contains(name)) {
            return resource(name).under(named);
        }
        throw new ConfigException("unknown experiment '" + name + "'" + Nearest.hint(name, NAMED) + " (experiments: "
                + String.join(", ", NAMED) + ", uea/<data set>, or a configuration file ending in .yaml)");
    }

    /// The settings of `experiment`, the name of an experiment or the path of a configuration file. A file is laid over
    /// the defaults of the experiment that its key `experiment` names.
    ///
    /// @throws ConfigException where there is no such experiment or the file cannot be read
    public static Settings of(String experiment) {
        if (!experiment.endsWith(".yaml") && !experiment.endsWith(".yml")) {
            return defaults(experiment);
        }
        Settings file = read(Path.of(experiment));
        String base = file.text("experiment")
                .orElseThrow(() -> new ConfigException(experiment + ": the key 'experiment' is missing; it names the"
                        + " experiment whose defaults are taken, e.g. experiment: " + DEFAULT));
        return defaults(base).under(file);
    }

    /// The settings in a file.
    ///
    /// @throws ConfigException where the file is missing or is not YAML
    public static Settings read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ConfigException("no configuration file at " + file.toAbsolutePath());
        }
        try {
            return Settings.yaml(file.getFileName().toString(), Files.readString(file));
        } catch (IOException e) {
            throw new ConfigException("cannot read " + file + " as text: " + e.getMessage());
        }
    }

    private static Settings resource(String name) {
        try (InputStream in = Experiments.class.getResourceAsStream("experiments/" + name + ".yaml")) {
            return Settings.yaml("defaults of " + name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
