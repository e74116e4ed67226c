package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import adjoint.cli.report.Figures;
import adjoint.cli.run.Epoch;
import adjoint.cli.run.Json;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunFolder;
import adjoint.nn.Checkpoints;
import adjoint.nn.files.SafeTensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole runs of the command line, on a problem that is over at once.
class TrainTest {
    @TempDir
    Path folder;

    private RunFolder train(String name, Object... arguments) {
        Path out = folder.resolve(name);
        Object[] all =
                Stream.concat(Stream.of(arguments), Stream.of("--out", out)).toArray();
        Cli.Outcome outcome = Cli.train(all);
        assertEquals(0, outcome.status(), outcome.err());
        assertEquals("", outcome.err());
        return new RunFolder(out);
    }

    private static byte[] bits(RunFolder run) throws IOException {
        return Files.readAllBytes(run.model());
    }

    /// What an epoch's record says of the arithmetic, without times and memory.
    private static List<Object> arithmetic(RunFolder run) {
        return run.readMetrics().stream()
                .<Object>map(epoch -> List.of(
                        epoch.epoch(),
                        epoch.trainLoss(),
                        epoch.trainAccuracy(),
                        epoch.jSquared(),
                        epoch.testLoss(),
                        epoch.testAccuracy(),
                        epoch.attention()))
                .toList();
    }

    @Test
    void aRunLeavesItsFiles() throws IOException {
        RunFolder run = train("run", "--epochs", 2);
        try (Stream<Path> files = Files.list(run.path())) {
            assertEquals(
                    new TreeSet<>(Set.of(
                            "config.yaml",
                            "metrics.jsonl",
                            "result.json",
                            "inspection.json",
                            "model.safetensors",
                            "checkpoints",
                            "report.html")),
                    files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new)));
        }
        for (String line : Files.readAllLines(run.metrics())) {
            assertTrue(((Map<?, ?>) Json.parse(line))
                    .keySet()
                    .containsAll(Set.of(
                            "epoch",
                            "train_loss",
                            "j_squared",
                            "test_loss",
                            "test_accuracy",
                            "seconds",
                            "samples_per_second",
                            "peak_memory_mb",
                            "bytes_allocated_per_step",
                            "effective_rank",
                            "kkt_residual")));
        }
        assertTrue(((Map<?, ?>) Json.parse(Files.readString(run.result())))
                .keySet()
                .containsAll(Set.of(
                        "experiment",
                        "attention",
                        "seed",
                        "threads",
                        "parameters",
                        "best_accuracy",
                        "last_accuracy",
                        "linear_accuracy",
                        "seconds_per_epoch",
                        "peak_memory_mb",
                        "versions")));
        Result result = run.readResult();
        List<Epoch> epochs = run.readMetrics();
        assertEquals(2, epochs.size());
        assertEquals(epochs.getLast().testAccuracy(), result.lastAccuracy());
        assertEquals(epochs.stream().mapToDouble(Epoch::testAccuracy).max().orElseThrow(), result.bestAccuracy());
        assertEquals(
                result.parameters(),
                SafeTensors.read(run.model()).tensors().values().stream()
                        .mapToLong(tensor -> tensor.size())
                        .sum());
        assertEquals(
                (double) Math.round(result.lastAccuracy() * result.testCases()),
                diagonal(run.readInspection().confusion()));
    }

    private static double diagonal(List<List<Double>> confusion) {
        double sum = 0;
        for (int i = 0; i < confusion.size(); i++) {
            sum += confusion.get(i).get(i);
        }
        return sum;
    }

    @Test
    void oneLinePerEpochAndBothAccuraciesAtTheEnd() {
        Cli.Outcome outcome = Cli.train("--epochs", 3, "--seed", 5, "--out", folder.resolve("run"));
        List<String> lines = outcome.out().lines().toList();
        assertTrue(lines.getFirst().matches("Adjoint \\S+: training oscillators → .*run"), lines.getFirst());
        List<String> epochs =
                lines.stream().filter(line -> line.startsWith("epoch ")).toList();
        assertEquals(3, epochs.size());
        assertTrue(
                epochs.getLast()
                        .matches(
                                "epoch 3/3  loss \\S+  J² \\S+  test loss \\S+  test accuracy \\S+ %  \\S+ s  \\S+ samples/s"),
                epochs.getLast());
        assertTrue(lines.stream()
                .anyMatch(line -> line.matches("test accuracy: best \\S+ % \\(epoch \\d\\), last \\S+ %; a linear"
                        + " classifier on the same split: \\S+ %")));
    }

    @Test
    void threadsDoNotChangeTheResult() throws IOException {
        RunFolder one = train("one", "--epochs", 2, "--threads", 1);
        RunFolder two = train("two", "--epochs", 2, "--threads", 2);
        assertArrayEquals(bits(one), bits(two));
        assertEquals(arithmetic(one), arithmetic(two));
        assertEquals(1, one.readResult().threads());
        assertEquals(2, two.readResult().threads());
    }

    @Test
    void theSeedDoes() throws IOException {
        RunFolder one = train("one", "--epochs", 1, "--seed", 1);
        RunFolder two = train("two", "--epochs", 1, "--seed", 2);
        assertFalse(Arrays.equals(bits(one), bits(two)));
    }

    @Test
    void aRunGoesOnAfterItsLastEpochBitForBit() throws IOException {
        RunFolder whole = train("whole", "--epochs", 3);
        RunFolder parts = train("parts", "--epochs", 1);
        Cli.Outcome outcome = Cli.run("train", "--resume", parts.path().toString(), "--epochs", "3");
        assertEquals(0, outcome.status(), outcome.err());
        assertArrayEquals(bits(whole), bits(parts));
        assertEquals(arithmetic(whole), arithmetic(parts));
        assertEquals(3, parts.readResult().epochs());
    }

    @Test
    void aResumedRunKeepsItsSettings() {
        RunFolder run = train("run", "--epochs", 1);
        Cli.Outcome outcome = Cli.run("train", "--resume", run.path().toString(), "--lr", "0.5");
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains("optimiser.lr was 0.001 and cannot become 0.5"), outcome.err());
    }

    /// A process of its own, which is told to end in the middle of an epoch, as Ctrl-C does.
    @Test
    void anInterruptedRunGoesOnBitForBit() throws Exception {
        Path out = folder.resolve("interrupted");
        List<String> arguments = Cli.tiny("--epochs", 400, "--set", "data.train=480", "--out", out);
        ProcessBuilder builder = new ProcessBuilder(Cli.java(arguments));
        builder.redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        Process process = builder.start();
        RunFolder run = new RunFolder(out);
        while (process.isAlive() && run.readMetrics().isEmpty()) {
            Thread.sleep(20);
        }
        process.destroy();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        String output = Files.readString(folder.resolve("output"));
        assertTrue(output.contains("go on with: adjoint train --resume " + out), output);
        assertEquals(143, process.exitValue(), output);
        assertEquals(Result.Ending.INTERRUPTED, run.readResult().ending());
        assertTrue(Files.size(run.report()) > 0);

        int epochs = run.readResult().epochs() + 2;
        assertEquals(
                0,
                Cli.run("train", "--resume", out.toString(), "--epochs", Integer.toString(epochs))
                        .status());
        RunFolder whole = train("whole", "--epochs", epochs, "--set", "data.train=480");
        assertArrayEquals(bits(whole), bits(run));
        assertEquals(arithmetic(whole), arithmetic(run));
    }

    @Test
    void aLossThatIsNotANumberStopsTheRun() {
        Path out = folder.resolve("run");
        Cli.Outcome outcome = Cli.train("--epochs", 3, "--lr", "1e30", "--out", out);
        assertEquals(1, outcome.status());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(
                outcome.err().matches("(?s)adjoint: step \\d+ .* first came .*no epoch was completed.*"),
                outcome.err());
        assertFalse(Files.exists(out));
    }

    @Test
    void theLastGoodCheckpointIsKept() throws IOException {
        Path out = folder.resolve("run");
        // All cases in one step: after it the weights are finite, though the next step cannot be.
        Cli.Outcome outcome =
                Cli.train("--epochs", 9, "--batch", 48, "--lr", "1e6", "--set=optimiser.clip=0", "--out", out);
        assertEquals(1, outcome.status(), outcome.out());
        assertTrue(outcome.err().contains("the last good checkpoint, after epoch "), outcome.err());
        RunFolder run = new RunFolder(out);
        assertEquals(Result.Ending.NOT_FINITE, run.readResult().ending());
        assertEquals(run.readMetrics().size(), run.readResult().epochs());
        assertTrue(Files.readString(run.report()).contains("no longer a finite number"));
        int epochs = run.readResult().epochs();
        assertEquals(
                epochs,
                new Checkpoints(run.checkpoints(), 2)
                        .newest(warning -> fail(warning))
                        .orElseThrow()
                        .epoch());
    }

    @Test
    void aRunIsEvaluatedAndReportedAgain() throws IOException {
        RunFolder run = train("run", "--epochs", 1, "--attention", "softmax");
        String page = Files.readString(run.report());
        Files.delete(run.report());
        assertEquals(0, Cli.run("report", run.path().toString()).status());
        assertEquals(page, Files.readString(run.report()));

        Cli.Outcome evaluated = Cli.run("evaluate", run.path().toString());
        assertEquals(0, evaluated.status(), evaluated.err());
        String accuracy = Figures.percent(run.readResult().lastAccuracy());
        assertTrue(evaluated.out().startsWith("test accuracy " + accuracy + ","), evaluated.out());
    }

    @Test
    void aRunIsDiagnosed() {
        RunFolder run = train("run", "--epochs", 1);
        Cli.Outcome outcome = Cli.run("diagnose", run.path().toString());
        assertEquals(0, outcome.status(), outcome.err());
        List<String> lines = outcome.out().lines().toList();
        assertTrue(
                lines.get(0)
                        .matches("gradient noise scale: \\S+ series \\(\\|G\\|² \\S+, tr Σ \\S+, 6 batches of 8\\)"),
                lines.get(0));
        assertTrue(
                lines.get(1)
                        .matches(
                                "sharpness: λ \\S+ ± \\S+ after \\d+ products; plain descent is unstable above lr \\S+"),
                lines.get(1));
        assertTrue(
                lines.get(2)
                        .matches("learning rate: the loss (falls fastest at lr \\S+|falls nowhere)"
                                + " \\(searched from \\S+ to \\S+\\)"),
                lines.get(2));
        assertEquals(3, lines.size());
    }

    @Test
    void aRunThatStopsEarlyKeepsItsBestWeights() throws IOException {
        RunFolder run = train(
                "run",
                "--epochs",
                60,
                "--lr",
                0.03,
                "--log",
                "csv,tensorboard",
                "--set=training.stopping.patience=3",
                "--set=training.stopping.restoreBest=true");
        Result result = run.readResult();
        assertEquals(Result.Ending.STOPPED_EARLY, result.ending());
        List<Epoch> epochs = run.readMetrics();
        int best = epochs.size() - 4;
        for (Epoch epoch : epochs) {
            assertTrue(epoch.testLoss() >= epochs.get(best).testLoss(), epochs::toString);
        }
        assertEquals(
                best + 1,
                new Checkpoints(run.checkpoints(), 2).best().orElseThrow().epoch());
        Cli.Outcome evaluated = Cli.run("evaluate", run.path().toString());
        String loss = Figures.number(epochs.get(best).testLoss());
        assertTrue(evaluated.out().contains(", loss " + loss + ","), evaluated.out());
        assertTrue(Files.readString(run.report()).contains("The run stopped early, after epoch " + epochs.size()));
        List<String> table = Files.readAllLines(run.csv());
        assertEquals(epochs.size() + 1, table.size());
        int column = List.of(table.getFirst().split(",")).indexOf("test_loss");
        assertEquals(
                epochs.getLast().testLoss(), Double.parseDouble(table.getLast().split(",")[column]));
        try (Stream<Path> files = Files.list(run.path())) {
            assertEquals(
                    1,
                    files.filter(file -> file.getFileName().toString().startsWith("events.out.tfevents."))
                            .count());
        }
    }

    /// A process that was killed before its first checkpoint goes on from the beginning.
    @Test
    void aRunWithoutACheckpointBeginsAnew() throws IOException {
        RunFolder whole = train("whole", "--epochs", 1);
        Path out = Files.createDirectory(folder.resolve("begun"));
        Files.copy(whole.config(), out.resolve("config.yaml"));
        Cli.Outcome outcome = Cli.run("train", "--resume", out.toString());
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("there is no checkpoint yet: going on from the beginning"), outcome.out());
        assertArrayEquals(bits(whole), bits(new RunFolder(out)));
        // And one that was killed while it wrote its configuration is begun again.
        Path half = Files.createDirectory(folder.resolve("half"));
        Files.writeString(half.resolve("config.yaml.partial"), "expe");
        assertArrayEquals(bits(whole), bits(train("half", "--epochs", 1)));
    }

    @Test
    void aDamagedCheckpointIsNamedAndTheOneBeforeTaken() throws IOException {
        RunFolder whole = train("whole", "--epochs", 3);
        RunFolder parts = train("parts", "--epochs", 2);
        List<Path> files = new Checkpoints(parts.checkpoints(), 2).files();
        byte[] bytes = Files.readAllBytes(files.getFirst());
        bytes[bytes.length / 2] ^= 1;
        Files.write(files.getFirst(), bytes);
        Cli.Outcome outcome = Cli.run("train", "--resume", parts.path().toString(), "--epochs", "3");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(
                outcome.err().startsWith("adjoint: " + files.getFirst() + ": damaged: its checksum is "),
                outcome.err());
        assertTrue(outcome.err().strip().endsWith("; trying " + files.get(1)), outcome.err());
        assertEquals(1, outcome.err().lines().count());
        assertArrayEquals(bits(whole), bits(parts));
        assertEquals(arithmetic(whole), arithmetic(parts));
    }

    @Test
    void weightsOfAnotherModelAreRefused() throws IOException {
        RunFolder run = train("run", "--epochs", 1);
        String config = Files.readString(run.config());
        Files.writeString(run.config(), config.replace("width: 8", "width: 16"));
        Cli.Outcome outcome = Cli.run("evaluate", run.path().toString());
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains("does not fit"), outcome.err());
        assertEquals(1, outcome.err().lines().count());
    }

    /// The example runs as source, and goes on from its checkpoints.
    @Test
    void theExampleOfOneFileRuns() throws Exception {
        List<String> command = Cli.java(List.of());
        command.set(command.size() - 1, Path.of("../docs/examples/Spirals.java").toString());
        command.add(folder.resolve("spirals").toString());
        for (String expected : List.of("", "going on after step 1000\n")) {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            assertTrue(
                    output.matches(expected + "FINISHED after 1000 steps, test accuracy (0[.]9[5-9].|1[.]000)\n"),
                    output);
        }
    }

    @Test
    void theEnvironmentIsShown() {
        Cli.Outcome outcome = Cli.run("env");
        assertEquals(0, outcome.status());
        for (String word : List.of("adjoint", "JDK", "SIMD", "cores", "memory")) {
            assertTrue(outcome.out().lines().anyMatch(line -> line.startsWith(word)), outcome.out());
        }
    }

    @Test
    void experimentsAndDataSetsAreListed() throws IOException {
        Path set = Files.createDirectories(folder.resolve("uea/Walks"));
        Files.writeString(set.resolve("Walks_TRAIN.ts"), "");
        Files.writeString(set.resolve("Walks_TEST.ts"), "");
        Cli.Outcome outcome = Cli.run("list", "--data", folder.toString());
        assertEquals(0, outcome.status());
        assertTrue(outcome.out().contains("oscillators"), outcome.out());
        assertTrue(outcome.out().lines().anyMatch("  uea/Walks"::equals), outcome.out());
        assertTrue(outcome.out().contains(folder.toString()), outcome.out());
    }

    @Test
    void theVersionIsShown() {
        assertTrue(Cli.run("--version").out().startsWith("adjoint " + Versions.adjoint()));
        assertTrue(Versions.adjoint().matches("\\d+\\.\\d+\\.\\d+.*"), Versions.adjoint());
    }
}
