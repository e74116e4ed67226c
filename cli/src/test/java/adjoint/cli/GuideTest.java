package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import jdk.jshell.Diag;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The guide is true: every Java snippet of a chapter compiles and runs, one after the other in one shell as
/// `./adjoint shell` opens it; where a line ends with `// ⇒ text`, that is the value, and a block of `text` is what was
/// printed since the block of text before.
class GuideTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String VALUE = "// ⇒";

    static Stream<Path> chapters() throws IOException {
        List<Path> chapters = new ArrayList<>();
        try (Stream<Path> guide = Files.list(ROOT.resolve("docs/guide"))) {
            guide.filter(file -> file.toString().endsWith(".md")).forEach(chapters::add);
        }
        chapters.add(ROOT.resolve("README.md"));
        return chapters.stream().filter(GuideTest::hasJava).sorted().map(ROOT::relativize);
    }

    private static boolean hasJava(Path chapter) {
        return read(chapter).lines().anyMatch("```java"::equals);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("chapters")
    void snippetsRunAndGiveTheirValues(Path chapter) {
        try (Shell shell = new Shell(chapter.toString())) {
            List<String> lines = read(ROOT.resolve(chapter)).lines().toList();
            String block = null;
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (line.startsWith("```")) {
                    shell.requireComplete(i);
                    if ("```text".equals(block)) {
                        shell.requirePrinted(text.toString(), i);
                    }
                    text.setLength(0);
                    block = block == null ? line : null;
                } else if ("```java".equals(block)) {
                    shell.line(line, i + 1);
                } else if ("```text".equals(block)) {
                    text.append(line).append('\n');
                }
            }
        }
    }

    @Test
    void tableOfOperationsIsThatOfTheRegistry() {
        String page = read(ROOT.resolve("docs/guide/operations.md"));
        assertTrue(
                page.endsWith("\n" + OperationsCommand.table()),
                "docs/guide/operations.md is old: ./adjoint operations prints its table");
    }

    /// A shell with the start-up script's imports.
    private static final class Shell implements AutoCloseable {
        private final String chapter;
        private final JShell shell;
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        private String pending = "";
        private int start;

        Shell(String chapter) {
            this.chapter = chapter;
            boolean vectors =
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
            JShell.Builder builder = JShell.builder().out(new PrintStream(printed, true, StandardCharsets.UTF_8));
            if (vectors) {
                builder.remoteVMOptions("--add-modules", "jdk.incubator.vector");
            }
            shell = builder.build();
            for (String entry : ShellCommand.classPath().split(File.pathSeparator)) {
                shell.addToClasspath(entry);
            }
            read(ROOT.resolve("docs/start.jsh"))
                    .lines()
                    .filter(line -> line.startsWith("import "))
                    .forEach(line -> evaluate(line + ";", 0));
        }

        /// Adds a line, and runs what is complete with it.
        void line(String line, int number) {
            int comment = line.indexOf(VALUE);
            start = pending.isBlank() ? number : start;
            pending += (comment < 0 ? line : line.substring(0, comment)) + "\n";
            String value = null;
            CompletionInfo info = shell.sourceCodeAnalysis().analyzeCompletion(pending);
            while (!pending.isBlank() && info.completeness().isComplete()) {
                value = evaluate(info.source(), start);
                pending = info.remaining();
                info = shell.sourceCodeAnalysis().analyzeCompletion(pending);
            }
            if (info.completeness() == SourceCodeAnalysis.Completeness.UNKNOWN && !pending.isBlank()) {
                evaluate(pending, start);
            }
            if (comment >= 0) {
                assertEquals(
                        words(line.substring(comment + VALUE.length())),
                        words(String.valueOf(value)),
                        () -> chapter + ":" + number);
            }
        }

        private static String words(String text) {
            return text.strip().replaceAll("\\s+", " ").replace("[ ", "[");
        }

        void requirePrinted(String text, int number) {
            assertEquals(words(text), words(printed.toString(StandardCharsets.UTF_8)), () -> chapter + ":" + number);
            printed.reset();
        }

        void requireComplete(int number) {
            assertTrue(pending.isBlank(), () -> chapter + ":" + number + ": incomplete: " + pending);
            pending = "";
        }

        private String evaluate(String source, int number) {
            String value = null;
            for (SnippetEvent event : shell.eval(source)) {
                if (event.status() == Snippet.Status.REJECTED) {
                    String reasons = shell.diagnostics(event.snippet())
                            .map((Diag reason) -> reason.getMessage(Locale.ROOT))
                            .reduce("", (a, b) -> a + "\n" + b);
                    fail(chapter + ":" + number + ": " + source + reasons);
                }
                if (event.exception() != null) {
                    throw new AssertionError(chapter + ":" + number + ": " + source, event.exception());
                }
                value = event.causeSnippet() == null ? event.value() : value;
            }
            return value;
        }

        @Override
        public void close() {
            shell.close();
        }
    }
}
