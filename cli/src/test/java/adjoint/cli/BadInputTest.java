package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever is wrong with the input: one line on standard error, status 2, and nothing written.
class BadInputTest {
    private static final String TRAIN = """
            @problemName Walks
            @timeStamps false
            @univariate false
            @dimensions 2
            @equalLength false
            @classLabel true left right
            @data
            1,2,3:4,5,6:left
            1,2:3,4:right
            2,2,3:4,5,7:left
            1,3:3,5:right
            """;

    @TempDir
    Path folder;

    private Path out;

    @BeforeEach
    void chooseOutput() {
        out = folder.resolve("run");
    }

    private void dataSet(String train, String test) throws IOException {
        Path set = Files.createDirectories(folder.resolve("data/uea/Walks"));
        Files.writeString(set.resolve("Walks_TRAIN.ts"), train);
        Files.writeString(set.resolve("Walks_TEST.ts"), test);
    }

    private String refused(Object... arguments) {
        return refused(2, Cli.train(arguments));
    }

    /// The one line on standard error.
    private String refused(int status, Cli.Outcome outcome) {
        assertEquals(status, outcome.status(), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().startsWith("adjoint: "), outcome.err());
        assertFalse(Files.exists(out), "something was written");
        return outcome.err().strip().substring("adjoint: ".length());
    }

    @Test
    void unknownCommand() {
        assertEquals(
                "unknown command 'trian', did you mean train? (see 'adjoint --help')", refused(2, Cli.run("trian")));
    }

    @Test
    void unknownOption() {
        assertEquals(
                "unknown option '--epoch=3', did you mean --epochs? (see 'adjoint train --help')",
                refused("--epoch=3"));
    }

    @Test
    void tooManyArguments() {
        assertEquals("unexpected argument 'primal' (see 'adjoint train --help')", refused("oscillators", "primal"));
    }

    @Test
    void optionWithoutItsValue() {
        assertEquals("Missing required parameter for option '--out' (DIR)", refused("--out"));
    }

    @Test
    void unknownExperiment() {
        String line = refused("oscilators", "--out", out);
        assertTrue(line.startsWith("unknown experiment 'oscilators', did you mean oscillators?"), line);
    }

    @Test
    void unknownKey() {
        assertEquals(
                "--set: unknown key model.head, did you mean model.heads?",
                refused("--set", "model.head=2", "--out", out));
    }

    @Test
    void valueOfTheWrongType() {
        assertEquals("--epochs: expected a whole number, got 'ten'", refused("--epochs", "ten", "--out", out));
        assertEquals(
                "--attention: expected one of primal, ksvd, kep, stiefel, softmax, linear, polynomial, cosine, cosformer, favor,"
                        + " favor-iid, favor-hyperbolic, sparsemax, entmax, hopfield, nystrom, sinkhorn, got 'sofmax', did you mean softmax?",
                refused("--attention", "sofmax", "--out", out));
        assertEquals(
                "--set: model.dropout: expected a number, got 'some'",
                refused("--set", "model.dropout=some", "--out", out));
    }

    @Test
    void configurationFile() throws IOException {
        Path file = folder.resolve("mine.yaml");
        assertEquals(
                "no configuration file at " + file.toAbsolutePath(),
                refused(2, Cli.run("train", file.toString(), "--out", out.toString())));
        Files.writeString(file, "experiment: oscillators\ntraining:\n  epoch: 3\n");
        assertEquals(
                "mine.yaml line 3: unknown key training.epoch, did you mean training.epochs?",
                refused(2, Cli.run("train", file.toString(), "--out", out.toString())));
    }

    @Test
    void dataSetNotFound() {
        String line = refused(2, Cli.run("train", "uea/Walks", "--data", folder.toString(), "--out", out.toString()));
        assertTrue(line.contains("uea/Walks not found"), line);
        assertTrue(line.contains(folder.toString()), line);
        assertTrue(line.contains("https://www.timeseriesclassification.com"), line);
    }

    @Test
    void malformedFile() throws IOException {
        dataSet(TRAIN, TRAIN.replace("1,3:3,5:right", "1,3:3,x:right"));
        String line = refused(
                2,
                Cli.run("train", "uea/Walks", "--data", folder.resolve("data").toString(), "--out", out.toString()));
        assertTrue(line.contains("Walks_TEST.ts:11:"), line);
        assertTrue(line.contains("found \"x\""), line);
        assertTrue(line.contains("expected "), line);
    }

    @Test
    void labelThatIsNotInTheTrainingSet() throws IOException {
        dataSet(
                TRAIN,
                TRAIN.replace("@classLabel true left right", "@classLabel true left right up")
                        .replace("1,3:3,5:right", "1,3:3,5:up"));
        String line = refused(
                2,
                Cli.run("train", "uea/Walks", "--data", folder.resolve("data").toString(), "--out", out.toString()));
        assertTrue(line.contains("Walks_TEST.ts"), line);
        assertTrue(line.contains("\"up\""), line);
        assertTrue(line.contains("left") && line.contains("right"), line);
    }

    @Test
    void outputFolderThatIsNotEmpty() throws IOException {
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("mine.txt"), "precious");
        String line = refused("--out", full);
        assertTrue(line.startsWith("the output folder " + full + " is not empty"), line);
        try (Stream<Path> files = Files.list(full)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void outputFolderThatCannotBeWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        String line = refused("--out", file.resolve("below"));
        assertTrue(line.startsWith("the output folder " + file.resolve("below") + " cannot be written"), line);
    }

    @Test
    void notEnoughMemory() {
        String line = refused("--set", "model.width=200000", "--out", out);
        assertTrue(
                line.matches("not enough memory for a batch of 8: about [0-9,.]+ [TP]iB are needed, the heap has"
                        + " [0-9.]+ [MG]iB; take a smaller model.width, model.feedForward or --batch, or give Java a larger"
                        + " heap, e.g. JDK_JAVA_OPTIONS=-Xmx[0-9]+g"),
                line);
    }

    @Test
    void batchThatIsTooLarge() {
        String line = refused(
                "--set=data.train=2000",
                "--set=data.steps=4",
                "--set=model.feedForward=100000",
                "--batch=1999",
                "--out",
                out);
        assertTrue(line.contains("not enough memory for a batch of 1999"), line);
        assertTrue(line.matches(".*take --batch [0-9]+ or fewer, or give Java.*"), line);
    }

    @Test
    void noRunInTheFolder() {
        for (String command : new String[] {"evaluate", "report"}) {
            String line = refused(2, Cli.run(command, out.toString()));
            assertTrue(line.startsWith("no run in " + out), line);
        }
        String line = refused(2, Cli.run("train", "--resume", out.toString()));
        assertTrue(line.startsWith("no run in " + out), line);
    }

    @Test
    void resumeWithAnExperiment() {
        assertEquals(
                "--resume goes on with the run in " + out + " as it was configured: give no experiment",
                refused("oscillators", "--resume", out));
    }

    @Test
    void benchWithoutItsModule() {
        assertTrue(Cli.run("--help").out().contains("  bench "));
        assertEquals(
                "bench needs a clone of the project: start ./adjoint bench at its root",
                refused(2, Cli.run("bench", "linalg")));
    }

    @Test
    void debugShowsWhere() {
        Cli.Outcome outcome = Cli.run("train", "oscilators", "--debug", "--out", out.toString());
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().lines().count() > 5);
        assertTrue(outcome.err().contains("\tat adjoint.cli"));
    }
}
