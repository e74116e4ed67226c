package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.cli.run.RunFolder;
import adjoint.nn.Checkpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A training whose process is killed (SIGKILL) at random moments and started again ends with the bits of one that was
/// left alone. `-Dadjoint.kills=100` kills more often than the few times of a normal test run.
class KillTest {
    private static final int KILLS = Integer.getInteger("adjoint.kills", 2);
    private static final int LONGEST_LIFE_MILLIS = 2500;
    private static final int LONGEST_DELAY_MILLIS = 300;

    @TempDir
    Path folder;

    private final Random random = new Random(Long.getLong("adjoint.kills.seed", 1));

    /// How many kills found the training after how many steps: -1 where there was no checkpoint.
    private final TreeMap<Long, Integer> found = new TreeMap<>();

    @Test
    void aTrainingThatIsKilledAtAnyMomentEndsWithTheSameBits() throws Exception {
        Path out = folder.resolve("killed");
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = start(out, kill);
            if (kill % 2 == 0) {
                process.waitFor(random.nextInt(LONGEST_LIFE_MILLIS), TimeUnit.MILLISECONDS);
            } else {
                awaitProgress(process, out);
                process.waitFor(random.nextInt(LONGEST_DELAY_MILLIS), TimeUnit.MILLISECONDS);
            }
            process.destroyForcibly().waitFor();
            requireKilled(process, kill);
            found.merge(newest(out), 1, Integer::sum);
        }
        Process last = start(out, KILLS);
        assertTrue(last.waitFor(600, TimeUnit.SECONDS));
        assertEquals(0, last.exitValue(), () -> output(KILLS));
        System.out.println("killed " + KILLS + " times, of these before the first checkpoint "
                + found.getOrDefault(-1L, 0) + " times, after " + found.size() + " different numbers of steps, up to "
                + found.lastKey() + " of " + newest(out));

        Path whole = folder.resolve("whole");
        assertEquals(0, Cli.run(arguments(whole).toArray(String[]::new)).status());
        for (String file : List.of("model.safetensors", "checkpoints/best.safetensors", "metrics.csv")) {
            assertEquals(-1, Files.mismatch(whole.resolve(file), out.resolve(file)), file);
        }
        assertEquals(
                names(new Checkpoints(whole.resolve("checkpoints"), 2)),
                names(new Checkpoints(out.resolve("checkpoints"), 2)));
        for (Path file : new Checkpoints(whole.resolve("checkpoints"), 2).files()) {
            Path other = out.resolve("checkpoints").resolve(file.getFileName());
            assertEquals(-1, Files.mismatch(file, other), other.toString());
        }
        assertEquals(
                new RunFolder(whole).readResult().lastAccuracy(),
                new RunFolder(out).readResult().lastAccuracy());
    }

    /// Dropout, accumulation, a schedule, early stopping and an average: all that has a state.
    private static List<String> arguments(Path out) {
        return Cli.tiny(
                "--epochs",
                20 + 4 * KILLS,
                "--threads",
                1,
                "--log",
                "csv",
                "--set=training.checkpoint.steps=3",
                "--set=training.accumulate=2",
                "--set=training.stopping.patience=100000",
                "--set=model.dropout=0.2",
                "--set=schedule.kind=cosine",
                "--set=schedule.warmUp=5",
                "--set=optimiser.average.kind=exponential",
                "--out",
                out);
    }

    private Process start(Path out, int number) throws IOException {
        boolean begun = Files.exists(out.resolve("config.yaml"));
        List<String> arguments = begun ? List.of("train", "--resume", out.toString()) : arguments(out);
        List<String> command = Cli.java(arguments);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output-" + number).toFile())
                .start();
    }

    /// Until a checkpoint is written that was not there before.
    private static void awaitProgress(Process process, Path out) throws Exception {
        long before = newest(out);
        while (newest(out) == before && !process.waitFor(5, TimeUnit.MILLISECONDS)) {
            Thread.onSpinWait();
        }
    }

    /// A process that ended by itself before it was killed must have come to a good end.
    private void requireKilled(Process process, int number) {
        int killed = 128 + 9;
        assertTrue(process.exitValue() == killed || process.exitValue() == 0, () -> output(number));
    }

    private String output(int number) {
        try {
            return number + ": " + Files.readString(folder.resolve("output-" + number));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static long newest(Path out) throws IOException {
        List<String> names = names(new Checkpoints(out.resolve("checkpoints"), 2));
        return names.isEmpty() ? -1 : Long.parseLong(names.getFirst().replaceAll("\\D", ""));
    }

    private static List<String> names(Checkpoints checkpoints) throws IOException {
        return checkpoints.files().stream()
                .map(file -> file.getFileName().toString())
                .toList();
    }
}
