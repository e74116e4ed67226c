package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The search for a JDK that `./adjoint` and `./mvnw` share, among folders that only look like JDKs: the search never
/// starts one.
@DisabledOnOs(OS.WINDOWS)
final class FindJdkTest {
    private static final Path SCRIPT =
            Path.of("..", ".mvn", "find-jdk.sh").toAbsolutePath().normalize();

    /// Standard output and error of a search, and its status.
    private record Answer(String out, String err, int status) {}

    private Path folders;

    @BeforeEach
    void realFolder(@TempDir Path temporary) throws IOException {
        folders = Files.createDirectory(temporary.toRealPath().resolve("with space"));
    }

    @Test
    void javaHomeComesFirst() throws Exception {
        Path home = jdk("home", "26.0.1");
        jdk("folders/jdk-25", "25.0.3");
        assertFound(home, search(home, null));
    }

    @Test
    void anOldJavaHomeIsPassedOver() throws Exception {
        Path old = jdk("home", "17.0.15");
        Path suitable = jdk("folders/jdk-25", "25.0.3");
        assertFound(suitable, search(old, null));
    }

    @Test
    void theJavaOnThePathIsFollowedThroughItsLinks() throws Exception {
        Path jdk = jdk("elsewhere/jdk", "25");
        Path bin = Files.createDirectories(folders.resolve("bin"));
        Path alternative = Files.createSymbolicLink(folders.resolve("alternative"), jdk.resolve("bin/java"));
        Files.createSymbolicLink(
                bin.resolve("java"), Path.of("..", alternative.getFileName().toString()));
        assertFound(jdk, search(null, bin));
    }

    @Test
    void theLowestSuitableVersionOfTheFoldersWins() throws Exception {
        jdk("folders/a", "100.0.1");
        jdk("folders/b", "24.0.2");
        Path suitable = jdk("folders/c", "25-ea");
        jdk("folders/d", "26");
        assertFound(suitable, search(null, null));
    }

    @Test
    void theHomeInsideAMacBundleIsFound() throws Exception {
        Path home = jdk("folders/temurin-25.jdk/Contents/Home", "25.0.1");
        assertFound(home, search(null, null));
    }

    @Test
    void withoutASuitableOneItSaysWhatWasFoundWhere() throws Exception {
        Path old = jdk("home", "1.8.0_392");
        Path seventeen = jdk("folders/jdk-17", "17.0.15");
        Path withoutCompiler = jdk("folders/jre-25", "25.0.3");
        Files.delete(withoutCompiler.resolve("bin/javac"));

        Answer answer = search(old, null);

        assertAll(
                () -> assertEquals(1, answer.status),
                () -> assertEquals("", answer.out),
                () -> assertContains("Adjoint needs a JDK 25 or newer, and none was found.", answer.err),
                () -> assertContains("JAVA_HOME " + old + ": 1.8.0_392", answer.err),
                () -> assertContains(seventeen + ": 17.0.15", answer.err),
                () -> assertContains(withoutCompiler + ": 25.0.3, without a compiler", answer.err),
                () -> assertContains("the java on PATH (none)", answer.err),
                () -> assertContains("  " + folders.resolve("folders") + "\n", answer.err),
                () -> assertContains("https://adoptium.net/temurin/releases/?version=25", answer.err));
    }

    @Test
    void aJavaHomeThatDoesNotExistIsNamed() throws Exception {
        Path missing = folders.resolve("missing");
        assertContains("JAVA_HOME " + missing + ": no such folder", search(missing, null).err);
    }

    /// A folder that looks like the JDK of a version.
    private Path jdk(String name, String version) throws IOException {
        Path jdk = folders.resolve(name);
        Path bin = Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"any\"\nJAVA_VERSION=\"" + version + "\"\n");
        for (String program : List.of("java", "javac")) {
            assertTrue(Files.createFile(bin.resolve(program)).toFile().setExecutable(true));
        }
        return jdk;
    }

    /// Searches JAVA_HOME, a folder on the PATH (either may be null) and the folder `folders`.
    private Answer search(Path javaHome, Path onPath) throws IOException, InterruptedException {
        Path tools = tools();
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", SCRIPT.toString());
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.put("PATH", onPath == null ? tools.toString() : onPath + ":" + tools);
        environment.put("ADJOINT_JDK_FOLDERS", folders.resolve("folders").toString());
        if (javaHome != null) {
            environment.put("JAVA_HOME", javaHome.toString());
        }
        Path out = folders.resolve("out");
        Path err = folders.resolve("err");
        int status = builder.redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start()
                .waitFor();
        return new Answer(Files.readString(out), Files.readString(err), status);
    }

    /// A folder with the programs the search needs, and without any java.
    private Path tools() throws IOException {
        Path tools = Files.createDirectory(folders.resolve("tools"));
        for (String program : List.of("sed", "readlink", "cat")) {
            Path usual = Path.of("/usr/bin", program);
            Path target = Files.isExecutable(usual) ? usual : Path.of("/bin", program);
            Path script = Files.writeString(tools.resolve(program), "#!/bin/sh\nexec " + target + " \"$@\"\n");
            assertTrue(script.toFile().setExecutable(true));
        }
        return tools;
    }

    private static void assertFound(Path jdk, Answer answer) {
        assertEquals(new Answer(jdk + "\n", "", 0), answer);
    }

    private static void assertContains(String expected, String text) {
        assertTrue(text.contains(expected), () -> "expected \"" + expected + "\" in:\n" + text);
    }
}
