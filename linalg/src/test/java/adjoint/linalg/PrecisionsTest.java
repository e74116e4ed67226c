package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The program that writes both precisions of the template.
class PrecisionsTest {
    @TempDir
    Path folder;

    private void write(String source) throws IOException, InterruptedException {
        Files.createDirectories(folder.resolve("in/a"));
        Files.writeString(folder.resolve("in/a/DoubleThing.java"), source);
        new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        Path.of("src/build/Precisions.java").toAbsolutePath().toString(),
                        folder.resolve("in").toString(),
                        folder.resolve("out").toString())
                .inheritIO()
                .start()
                .waitFor();
    }

    @Test
    void bothPrecisionsAreWritten() throws Exception {
        String source = """
                /// Of 0.5 double[] elements.
                class DoubleThing {
                    double x = 0.5 + 1e-3 * 0x1p-24 - 10 / 1.5e+7;
                    /*64*/ double wide = /*64*/ 0.25;
                    Precision p = Precision.F64;
                    long n = Double.doubleToLongBits(Double.MAX_VALUE) + v1.x;
                }
                """;
        String single = """
                /// Of 0.5 float[] elements.
                class FloatThing {
                    float x = 0.5f + 1e-3f * 0x1p-24f - 10 / 1.5e+7f;
                    /*64*/ double wide = /*64*/ 0.25;
                    Precision p = Precision.F32;
                    long n = Float.doubleToLongBits(Float.MAX_VALUE) + v1.x;
                }
                """;
        write(source);
        assertEquals(source, Files.readString(folder.resolve("out/a/DoubleThing.java")));
        assertEquals(single, Files.readString(folder.resolve("out/a/FloatThing.java")));
    }

    @Test
    void whatHasNoTemplateIsDeletedAndTheRestLeftAlone() throws Exception {
        write("class DoubleThing {}\n");
        Path copy = folder.resolve("out/a/FloatThing.java");
        Files.setLastModifiedTime(copy, java.nio.file.attribute.FileTime.fromMillis(1000));
        Files.writeString(folder.resolve("out/a/FloatGone.java"), "");
        write("class DoubleThing {}\n");
        assertEquals(1000, Files.getLastModifiedTime(copy).toMillis());
        assertFalse(Files.exists(folder.resolve("out/a/FloatGone.java")));
    }
}
