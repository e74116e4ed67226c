package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The guide's pictures are what its steps work out today, and stand in it with their words. With
/// `-Dadjoint.pictures=write` the files are written anew.
class GuidePicturesTest {
    private static final Path GUIDE = Path.of("../docs/guide").toAbsolutePath().normalize();
    private static final boolean WRITE = "write".equals(System.getProperty("adjoint.pictures"));

    @Test
    void filesAreWhatTheStepsWorkOut() throws IOException {
        String chapter = Files.readString(GUIDE.resolve("duality.md"));
        List<Picture> pictures = new GuidePictures().all();
        for (int i = 0; i < pictures.size(); i++) {
            String name = String.format("images/duality-%02d.svg", i + 1);
            Path file = GUIDE.resolve(name);
            String svg = pictures.get(i).toString();
            assertTrue(svg.length() < 25_000, () -> name + " is large: " + svg.length());
            if (WRITE) {
                Files.createDirectories(file.getParent());
                Files.writeString(file, svg);
            }
            assertEquals(svg, Files.readString(file), () -> name + " is old: -Dadjoint.pictures=write writes it");
            String embedded = "![" + pictures.get(i).words() + "](" + name + ")";
            assertTrue(
                    section(chapter, i + 1).contains("\n" + embedded + "\n"),
                    () -> "step " + name + " lacks " + embedded);
        }
    }

    private static String section(String chapter, int step) {
        String from = chapter.substring(chapter.indexOf("\n## " + step + ". "));
        return from.substring(0, from.indexOf("\n## ", 1));
    }
}
