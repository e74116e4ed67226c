package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.config.Experiments;
import adjoint.data.DataFolder;
import adjoint.data.Images;
import adjoint.duality.attention.Mechanisms;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `adjoint list`: the experiments, and the data sets with where they were looked for.
@Command(
        name = "list",
        description = "Shows the experiments, and the data sets with where they were looked for.",
        mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
    private static final Map<String, String> ABOUT = Map.of(
            "mnist", "handwritten digits, by a vision transformer",
            "shakespeare", "text, character by character, by a small GPT");

    private final Console console;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder with the data sets (else $ADJOINT_DATA, ./data).")
    private String data = "";

    ListCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        DataFolder folder = Problem.folder(data);
        List<DataFolder.Found> found = folder.available();
        List<Line> experiments = new ArrayList<>();
        Experiments.names().forEach(name -> experiments.add(new Line(name, note(name, folder, found))));
        experiments.add(new Line("uea/<data set>", "any other set, with the settings common to all"));
        List<Line> roots = folder.roots().stream()
                .map(root -> new Line(
                        root.toAbsolutePath().normalize().toString(), Files.isDirectory(root) ? "" : "no such folder"))
                .toList();
        List<Line> sets = found.stream()
                .map(set -> new Line(
                        set.name(),
                        set.kind() == DataFolder.Kind.TS
                                ? ""
                                : set.kind().name().toLowerCase(Locale.ROOT) + " files, which cannot be read"))
                .toList();
        print("Experiments (adjoint train EXPERIMENT):", experiments);
        print("Attention (adjoint train --attention KIND):", attentions());
        print("Data sets were looked for in:", roots);
        print(found.isEmpty() ? "None was found; get them from " + DataFolder.HOME : "Found:", sets);
        return 0;
    }

    private static List<Line> attentions() {
        List<Line> lines = new ArrayList<>();
        lines.add(new Line(
                "primal", "singular value decomposition of the cosine kernel, in its primal weights; also causal"));
        lines.add(new Line("ksvd", "the same, worked out exactly for each sample"));
        lines.add(new Line("kep", "a Gaussian process on its singular functions, with uncertainty; the last layer"));
        lines.add(new Line("stiefel", "the same, with singular vectors that are learned and stay orthonormal"));
        Mechanisms.all()
                .forEach(entry ->
                        lines.add(new Line(entry.name(), entry.summary() + (entry.causal() ? "; also causal" : ""))));
        return lines;
    }

    /// A name and what there is to say of it.
    private record Line(String name, String remark) {}

    private void print(String title, List<Line> lines) {
        console.out().println(title);
        int width = lines.stream().mapToInt(line -> line.name().length()).max().orElse(0);
        for (Line line : lines) {
            String gap = " ".repeat(width - line.name().length() + 3);
            console.out().println(("  " + line.name() + gap + line.remark()).stripTrailing());
        }
    }

    private static String note(String experiment, DataFolder folder, List<DataFolder.Found> found) {
        if (experiment.equals(Experiments.DEFAULT)) {
            return "the default; simulated, needs no data";
        }
        if (!experiment.contains("/")) {
            String about = ABOUT.get(experiment);
            return plain(experiment, folder) ? about : about + "; data set not found";
        }
        String set = experiment.substring(experiment.indexOf('/') + 1);
        boolean there = found.stream()
                .map(DataFolder.Found::name)
                .anyMatch(name -> name.equals(experiment) || name.equals(set));
        return there ? "" : "data set not found";
    }

    /// Whether the files of an experiment on plain files are there.
    private static boolean plain(String experiment, DataFolder folder) {
        Config config = Config.of(Experiments.defaults(experiment));
        try {
            switch (config.data()) {
                case Config.Mnist _ -> Images.locateMnist(folder);
                case Config.Text text -> TextProblem.file(text, folder);
                case Config.Uea _, Config.Oscillators _ -> {}
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
