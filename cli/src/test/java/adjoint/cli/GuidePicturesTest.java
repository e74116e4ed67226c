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

    @Test
    void filesAreWhatTheStepsWorkOut() throws IOException {
        List<Picture> pictures = new GuidePictures().all();
        if ("write".equals(System.getProperty("adjoint.pictures"))) {
            Files.createDirectories(GUIDE.resolve("images"));
            for (int i = 0; i < pictures.size(); i++) {
                Files.writeString(GUIDE.resolve(name(i)), pictures.get(i).toString());
            }
        }
        String chapter = Files.readString(GUIDE.resolve("duality.md"));
        for (int i = 0; i < pictures.size(); i++) {
            String name = name(i);
            String svg = pictures.get(i).toString();
            assertEquals(
                    svg,
                    Files.readString(GUIDE.resolve(name)),
                    () -> name + " is old: -Dadjoint.pictures=write writes it");
            assertTrue(svg.length() < 25_000, () -> name + " is too large: " + svg.length());
            String embedded = "![" + pictures.get(i).words() + "](" + name + ")";
            assertTrue(section(chapter, i + 1).contains("\n" + embedded + "\n"), () -> "its step lacks " + embedded);
        }
    }

    private static String name(int step) {
        return String.format("images/duality-%02d.svg", step + 1);
    }

    private static String section(String chapter, int step) {
        String from = chapter.substring(chapter.indexOf("\n## " + step + ". "));
        return from.substring(0, from.indexOf("\n## ", 1));
    }
}
