package adjoint.nn;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A folder of training states: the newest ones, of which the oldest make room, and the best one.
///
/// ```
/// Checkpoints checkpoints = new Checkpoints(folder, 3);
/// checkpoints.save(trainer.state());
/// checkpoints.newest(System.err::println).ifPresent(trainer::restore);
/// ```
///
/// `step-000000001200.safetensors` is the state after 1200 steps, `best.safetensors` the best. Each is written beside
/// its place, with a checksum, forced to the disk, and moved there: whatever happens, the ones before stay whole. The
/// folder belongs to one training at a time.
///
/// @param keep how many of the newest are kept, two or more if one may turn out to be damaged
public record Checkpoints(Path folder, int keep) {
    private static final Pattern NAME = Pattern.compile("step-(\\d{12,19})\\.safetensors(\\.part)?");

    public Checkpoints {
        if (keep < 1) {
            throw new IllegalArgumentException("at least one checkpoint must be kept, got " + keep);
        }
    }

    private record Numbered(long step, Path file) {}

    /// Writes a state as the newest. Those of later steps, which the training has gone back behind, are deleted, and
    /// the oldest beyond [#keep].
    ///
    /// @throws IOException if it cannot be written; the message says what stays
    public Path save(TrainingState state) throws IOException {
        Path file = folder.resolve("step-%012d.safetensors".formatted(state.step()));
        write(state, file);
        int kept = 0;
        for (Numbered other : numbered(true)) {
            boolean part = other.file.toString().endsWith(".part");
            if (part || other.step > state.step() || ++kept > keep) {
                Files.deleteIfExists(other.file);
            }
        }
        return file;
    }

    /// Writes a state as the best.
    ///
    /// @throws IOException if it cannot be written; the best one before stays
    public Path saveBest(TrainingState state) throws IOException {
        write(state, bestFile());
        return bestFile();
    }

    private void write(TrainingState state, Path file) throws IOException {
        try {
            Files.createDirectories(folder);
            state.write(file);
        } catch (IOException e) {
            List<Path> stays = Files.isDirectory(folder) ? files() : List.of();
            throw new IOException(
                    "cannot save the checkpoint " + file + ": " + reason(e)
                            + (stays.isEmpty() ? "; there is none before it" : "; " + stays.getFirst() + " stays"),
                    e);
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "there is no folder for " + missing.getFile();
            case FileSystemException system when system.getReason() != null -> system.getReason();
            default -> e.getMessage();
        };
    }

    /// The newest state that is whole. Of each damaged file before it `warnings` hears, with its name and fault.
    ///
    /// @return nothing if the folder has no checkpoint
    /// @throws IOException if it has some but all are damaged, or it cannot be read
    public Optional<TrainingState> newest(Consumer<String> warnings) throws IOException {
        List<Path> candidates = new ArrayList<>(files());
        if (Files.exists(bestFile())) {
            candidates.add(bestFile());
        }
        StringJoiner faults = new StringJoiner("; ");
        for (int i = 0; i < candidates.size(); i++) {
            try {
                return Optional.of(TrainingState.read(candidates.get(i)));
            } catch (IOException e) {
                faults.add(e.getMessage());
                if (i + 1 < candidates.size()) {
                    warnings.accept(e.getMessage() + "; trying " + candidates.get(i + 1));
                }
            }
        }
        if (!candidates.isEmpty()) {
            throw new IOException("no checkpoint in " + folder + " is whole: " + faults);
        }
        return Optional.empty();
    }

    /// The best state.
    ///
    /// @return nothing if none was saved
    /// @throws IOException if it is damaged or cannot be read
    public Optional<TrainingState> best() throws IOException {
        return Files.exists(bestFile()) ? Optional.of(TrainingState.read(bestFile())) : Optional.empty();
    }

    /// Where the best state is.
    public Path bestFile() {
        return folder.resolve("best.safetensors");
    }

    /// The files of the newest states, the newest first.
    ///
    /// @throws IOException if the folder cannot be read
    public List<Path> files() throws IOException {
        return numbered(false).stream().map(Numbered::file).toList();
    }

    private List<Numbered> numbered(boolean withParts) throws IOException {
        List<Numbered> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                for (Path entry : entries) {
                    Matcher name = NAME.matcher(entry.getFileName().toString());
                    if (name.matches() && (withParts || name.group(2) == null)) {
                        found.add(new Numbered(Long.parseLong(name.group(1)), entry));
                    }
                }
            }
        }
        found.sort(Comparator.comparingLong(Numbered::step).reversed());
        return found;
    }
}
