package adjoint.nn.logs;

import adjoint.nn.Callback;
import adjoint.nn.internal.AtomicFile;
import adjoint.nn.internal.JsonText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.function.Function;

/// Keeps a training's history as a file, written anew, atomically, whenever a line is added: so it never has half a
/// line nor one twice, also after a crash.
///
/// ```
/// fit.telling(HistoryFile.csv(Path.of("metrics.csv"))).telling(HistoryFile.jsonLines(Path.of("metrics.jsonl")));
/// ```
///
/// Numbers are written so that they are read back exactly.
public final class HistoryFile implements Callback {
    private final Path file;
    private final Function<List<SortedMap<String, Double>>, String> format;

    private HistoryFile(Path file, Function<List<SortedMap<String, Double>>, String> format) {
        this.file = file;
        this.format = format;
    }

    /// Comma-separated values (RFC 4180): a column per name, in alphabetical order, empty where a line does not have
    /// it. Infinities are `inf` and `-inf`.
    public static HistoryFile csv(Path file) {
        return new HistoryFile(file, HistoryFile::csvText);
    }

    /// A JSON object per line. Infinities, which JSON has no numbers for, are `1e999` and `-1e999`, which readers take
    /// for them.
    public static HistoryFile jsonLines(Path file) {
        return new HistoryFile(file, HistoryFile::jsonText);
    }

    /// Makes the file's folder if need be.
    @Override
    public void began(long step, List<SortedMap<String, Double>> history) {
        Path folder = file.toAbsolutePath().getParent();
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + " of the history", e);
        }
    }

    @Override
    public void recorded(List<SortedMap<String, Double>> history) {
        try {
            byte[] text = format.apply(history).getBytes(StandardCharsets.UTF_8);
            AtomicFile.write(file, channel -> {
                ByteBuffer bytes = ByteBuffer.wrap(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the history to " + file + ": " + e.getMessage(), e);
        }
    }

    private static String csvText(List<SortedMap<String, Double>> history) {
        SortedSet<String> columns = new TreeSet<>();
        history.forEach(line -> columns.addAll(line.keySet()));
        StringBuilder out = new StringBuilder();
        StringJoiner header = new StringJoiner(",", "", "\r\n");
        columns.forEach(column -> header.add(field(column)));
        out.append(header);
        for (SortedMap<String, Double> line : history) {
            StringJoiner row = new StringJoiner(",", "", "\r\n");
            columns.forEach(column -> row.add(line.containsKey(column) ? number(line.get(column), "inf", "-inf") : ""));
            out.append(row);
        }
        return out.toString();
    }

    private static String field(String text) {
        return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n')
                ? '"' + text.replace("\"", "\"\"") + '"'
                : text;
    }

    private static String jsonText(List<SortedMap<String, Double>> history) {
        StringBuilder out = new StringBuilder();
        for (SortedMap<String, Double> line : history) {
            StringJoiner object = new StringJoiner(", ", "{", "}\n");
            line.forEach((name, value) -> {
                StringBuilder member = new StringBuilder();
                JsonText.quote(member, name);
                object.add(member.append(": ").append(number(value, "1e999", "-1e999")));
            });
            out.append(object);
        }
        return out.toString();
    }

    /// The shortest text that is read back as the same number.
    private static String number(double value, String infinity, String negativeInfinity) {
        if (Double.isInfinite(value)) {
            return value > 0 ? infinity : negativeInfinity;
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1L << 53;
        return whole && (value != 0 || 1 / value > 0) ? Long.toString((long) value) : Double.toString(value);
    }
}
