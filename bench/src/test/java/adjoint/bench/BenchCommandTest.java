package adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.cli.Console;
import adjoint.cli.run.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
    @TempDir
    Path folder;

    private record Outcome(int status, String out, String err) {}

    private static Outcome run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
        int status = Main.run(console, arguments);
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// The one line on standard error.
    private static String refused(String... arguments) {
        Outcome outcome = run(arguments);
        assertEquals(2, outcome.status(), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertEquals("", outcome.out());
        return outcome.err().strip().substring("adjoint: ".length());
    }

    @Test
    void wrongInputsGiveOneLine() throws IOException {
        assertEquals(
                "unknown suite 'linagl', did you mean linalg? (there is: linalg, autodiff, training, duality)",
                refused("bench", "linagl"));
        assertEquals("Missing required parameter: 'SUITE'", refused("bench"));
        assertEquals(
                "unknown option '--quik', did you mean --quick? (see 'adjoint bench --help')",
                refused("bench", "linalg", "--quik"));
        assertTrue(refused("bench", "linalg", "--peers", "opnblas")
                .startsWith("--peers: unknown peer 'opnblas', did you mean openblas? (there are: openblas, "));
        assertEquals("--threads: expected a number ≥ 1, got 0", refused("bench", "linalg", "--threads", "0"));
        assertEquals(
                "no case of linalg is chosen by these options (--list shows all)",
                refused("bench", "linalg", "--only", "knitting"));
        Path file = Files.writeString(folder.resolve("file"), "");
        assertEquals(
                "the output folder " + file + " cannot be written: " + file + " is a file",
                refused("bench", "linalg", "--out", file.toString()));
    }

    @Test
    void theCasesCanBeListed() {
        Outcome all = run("bench", "linalg", "--list");
        assertEquals(0, all.status(), all.err());
        Outcome some = run("bench", "linalg", "--list", "--quick", "--only", "GEMM nn 512x512,softmax", "--threads=1");
        List<String> lines =
                some.out().lines().filter(line -> line.startsWith("  ")).toList();
        assertTrue(lines.contains("  gemm NN 512×512×512 fp32, 1 thread, beside openblas"), some.out());
        assertTrue(lines.stream().allMatch(line -> line.contains("512")), some.out());
        assertTrue(all.out().length() > 5 * some.out().length());
        Outcome autodiff = run("bench", "autodiff", "--list");
        assertEquals(0, autodiff.status(), autodiff.err());
        Outcome duality = run("bench", "duality", "--list", "--quick");
        assertTrue(duality.out().contains("  primal 2×4096×64 fp32, 1 thread, beside softmax\n"), duality.out());
        assertTrue(autodiff.out().contains("  mul 100 of 16 fp32, 1 thread, beside libtorch\n"), autodiff.out());
    }

    @Test
    @SuppressWarnings("unchecked")
    void aShortRunLeavesItsFiles() throws IOException {
        Path out = folder.resolve("new/bench");
        Outcome outcome = run("bench", "linalg", "--quick", "--only", "dropout 0.1 512", "--out", out.toString());
        assertEquals(0, outcome.status(), outcome.err() + outcome.out());
        assertTrue(outcome.out().contains("dropout 0.1"), outcome.out());
        assertTrue(outcome.out().contains("ns/element"), outcome.out());
        Map<String, Object> json =
                (Map<String, Object>) Json.parse(Files.readString(out.resolve("bench.json"), StandardCharsets.UTF_8));
        Map<String, Object> row = ((List<Map<String, Object>>) json.get("rows")).getFirst();
        assertTrue(((Number) row.get("ours")).doubleValue() > 0, row.toString());
        assertEquals(0L, row.get("bytes_per_call"));
        // Without the profile `peers` there is nobody to compare with, and that is said.
        boolean absent = ((Map<?, ?>) json.get("absent")).containsKey("libtorch");
        assertEquals(absent, row.get("ratio") == null, row.toString());
        assertEquals(absent, outcome.out().contains("libtorch is absent: "), outcome.out());
        assertFalse(Files.readString(out.resolve("bench.html")).isBlank());
    }
}
