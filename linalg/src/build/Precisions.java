import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Writes both precisions of the template: each file under `src/template/java` is written for `double`; it is
/// copied as it is, and once more for `float`.
///
///     java Precisions.java <template folder> <output folder>
///
/// In the `float` copy, file name included:
///
/// | in the template | in the copy |
/// |---|---|
/// | the word `double` | `float` |
/// | `Double` at the start of a name or of a hump | `Float` |
/// | `F64` anywhere | `F32` |
/// | a literal such as `0.5`, `1e-3`, `0x1p-24` | `0.5f`, `1e-3f`, `0x1p-24f` |
/// | any of these right behind the mark `/*64*/` | itself: `/*64*/ double`, `/*64*/ 0.5` stay double |
///
/// A file is written only when its text changed, and one whose template is gone is deleted: nothing is
/// compiled again without a reason.
final class Precisions {
    private static final String KEEP = "(?<!/\\*64\\*/ {0,1})";
    private static final Pattern DOUBLE = Pattern.compile(KEEP + "\\bdouble\\b");
    private static final Pattern DOUBLE_HUMP = Pattern.compile(KEEP + "Double(?![a-z])");
    private static final Pattern LITERAL = Pattern.compile(
            KEEP + "(?<![\\w.])(0x[0-9a-fA-F.]+p[+-]?\\d+|\\d+\\.\\d+([eE][+-]?\\d+)?|\\d+[eE][+-]?\\d+)(?![\\w.])");

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException(
                    "expected <template folder> <output folder>, got " + args.length + " arguments");
        }
        Path templates = Path.of(args[0]);
        Path output = Path.of(args[1]);
        Set<Path> written = new HashSet<>();
        if (Files.isDirectory(templates)) {
            try (Stream<Path> files = Files.walk(templates)) {
                for (Path file : files.filter(f -> f.toString().endsWith(".java"))
                        .sorted()
                        .toList()) {
                    String source = Files.readString(file);
                    Path name = templates.relativize(file);
                    written.add(write(output.resolve(name), source));
                    written.add(write(output.resolve(single(name.toString())), single(source)));
                }
            }
        }
        deleteAllBut(written, output);
    }

    /// The single-precision text of a double-precision template; comment lines keep their literals.
    private static String single(String text) {
        String floats = DOUBLE.matcher(text).replaceAll("float");
        floats = DOUBLE_HUMP.matcher(floats).replaceAll("Float").replace("F64", "F32");
        StringBuilder copy = new StringBuilder();
        for (String line : floats.splitWithDelimiters("\n", -1)) {
            boolean comment = line.stripLeading().startsWith("//");
            copy.append(comment ? line : LITERAL.matcher(line).replaceAll("$1f"));
        }
        return copy.toString();
    }

    private static Path write(Path file, String text) throws IOException {
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        }
        return file;
    }

    private static void deleteAllBut(Set<Path> written, Path output) throws IOException {
        if (!Files.isDirectory(output)) {
            return;
        }
        try (Stream<Path> files = Files.walk(output)) {
            files.filter(Files::isRegularFile).filter(f -> !written.contains(f)).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
