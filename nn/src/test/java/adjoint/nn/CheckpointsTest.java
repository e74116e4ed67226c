package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointsTest {
    @TempDir
    Path folder;

    private final LeastSquares run = new LeastSquares();
    private final List<String> warnings = new ArrayList<>();

    private Path step(int step) {
        return folder.resolve("step-%012d.safetensors".formatted(step));
    }

    /// Trains one epoch of five steps and saves.
    private void epoch(Checkpoints checkpoints) throws IOException {
        run.trainer.train(LeastSquares.BATCHES, StepListener.NONE);
        assertEquals(step((int) run.trainer.step()), checkpoints.save(run.trainer.state()));
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void theOldestMakeRoomAndTheBestStays() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, 2);
        assertEquals(List.of(), checkpoints.files());
        assertTrue(checkpoints.newest(warnings::add).isEmpty());
        assertTrue(checkpoints.best().isEmpty());
        epoch(checkpoints);
        checkpoints.saveBest(run.trainer.state());
        epoch(checkpoints);
        epoch(checkpoints);
        assertEquals(List.of(step(15), step(10)), checkpoints.files());
        assertEquals(
                Set.of("best.safetensors", "step-000000000010.safetensors", "step-000000000015.safetensors"), names());
        assertEquals(15, checkpoints.newest(warnings::add).orElseThrow().step());
        assertEquals(5, checkpoints.best().orElseThrow().step());
        assertEquals(List.of(), warnings);
    }

    @Test
    void whatACrashLeavesOfAFileIsDeletedAndOtherFilesAreNot() throws IOException {
        Files.writeString(folder.resolve("step-000000000003.safetensors.part"), "half");
        Files.writeString(folder.resolve("notes.txt"), "mine");
        epoch(new Checkpoints(folder, 1));
        assertEquals(Set.of("notes.txt", "step-000000000005.safetensors"), names());
    }

    @ParameterizedTest
    @ValueSource(strings = {"flipped", "truncated", "empty", "noise"})
    void aDamagedOneIsNamedAndTheNewestWholeOneIsTaken(String damage) throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, 3);
        epoch(checkpoints);
        epoch(checkpoints);
        byte[] bytes = Files.readAllBytes(step(10));
        byte[] damaged = switch (damage) {
            case "flipped" -> {
                bytes[bytes.length / 2] ^= 16;
                yield bytes;
            }
            case "truncated" -> Arrays.copyOf(bytes, bytes.length - 3);
            case "empty" -> new byte[0];
            default -> "garbage, garbage".getBytes();
        };
        Files.write(step(10), damaged);
        TrainingState state = checkpoints.newest(warnings::add).orElseThrow();
        assertEquals(5, state.step());
        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().startsWith(step(10) + ": "), warnings::toString);
        assertTrue(warnings.getFirst().endsWith("; trying " + step(5)), warnings::toString);

        // Going on from there, the damaged one counts for nothing.
        run.trainer.restore(state);
        epoch(checkpoints);
        warnings.clear();
        assertEquals(10, checkpoints.newest(warnings::add).orElseThrow().step());
        assertEquals(List.of(), warnings);
    }

    @Test
    void aDamagedOneOfALaterStepDoesNotTakeTheRoomOfAWholeOne() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, 1);
        Files.writeString(step(99), "damaged");
        epoch(checkpoints);
        assertEquals(List.of(step(5)), checkpoints.files());
    }

    @Test
    void theBestIsTheLastResort() throws IOException {
        Checkpoints checkpoints = new Checkpoints(folder, 2);
        epoch(checkpoints);
        checkpoints.saveBest(run.trainer.state());
        epoch(checkpoints);
        Files.writeString(step(5), "x");
        Files.writeString(step(10), "x");
        assertEquals(5, checkpoints.newest(warnings::add).orElseThrow().step());
        assertEquals(2, warnings.size());
        Files.writeString(checkpoints.bestFile(), "x");
        String message = assertThrows(IOException.class, () -> checkpoints.newest(warnings::add))
                .getMessage();
        assertTrue(message.startsWith("no checkpoint in " + folder + " is whole: " + step(10) + ": "), message);
        assertTrue(message.contains("; " + step(5) + ": "), message);
        assertTrue(message.contains("; " + checkpoints.bestFile() + ": "), message);
    }

    /// `/dev/full` is a disk without room: writing to it fails as writing to a full one does.
    @Test
    void aFullDiskLeavesTheCheckpointBefore() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.isWritable(full));
        Checkpoints checkpoints = new Checkpoints(folder, 1);
        epoch(checkpoints);
        byte[] before = Files.readAllBytes(step(5));
        Path next = folder.resolve("step-000000000010.safetensors");
        run.trainer.train(LeastSquares.BATCHES, StepListener.NONE);
        Files.createSymbolicLink(folder.resolve(next.getFileName() + ".part"), full);
        IOException e = assertThrows(IOException.class, () -> checkpoints.save(run.trainer.state()));
        assertEquals(
                "cannot save the checkpoint " + next + ": No space left on device; " + step(5) + " stays",
                e.getMessage());
        assertArrayEquals(before, Files.readAllBytes(step(5)));
        assertEquals(Set.of("step-000000000005.safetensors"), names());
        // With room again, it is saved.
        assertEquals(next, checkpoints.save(run.trainer.state()));
        assertEquals(10, checkpoints.newest(warnings::add).orElseThrow().step());
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Checkpoints checkpoints = new Checkpoints(file.resolve("below"), 1);
        IOException e = assertThrows(IOException.class, () -> checkpoints.save(run.trainer.state()));
        assertTrue(
                e.getMessage().startsWith("cannot save the checkpoint " + file.resolve("below/step-000000000000")),
                e.getMessage());
        assertTrue(e.getMessage().endsWith("; there is none before it"), e.getMessage());
        assertFalse(Files.isDirectory(file));
    }

    @Test
    void aFolderThatVanishedIsMadeAgain() throws IOException {
        Path below = folder.resolve("below");
        Checkpoints checkpoints = new Checkpoints(below, 1);
        Path file = checkpoints.save(run.trainer.state());
        Files.delete(file);
        Files.delete(below);
        assertEquals(file, checkpoints.save(run.trainer.state()));
        assertEquals(0, TrainingState.read(file).step());
    }

    @Test
    void atLeastOneIsKept() {
        assertEquals(
                "at least one checkpoint must be kept, got 0",
                assertThrows(IllegalArgumentException.class, () -> new Checkpoints(folder, 0))
                        .getMessage());
    }
}
