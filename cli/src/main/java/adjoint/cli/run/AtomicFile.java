package adjoint.cli.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Files that are there whole or not at all: written beside their place and moved into it.
public final class AtomicFile {
    /// What fills a file, given the path to write to.
    @FunctionalInterface
    public interface Content {
        void writeTo(Path path) throws IOException;
    }

    static final String PARTIAL = ".partial";

    private AtomicFile() {}

    /// Replaces `file` with `text` in UTF-8. A reader sees the old content or the new, and after a failure the old.
    public static void write(Path file, String text) throws IOException {
        write(file, path -> Files.writeString(path, text, StandardCharsets.UTF_8));
    }

    /// Replaces `file` with what `content` writes.
    public static void write(Path file, Content content) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + PARTIAL);
        try {
            content.writeTo(beside);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(beside);
        }
    }
}
