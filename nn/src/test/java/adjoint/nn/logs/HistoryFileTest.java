package adjoint.nn.logs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {
    @TempDir
    Path folder;

    private static SortedMap<String, Double> line(Object... entries) {
        SortedMap<String, Double> line = new TreeMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            line.put((String) entries[i], (Double) entries[i + 1]);
        }
        return line;
    }

    @Test
    void csvHasAColumnPerName() throws IOException {
        Path file = folder.resolve("metrics.csv");
        HistoryFile csv = HistoryFile.csv(file);
        List<SortedMap<String, Double>> history = new ArrayList<>();
        history.add(line("step", 5.0, "loss", 0.1));
        csv.recorded(history);
        assertEquals("loss,step\r\n0.1,5\r\n", Files.readString(file));
        history.add(line("step", 10.0, "a \"b\", c", Double.POSITIVE_INFINITY, "loss", Double.NEGATIVE_INFINITY));
        csv.recorded(history);
        assertEquals("\"a \"\"b\"\", c\",loss,step\r\n,0.1,5\r\ninf,-inf,10\r\n", Files.readString(file));
        history.clear();
        csv.recorded(history);
        assertEquals("\r\n", Files.readString(file));
    }

    @Test
    void jsonIsReadBackExactly() throws Exception {
        Path file = folder.resolve("metrics.jsonl");
        SortedMap<String, Double> line = line(
                "third", 1.0 / 3, "tiny", Double.MIN_VALUE, "whole", 3.0, "large", 1e300, "minus", -0.0, "ä\"\n", 2.5);
        HistoryFile.jsonLines(file).recorded(List.of(line, line("inf", Double.POSITIVE_INFINITY)));
        List<String> lines = Files.readAllLines(file);
        assertEquals(2, lines.size());
        assertEquals("{\"inf\": 1e999}", lines.get(1));
        for (Map.Entry<String, Double> entry : line.entrySet()) {
            assertTrue(
                    lines.getFirst().contains(": " + text(entry.getValue())), () -> entry + " in " + lines.getFirst());
        }
        assertTrue(lines.getFirst().contains("\"\\u00e4\\\"\\u000a\": 2.5"), lines.getFirst());
    }

    private static String text(double value) {
        return value == 3 ? "3" : Double.toString(value);
    }

    @Test
    void theFolderIsMade() throws IOException {
        Path file = folder.resolve("new/er/metrics.csv");
        HistoryFile csv = HistoryFile.csv(file);
        csv.began(0, List.of());
        csv.recorded(List.of(line("step", 1.0)));
        assertEquals("step\r\n1\r\n", Files.readString(file));
    }

    @Test
    void aFileThatCannotBeWrittenIsNamed() {
        Path file = folder.resolve("missing/metrics.csv");
        String message = assertThrows(
                        UncheckedIOException.class, () -> HistoryFile.csv(file).recorded(List.of()))
                .getMessage();
        assertTrue(message.startsWith("cannot write the history to " + file + ": "), message);
    }
}
