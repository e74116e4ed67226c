package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.cli.run.Inspection;
import adjoint.cli.run.Json;
import adjoint.cli.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainTest {
    @TempDir
    Path folder;

    private Path trained(String attention) {
        Path run = folder.resolve(attention);
        assertEquals(
                0,
                Cli.train("--attention", attention, "--epochs", "1", "--out", run)
                        .status());
        return run;
    }

    private static double number(String pattern, String line) {
        Matcher matcher = Pattern.compile(pattern).matcher(line);
        assertTrue(matcher.find(), line);
        return Double.parseDouble(matcher.group(1));
    }

    /// The singular functions of a matrix of weights: strengths are the singular values, and shares add up to what the
    /// head's line says.
    @Test
    void softmaxAttentionByTheSingularVectorsOfItsWeights() throws IOException {
        Path run = trained("softmax");
        Cli.Outcome outcome = Cli.run("explain", run.toString(), "--case", "2", "--layer", "2");
        assertEquals("", outcome.err());
        assertEquals(0, outcome.status());
        List<String> lines = outcome.out().lines().toList();
        assertTrue(
                lines.getFirst()
                        .matches("test case 2 of 15, 12 steps: the model says \\S+ \\([\\d.]+ %\\), the truth is \\S+"),
                lines.getFirst());
        assertEquals("layer 2", lines.get(1));
        String head = lines.get(2);
        assertTrue(head.startsWith("  head 1: σ ") && !head.contains("ρ"), head);
        double[] sigma = Arrays.stream(
                        head.replaceFirst(".*σ ([^(]*) \\(.*", "$1").split(", "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        double all = 0;
        for (int i = 0; i < 3; i++) {
            String line = lines.get(3 + 3 * i);
            assertEquals(sigma[i], number("σ ([\\d.]+),", line), line);
            all += number("([\\d.]+) % of", line);
            assertTrue(lines.get(4 + 3 * i).startsWith("      queries  step "), outcome.out());
            assertTrue(lines.get(5 + 3 * i).startsWith("      keys     step "), outcome.out());
        }
        assertEquals(number("\\(([\\d.]+) % of", head), all, 0.2);
        assertEquals(2, lines.stream().filter(line -> line.contains("head")).count());
        String page = Files.readString(run.resolve("explain-2.html"));
        assertTrue(page.contains("<h1>Test case 2 of 15</h1>") && page.contains("<svg"), page);
        assertFalse(page.contains("<script"));
    }

    /// A primal mechanism is explained by its own scores; where those are singular vectors, by these.
    @Test
    void primalMechanismsByTheirScores() throws IOException {
        for (String kind : List.of("ksvd", "stiefel", "primal")) {
            Path run = trained(kind);
            Path out = folder.resolve("pages");
            Cli.Outcome outcome = Cli.run("explain", run.toString(), "--out", out.toString());
            assertEquals("", outcome.err());
            List<String> lines = outcome.out().lines().toList();
            String head = lines.get(2);
            String first = lines.get(3);
            assertTrue(first.startsWith("    uᵀKv "), first);
            assertEquals(kind.equals("stiefel"), head.contains(", gap "), head);
            if (kind.equals("ksvd")) {
                assertEquals(number("σ ([\\d.]+),", head), number("uᵀKv ([\\d.]+),", first), head + first);
                assertTrue(head.contains("ρ 0.000"), head);
            }
            int shown = new RunFolder(run).readInspection().example() + 1;
            assertTrue(lines.getFirst().startsWith("test case " + shown + " of 15"), lines.getFirst());
            Files.delete(out.resolve("explain-" + shown + ".html"));
            assertEquals("layer 1", lines.get(1));
            assertTrue(lines.contains("layer 2"), outcome.out());
        }
        assertTrue(Files.readString(folder.resolve("stiefel/report.html")).contains("Ky Fan"));
        assertTrue(Files.readString(folder.resolve("stiefel/metrics.jsonl")).contains("\"gap\":[[0."));
    }

    /// With softmax in the first layer, figures and words are those of the layer that has them.
    @Test
    void layersOfTwoKinds() throws IOException {
        for (String kind : List.of("primal", "stiefel")) {
            Path run = folder.resolve(kind);
            Cli.train("--attention", kind, "--set=model.attention.last=1", "--epochs", "1", "--out", run);
            RunFolder left = new RunFolder(run);
            Map<?, ?> line =
                    (Map<?, ?>) Json.parse(Files.readString(left.metrics()).strip());
            boolean gapped = kind.equals("stiefel");
            List<String> names = gapped ? List.of("kkt_residual", "gap") : List.of("kkt_residual", "head_j_squared");
            for (String name : names) {
                List<?> layers = (List<?>) line.get(name);
                assertEquals(2, layers.size());
                assertEquals(Arrays.asList(null, null), layers.get(0), name);
                for (Object value : (List<?>) layers.get(1)) {
                    assertTrue(((Number) value).doubleValue() > 0, line.toString());
                }
            }
            assertEquals(gapped, line.containsKey("gap"));
            List<?> objectives = (List<?>) line.get("layer_j_squared");
            assertTrue(objectives.get(0) == null && ((Number) objectives.get(1)).doubleValue() > 0);
            Inspection.Head head = left.readInspection().layers().get(1).heads().getFirst();
            double rho = ((Number) ((List<?>) ((List<?>) line.get("kkt_residual")).get(1)).getFirst()).doubleValue();
            assertEquals(head.kktResidual().orElseThrow(), rho);
            String report = Files.readString(run.resolve("report.html"));
            assertEquals(
                    3, report.split("KKT residual ρ</").length, "one chart and its title, those of the last layer");
            Cli.run("explain", run.toString());
            int shown = left.readInspection().example() + 1;
            String page = Files.readString(run.resolve("explain-" + shown + ".html"));
            assertTrue(page.contains("In layer 2: shown are the functions that the head has"), page);
            assertTrue(page.contains("In layer 1: shown are the singular functions with the greatest σ."), page);
            Cli.run("explain", run.toString(), "--layer", "1");
            page = Files.readString(run.resolve("explain-" + shown + ".html"));
            assertTrue(page.contains("v. Shown are the singular functions with the greatest σ. A token"), page);
        }
    }

    @Test
    void whatCannotBeExplained() {
        String out = folder.resolve("nothing").toString();
        assertTrue(Cli.run("explain", out).err().startsWith("adjoint: no run in " + out));
        String run = trained("linear").toString();
        assertMessage(
                "--case: expected a whole number from 1 to 15, as many as there are test series, got '16'",
                "explain",
                run,
                "--case",
                "16");
        assertMessage(
                "--case: expected a whole number from 1 to 15, as many as there are test series, got '0'",
                "explain",
                run,
                "--case",
                "0");
        assertMessage(
                "--layer: expected a whole number from 1 to 2, as many as the model has, got '3'",
                "explain",
                run,
                "--layer",
                "3");
        assertTrue(Cli.run("--help").out().contains("  explain "));
    }

    private static void assertMessage(String message, String... arguments) {
        Cli.Outcome outcome = Cli.run(arguments);
        assertEquals("adjoint: " + message + "\n", outcome.err());
        assertEquals(2, outcome.status());
    }
}
