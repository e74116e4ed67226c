package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.cli.config.Config;
import adjoint.cli.config.Experiments;
import adjoint.cli.config.Settings;
import adjoint.cli.run.Epoch;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunFolder;
import adjoint.data.Vocabulary;
import adjoint.linalg.Rng;
import adjoint.nn.Parameters;
import adjoint.nn.Sampling;
import adjoint.nn.files.SafeTensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole runs on images and on text, so small that they are over at once.
class TasksTest {
    private static final String TEXT = "to be or not to be ".repeat(60);
    private static final List<String> SMALL = List.of(
            "--set=model.width=8",
            "--set=model.heads=2",
            "--set=model.layers=1",
            "--set=model.feedForward=8",
            "--set=schedule.warmUp=2",
            "--set=training.batch=8");

    @TempDir
    Path folder;

    @BeforeEach
    void data() throws IOException {
        Files.writeString(folder.resolve("text.txt"), TEXT);
        images("train", 120);
        images("t10k", 30);
    }

    /// Images of 4×4 pixels of which the class, 0 or 1, says whether the upper or the lower half is bright.
    private void images(String part, int count) throws IOException {
        ByteBuffer pixels = ByteBuffer.allocate(16 + 16 * count);
        pixels.putInt(0x803).putInt(count).putInt(4).putInt(4);
        ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
        for (int i = 0; i < count; i++) {
            for (int pixel = 0; pixel < 16; pixel++) {
                int noise = Rng.of(count).below(16L * i + pixel, 90);
                pixels.put((byte) (pixel / 8 == i % 2 ? 160 + noise : noise));
            }
            labels.put((byte) (i % 2));
        }
        Path set = Files.createDirectories(folder.resolve("mnist"));
        Files.write(set.resolve(part + "-images-idx3-ubyte"), pixels.array());
        Files.write(set.resolve(part + "-labels-idx1-ubyte"), labels.array());
    }

    private RunFolder train(String experiment, String out, String... further) {
        List<String> arguments = new ArrayList<>(List.of("train", experiment));
        arguments.addAll(SMALL);
        if (experiment.equals("shakespeare")) {
            arguments.addAll(List.of("--set=data.file=" + folder.resolve("text.txt"), "--set=model.input.context=12"));
        } else {
            arguments.addAll(List.of("--data=" + folder, "--set=model.input.size=2", "--set=data.shift=0"));
        }
        arguments.addAll(List.of("--out", folder.resolve(out).toString()));
        arguments.addAll(List.of(further));
        Cli.Outcome outcome = Cli.run(arguments.toArray(String[]::new));
        assertEquals("", outcome.err());
        assertEquals(0, outcome.status());
        return new RunFolder(folder.resolve(out));
    }

    @ParameterizedTest
    @ValueSource(strings = {"softmax", "primal"})
    void imagesAreLearned(String attention) throws IOException {
        RunFolder run = train("mnist", "run", "--epochs", "6", "--attention", attention, "--lr", "0.01");
        Result result = run.readResult();
        assertEquals(Result.Measure.ACCURACY, result.measure());
        assertEquals(1, result.bestAccuracy());
        assertEquals(30, result.testCases());
        assertEquals(16, result.length());
        Cli.Outcome evaluated = Cli.run("evaluate", run.path().toString());
        assertTrue(evaluated.out().matches("(?s)test accuracy 100.0 %, loss \\S+, 30 images\\R.*"), evaluated.out());
        assertTrue(evaluated.out().contains("class 1: 15 of 15 found"), evaluated.out());
        String page = Files.readString(run.report());
        assertTrue(page.contains("learned to tell apart 10 classes of images of 16 pixels: 120 for training"), page);
        assertTrue(page.contains("compares each patch with each other one"), page);
        assertTrue(page.contains("on test image 1 (16 pixels, class 0)"), page);
        Cli.Outcome explained = Cli.run("explain", run.path().toString(), "--case", "2");
        assertTrue(
                explained.out().startsWith("test image 2 of 30, 4 patches: the model says 1 (")
                        && explained.out().contains("the truth is 1")
                        && explained.out().matches("(?s).*queries  patch [12]·[12] .*"),
                explained.out());
        String pictures = Files.readString(run.path().resolve("explain-2.html"));
        assertTrue(pictures.contains("alt=\"u1 on the patches\"") && !pictures.contains("<svg"), pictures);
    }

    @Test
    void aTextIsLearnedByItsLoss() throws IOException {
        RunFolder run = train("shakespeare", "run", "--epochs", "25", "--lr", "0.02");
        Result result = run.readResult();
        assertEquals(Result.Measure.LOSS, result.measure());
        assertEquals(
                run.readMetrics().stream().mapToDouble(Epoch::testLoss).min().orElseThrow(), result.bestLoss());
        assertTrue(result.bestLoss() < 1, "loss " + result.bestLoss());
        assertEquals(7, result.classes());
        String expected = String.format(Locale.ROOT, "test loss %.4f nats, accuracy ", result.lastLoss());
        Cli.Outcome evaluated = Cli.run("evaluate", run.path().toString());
        assertTrue(evaluated.out().startsWith(expected), evaluated.out());
        assertTrue(evaluated.out().contains(" 9 windows"), evaluated.out());
        assertTrue(evaluated.out().contains("class ␣: "), evaluated.out());
        String page = Files.readString(run.report());
        assertTrue(page.contains("learned to predict the next one of 7 characters in windows of 12 characters"), page);
        assertTrue(page.contains("on test window 1 (12 characters). The"), page);
        Cli.Outcome explained = Cli.run("explain", run.path().toString(), "--case", "9");
        assertTrue(
                explained
                        .out()
                        .matches(
                                "(?s)test window 9 of 9, 12 characters: of what follows the model says . \\([\\d.]+ %\\), the"
                                        + " truth is .; [\\d]+ of 12 answers are right\\R.*queries  '.' at \\d.*"),
                explained.out());
        assertTrue(Files.readString(run.path().resolve("explain-9.html")).contains("style=\"--share:100\""));
        assertEquals(" benort", SafeTensors.read(run.model()).metadata().get("vocabulary"));
    }

    @Test
    void aModelOfTextGoesOnWithATextAsItsLogitsSay() throws IOException {
        RunFolder run = train("shakespeare", "run", "--epochs", "2");
        String path = run.path().toString();
        Cli.Outcome outcome = Cli.run("generate", path, "--prompt", "to be", "--length", "40", "--seed", "3");
        assertEquals("", outcome.err());
        assertEquals(0, outcome.status());
        assertTrue(outcome.out().matches("to be[ benort]{40}\\R"), outcome.out());
        assertEquals(
                outcome.out(),
                Cli.run("generate", path, "--prompt", "to be", "--length", "40", "--seed", "3")
                        .out());
        assertTrue(!outcome.out()
                .equals(Cli.run("generate", path, "--prompt", "to be", "--length", "40", "--seed", "4")
                        .out()));
        Config config = run.readConfig();
        TextTask task =
                TextTask.of(config.model(), (Config.Tokens) config.model().input(), 7, 1);
        Parameters.of(task.model()).load(SafeTensors.read(run.model()).tensors());
        Vocabulary vocabulary = Vocabulary.of(TEXT);
        int[] drawn = task.model().generate(vocabulary.encode("to be"), 20, Sampling.greedy(), Rng.of(1));
        assertEquals(
                "to be" + vocabulary.decode(drawn) + System.lineSeparator(),
                Cli.run("generate", path, "--prompt", "to be", "--length", "20", "--temperature", "0")
                        .out());
        assertEquals(
                "to be" + vocabulary.decode(drawn) + System.lineSeparator(),
                Cli.run("generate", path, "--prompt", "to be", "--length", "20", "--top-k", "1")
                        .out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mnist", "shakespeare"})
    void threadsDoNotChangeTheResult(String experiment) throws IOException {
        RunFolder one = train(experiment, "one", "--epochs", "2", "--threads", "1");
        RunFolder two = train(experiment, "two", "--epochs", "2", "--threads", "2");
        assertArrayEquals(Files.readAllBytes(one.model()), Files.readAllBytes(two.model()));
    }

    @ParameterizedTest
    @CsvSource({
        "mnist, primal, mean, tied",
        "mnist, softmax, mean, tied",
        "mnist, softmax, cls, tied",
        "shakespeare, softmax, mean, tied",
        "shakespeare, primal, mean, tied",
        "shakespeare, entmax, mean, tied",
        "shakespeare, softmax, mean, untied"
    })
    void theEstimateCountsTheParameters(String experiment, String attention, String pooling, String head)
            throws IOException {
        Settings settings = Experiments.defaults(experiment)
                .under(Settings.assignment("model.attention.kind=" + attention))
                .under(Settings.assignment(
                        experiment.equals("mnist") ? "model.input.pooling=" + pooling : "model.input.head=" + head))
                .under(Settings.assignment(
                        experiment.equals("mnist")
                                ? "data.folder=" + folder
                                : "data.file=" + folder.resolve("text.txt")))
                .under(Settings.assignment(
                        experiment.equals("mnist") ? "model.input.size=2" : "model.input.context=12"));
        Config config = Config.of(settings);
        Problem<?> problem = Problem.of(config);
        assertEquals(
                Parameters.of(problem.task(config.model(), 1).model()).count(),
                MemoryEstimate.parameters(config.model(), problem.outside(config.model())));
    }

    @Test
    void badInputIsToldInOneLine() throws IOException {
        refused(
                "the text has 1,026 characters for training and 114 for testing; each needs more than"
                        + " model.input.context = 128",
                "train",
                "shakespeare",
                "--set=data.file=" + folder.resolve("text.txt"),
                "--out",
                folder.resolve("none").toString());
        refused(
                "model.input.size: expected a divisor of the images' 4 and 4 pixels, got '3'",
                "train",
                "mnist",
                "--data",
                folder.toString(),
                "--set=model.input.size=3",
                "--out",
                folder.resolve("none").toString());
        refused(
                "schedule.warmUp: expected fewer than the 15 steps of the run, got '15'",
                "train",
                "mnist",
                "--data",
                folder.toString(),
                "--set=model.input.size=2",
                "--batch=8",
                "--epochs=1",
                "--set=schedule.warmUp=15",
                "--out",
                folder.resolve("none").toString());
        Path cut = folder.resolve("mnist/train-labels-idx1-ubyte");
        byte[] labels = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(labels, 100));
        refused(
                cut + ": byte 100: found the end of the file; expected 28 more of 120 bytes",
                "train",
                "mnist",
                "--data",
                folder.toString(),
                "--out",
                folder.resolve("none").toString());
    }

    /// Attention whose memory is a sum, or data-independent weights, writes what it would after the whole text.
    @ParameterizedTest
    @ValueSource(strings = {"linear", "primal", "entmax"})
    void otherAttentionsWriteTexts(String attention) throws IOException {
        RunFolder run = train("shakespeare", "run", "--epochs", "2", "--attention", attention);
        String path = run.path().toString();
        String text = Cli.run("generate", path, "--prompt", "to be", "--length", "6", "--temperature", "0")
                .out()
                .strip();
        String half = Cli.run("generate", path, "--prompt", "to be", "--length", "3", "--temperature", "0")
                .out()
                .strip();
        String rest = Cli.run("generate", path, "--prompt", half, "--length", "3", "--temperature", "0")
                .out()
                .strip();
        assertEquals(text, rest);
    }

    @Test
    void generateRefusesWhatItCannotDo() {
        String run = train("shakespeare", "run", "--epochs", "1").path().toString();
        refused(
                "--prompt: character 4, \"x\", does not occur in the text that was learned",
                "generate",
                run,
                "--prompt",
                "to x");
        refused("--prompt: expected at least one character, got ''", "generate", run, "--prompt", "");
        refused("--length: expected a whole number of at least 0, got '-1'", "generate", run, "--length=-1");
        refused("the temperature must be finite and ≥ 0, got -1.0", "generate", run, "--temperature=-1");
        String images = train("mnist", "images", "--epochs", "1").path().toString();
        refused("the run in " + images + " is mnist; only a run on text can go on with a text", "generate", images);
    }

    private static void refused(String message, String... arguments) {
        Cli.Outcome outcome = Cli.run(arguments);
        assertEquals("adjoint: " + message + System.lineSeparator(), outcome.err());
        assertEquals(2, outcome.status());
    }
}
