package adjoint.cli.run;

import adjoint.cli.config.Config;
import adjoint.cli.config.Experiments;
import adjoint.nn.Module;
import adjoint.nn.Parameters;
import adjoint.nn.files.SafeTensors;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The folder of one run and its files; each file is there whole or not at all.
///
/// | file | |
/// |---|---|
/// | `config.yaml` | the resolved configuration, with versions |
/// | `metrics.jsonl` | a line per epoch, [Epoch] |
/// | `result.json` | the figures, [Result] |
/// | `inspection.json` | confusion and attention heads at the end, [Inspection] |
/// | `model.safetensors` | the weights at the end |
/// | `checkpoints/` | the whole state of the training, to go on from: the newest and the best |
/// | `metrics.csv`, `events.out.tfevents.…` | what `--log` asks for |
/// | `report.html` | the page that shows all this |
public record RunFolder(Path path) {
    /// A folder for a new run. It is not made yet.
    ///
    /// @throws RunException where the folder holds files already or cannot be made or written to
    public static RunFolder fresh(Path path) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new RunException("the output folder " + path + " is a file; choose another with --out");
        }
        if (Files.isDirectory(path) && !isEmpty(path)) {
            throw new RunException("the output folder " + path + " is not empty; choose another with --out, or continue"
                    + " its run with --resume " + path);
        }
        Path existing = path.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw new RunException("the output folder " + path + " cannot be written: no permission to write in "
                    + existing + "; choose another with --out");
        }
        return new RunFolder(path);
    }

    /// The folder of a run that was made before.
    ///
    /// @throws RunException where there is no run in that folder
    public static RunFolder existing(Path path) {
        if (!Files.isRegularFile(path.resolve("config.yaml"))) {
            throw new RunException("no run in " + path + ": there is no config.yaml; expected the folder that"
                    + " 'adjoint train' wrote, e.g. runs/oscillators-…");
        }
        return new RunFolder(path);
    }

    public Path config() {
        return path.resolve("config.yaml");
    }

    public Path metrics() {
        return path.resolve("metrics.jsonl");
    }

    public Path result() {
        return path.resolve("result.json");
    }

    public Path inspection() {
        return path.resolve("inspection.json");
    }

    public Path model() {
        return path.resolve("model.safetensors");
    }

    public Path checkpoints() {
        return path.resolve("checkpoints");
    }

    public Path csv() {
        return path.resolve("metrics.csv");
    }

    public Path report() {
        return path.resolve("report.html");
    }

    /// Makes the folder and writes the configuration into it.
    ///
    /// @throws RunException where that fails
    public void begin(Config config, Map<String, String> versions) {
        try {
            Files.createDirectories(path);
            AtomicFile.write(config(), config.toYaml(versions));
        } catch (IOException e) {
            throw new RunException("the output folder " + path + " cannot be written: " + e.getMessage());
        }
    }

    /// Undoes [#begin] where nothing more came of the run.
    public void discard() throws IOException {
        Files.deleteIfExists(config());
        Files.deleteIfExists(path.resolve(config().getFileName() + AtomicFile.PARTIAL));
        if (isEmpty(path)) {
            Files.delete(path);
        }
    }

    public Config readConfig() {
        return Config.of(Experiments.read(config()));
    }

    /// The weights at the end, with what is said beside them.
    ///
    /// @throws RunException where there are none yet or the file is damaged
    public SafeTensors readModel() throws IOException {
        if (!Files.exists(model())) {
            throw new RunException(model() + " is missing: the run has not come to its first end yet");
        }
        try {
            return SafeTensors.read(model());
        } catch (IllegalArgumentException e) {
            throw new RunException(model() + " is damaged: " + e.getMessage());
        }
    }

    /// Gives a model the weights of [#readModel].
    ///
    /// @throws RunException where they do not fit
    public void load(SafeTensors state, Module model) {
        try {
            Parameters.of(model).load(state.tensors());
        } catch (IllegalArgumentException e) {
            throw new RunException(model() + " does not fit " + config() + ": " + e.getMessage());
        }
    }

    public void writeMetrics(List<Epoch> epochs) throws IOException {
        AtomicFile.write(
                metrics(), epochs.stream().map(epoch -> epoch.toJson() + "\n").collect(Collectors.joining()));
    }

    /// The epochs recorded so far; none where the first was not completed.
    public List<Epoch> readMetrics() {
        if (!Files.exists(metrics())) {
            return new ArrayList<>();
        }
        return read(metrics(), text -> text.lines().map(Epoch::of).collect(Collectors.toCollection(ArrayList::new)));
    }

    public Result readResult() {
        return read(result(), Result::of);
    }

    public Inspection readInspection() {
        return read(inspection(), Inspection::of);
    }

    private interface Reader<T> {
        T of(String text);
    }

    private static <T> T read(Path file, Reader<T> reader) {
        if (!Files.isRegularFile(file)) {
            throw new RunException(file + " is missing: the run has not come to its first end yet");
        }
        try {
            return reader.of(Files.readString(file));
        } catch (IOException e) {
            throw new RunException("cannot read " + file + ": " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new RunException(file + " is damaged: " + e.getMessage());
        }
    }

    private static boolean isEmpty(Path folder) {
        // What a process that was killed had not finished to write is nothing.
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(folder, entry -> !entry.toString().endsWith(AtomicFile.PARTIAL))) {
            return !entries.iterator().hasNext();
        } catch (IOException e) {
            throw new RunException("the output folder " + folder + " cannot be read: " + e.getMessage());
        }
    }
}
