package adjoint.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.cli.config.Config;
import adjoint.cli.config.Experiments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    Path folder;

    private static Epoch epoch(int number, double loss, boolean attention) {
        return new Epoch(
                number,
                loss,
                0.25,
                0.125,
                loss,
                0.5,
                1.5,
                0.5,
                180,
                300,
                4096,
                attention
                        ? Optional.of(new Epoch.AttentionFigures(
                                List.of(List.of(2.5, 3.0), List.of(4.0, 5.0)),
                                Optional.of(List.of(0.5, 0.25)),
                                Optional.of(List.of(List.of(0.5, 0.75), List.of(0.25, 0.125))),
                                Optional.empty(),
                                Optional.of(List.of(List.of(0.75, 1.5), List.of(0.5, 0.0)))))
                        : Optional.empty());
    }

    @Test
    void aWriteThatFailsLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = folder.resolve("result.json");
        AtomicFile.write(file, "old");
        assertThrows(
                IOException.class,
                () -> AtomicFile.write(file, path -> {
                    Files.writeString(path, "half");
                    throw new IOException("disk full");
                }));
        assertEquals("old", Files.readString(file));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void metricsAreReadBack() throws IOException {
        RunFolder run = new RunFolder(folder);
        assertEquals(List.of(), run.readMetrics());
        List<Epoch> epochs = List.of(epoch(1, 2.75, true), epoch(2, 1e-3, false));
        run.writeMetrics(epochs);
        assertEquals(epochs, run.readMetrics());
        assertEquals(2, Files.readAllLines(run.metrics()).size());
    }

    @Test
    void aDamagedFileIsNamed() throws IOException {
        RunFolder run = new RunFolder(folder);
        Files.writeString(run.metrics(), "{\"epoch\": \"one\"}\n");
        String message = assertThrows(RunException.class, run::readMetrics).getMessage();
        assertEquals(run.metrics() + " is damaged: the field 'epoch' must be a whole number", message);
        assertEquals(
                run.result() + " is missing: the run has not come to its first end yet",
                assertThrows(RunException.class, run::readResult).getMessage());
    }

    @Test
    void aFolderWithFilesIsNotTaken() throws IOException {
        Files.writeString(folder.resolve("mine.txt"), "precious");
        String message =
                assertThrows(RunException.class, () -> RunFolder.fresh(folder)).getMessage();
        assertEquals(
                "the output folder " + folder + " is not empty; choose another with --out, or continue its run with"
                        + " --resume " + folder,
                message);
    }

    @Test
    void aFileIsNoFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertEquals(
                "the output folder " + file + " is a file; choose another with --out",
                assertThrows(RunException.class, () -> RunFolder.fresh(file)).getMessage());
        assertThrows(RunException.class, () -> RunFolder.fresh(file.resolve("below")));
    }

    @Test
    void aFreshFolderIsMadeOnlyWhenTheRunBegins() throws IOException {
        RunFolder run = RunFolder.fresh(folder.resolve("a/b"));
        assertFalse(Files.exists(folder.resolve("a")));
        Config config = Config.of(Experiments.defaults("oscillators"));
        run.begin(config, Map.of("java", "25"));
        assertEquals(config, RunFolder.existing(run.path()).readConfig());
        run.discard();
        assertFalse(Files.exists(run.path()));
        assertTrue(Files.exists(folder));
    }
}
