package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.cli.config.Config;
import adjoint.cli.run.Json;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunFolder;
import adjoint.duality.attention.Mechanisms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareTest {
    @TempDir
    Path folder;

    private Cli.Outcome compare(String... further) {
        List<String> arguments = new ArrayList<>(List.of("compare", "oscillators", "--out", folder.toString()));
        arguments.addAll(Cli.TINY);
        arguments.addAll(List.of(further));
        return Cli.run(arguments.toArray(String[]::new));
    }

    @Test
    void oneTableOfAllRuns() throws IOException {
        Cli.Outcome outcome = compare("--attention", "primal,linear", "--seeds", "2", "--epochs", "2");
        assertEquals("", outcome.err());
        assertEquals(0, outcome.status());
        List<String> lines = outcome.out().lines().toList();
        assertEquals("training 1/4: " + folder.resolve("primal-1"), lines.getFirst());
        assertTrue(
                lines.get(1).matches("  epoch 1/2  loss .*") && lines.get(2).startsWith("  epoch 2/2"), outcome.out());
        lines = lines.stream().filter(line -> !line.startsWith("  epoch")).toList();
        assertTrue(lines.get(4).startsWith("attention"), outcome.out());
        Result first = new RunFolder(folder.resolve("linear-1")).readResult();
        Result second = new RunFolder(folder.resolve("linear-2")).readResult();
        assertEquals("linear", first.attention());
        assertEquals(2, second.seed());
        double a = 100 * first.bestAccuracy();
        double b = 100 * second.bestAccuracy();
        String spread = String.format(Locale.ROOT, "%.1f ± %.1f", (a + b) / 2, Math.abs(a - b) / Math.sqrt(2));
        assertTrue(lines.get(6).startsWith("linear ") && lines.get(6).contains(spread), lines.get(6) + spread);
        assertTrue(lines.get(4).endsWith("certificate"), lines.get(4));
        assertTrue(lines.get(5).matches("primal .* ρ [01]\\.\\d\\d\\d"), outcome.out());
        assertTrue(lines.get(6).matches("linear .* relative error [\\d.]+·10⁻[⁶⁷⁸]"), outcome.out());
        assertTrue(lines.get(6).matches(".* (0\\.500|1\\.000) .* [\\d.]+ % in 3 .*"), lines.get(6));
        String page = Files.readString(folder.resolve("comparison.html"));
        assertTrue(page.contains("oscillators: 2 attentions, 2 seeds") && page.contains(spread), page);
        assertTrue(page.contains("standard deviation; memory: the most of any."), page);
        Map<?, ?> json = (Map<?, ?>) Json.parse(Files.readString(folder.resolve("comparison.json")));
        Map<?, ?> row = (Map<?, ?>) ((List<?>) json.get("rows")).get(1);
        assertEquals(first.bestAccuracy(), ((Number) ((List<?>) row.get("best")).getFirst()).doubleValue());
        assertEquals(
                Math.max(first.peakMemoryMb(), second.peakMemoryMb()),
                ((Number) row.get("peak_memory_mb")).doubleValue());

        assertEquals(
                lines.subList(4, lines.size()),
                compare("--attention", "primal,linear", "--seeds", "2", "--epochs", "2")
                        .out()
                        .lines()
                        .toList());

        Cli.Outcome other = compare("--attention", "linear", "--seeds", "1", "--epochs", "2", "--set=optimiser.lr=0.5");
        assertEquals(2, other.status());
        assertTrue(other.err().contains("optimiser.lr was 0.001 and cannot become 0.5"), other.err());

        Files.delete(folder.resolve("linear-2").resolve("result.json"));
        List<String> more = compare("--attention", "linear", "--seeds", "2", "--epochs", "3")
                .out()
                .lines()
                .toList();
        assertTrue(more.get(1).startsWith("  epoch 3/3"), more.toString());
        assertEquals("going on 1/2: " + folder.resolve("linear-1"), more.get(0));
        assertEquals(3, new RunFolder(folder.resolve("linear-2")).readResult().epochs());
    }

    /// One mechanism with several settings, each in a row of its own.
    @Test
    void entriesHaveSettingsOfTheirOwn() throws IOException {
        String[] arguments = {
            "--attention", "primal,primal:regulariser=rho2:eta=0.5,stiefel:rank=2", "--seeds", "1", "--epochs", "1"
        };
        Cli.Outcome outcome = compare(arguments);
        assertEquals("", outcome.err());
        RunFolder variant = new RunFolder(folder.resolve("primal-regulariser-rho2-eta-0.5-1"));
        Config.Attention attention = variant.readConfig().model().attention();
        assertEquals(Config.Attention.Regulariser.RHO2, attention.regulariser());
        assertEquals(0.5, attention.eta());
        assertEquals(
                2,
                new RunFolder(folder.resolve("stiefel-rank-2-1"))
                        .readConfig()
                        .model()
                        .attention()
                        .rank());
        List<String> table = outcome.out()
                .lines()
                .dropWhile(line -> !line.startsWith("attention"))
                .toList();
        assertTrue(table.get(1).matches("primal   .* ρ [01]\\.\\d{3}"), table.get(1));
        assertTrue(table.get(2).startsWith("primal:regulariser=rho2:eta=0.5  "), table.get(2));
        assertTrue(table.get(3).matches("stiefel:rank=2 .*% in 2 .* ρ \\d\\.\\d{3}, gap [01]\\.\\d{3}"), table.get(3));
        Map<?, ?> json = (Map<?, ?>) Json.parse(Files.readString(folder.resolve("comparison.json")));
        Map<?, ?> row = (Map<?, ?>) ((List<?>) json.get("rows")).get(2);
        double gap = ((Number) row.get("gap")).doubleValue();
        assertTrue(gap > 0 && gap < 2, "gap " + gap);
        assertTrue(Files.readString(folder.resolve("comparison.html")).contains("Ky Fan"));
        assertEquals(table, compare(arguments).out().lines().toList(), "what is done is not done again");
    }

    /// Each mechanism has a certificate of its own, and settings.
    @Test
    void certificatesOfMechanisms() throws IOException {
        Cli.Outcome outcome = compare(
                "--attention",
                "favor:features=16,sinkhorn:iterations=5,hopfield:steps=5,softmax",
                "--seeds=1",
                "--epochs=1");
        assertEquals("", outcome.err());
        List<String> table = outcome.out()
                .lines()
                .dropWhile(line -> !line.startsWith("attention"))
                .toList();
        assertTrue(table.get(1).matches("favor.* Fenchel–Young gap [^ ]+"), table.get(1));
        assertTrue(table.get(2).matches("sinkhorn.* constraint residual [^ ]+"), table.get(2));
        assertTrue(table.get(3).matches("hopfield.* KKT residual [^ ]+"), table.get(3));
        assertTrue(table.get(4).matches("softmax.* –"), table.get(4));
        RunFolder favor = new RunFolder(folder.resolve("favor-features-16-1"));
        double mean = favor.readInspection().layers().stream()
                .flatMap(layer -> layer.heads().stream())
                .mapToDouble(head -> head.certificate().orElseThrow().value())
                .average()
                .orElseThrow();
        Map<?, ?> json = (Map<?, ?>) Json.parse(Files.readString(folder.resolve("comparison.json")));
        Map<?, ?> row = (Map<?, ?>) ((List<?>) json.get("rows")).getFirst();
        assertEquals(
                mean, ((Number) ((Map<?, ?>) row.get("certificate")).get("FENCHEL_YOUNG_GAP")).doubleValue(), 1e-15);
        assertTrue(mean > 0 && mean < 1, "gap " + mean);
        assertTrue(Files.readString(folder.resolve("favor-features-16-1/report.html"))
                .contains("Fenchel–Young gap "));
        String explained = Cli.run(
                        "explain", folder.resolve("favor-features-16-1").toString())
                .out();
        assertTrue(explained.contains(", Fenchel–Young gap "), explained);
    }

    @Test
    void entriesThatCannotBeUsed() throws IOException {
        String[][] wrong = {
            {
                "primal,primal:regulariser=rho3",
                "entry 'primal:regulariser=rho3' of --attention: model.attention.regulariser: expected one of j2, rho2,"
                        + " got 'rho3', did you mean rho2?"
            },
            {
                "primal:rho2",
                "entry 'primal:rho2' of --attention: expected key=value after ':', e.g. primal:regulariser=rho2, got"
                        + " 'rho2'"
            },
            {
                "primal:regularizer=rho2",
                "entry 'primal:regularizer=rho2' of --attention: unknown key model.attention.regularizer, did you mean"
                        + " model.attention.regulariser?"
            },
            {"ksvd:eta=1", "entry 'ksvd:eta=1' of --attention: ksvd attention has no setting eta; it has rank, last"},
            {"linear:rank=1", "entry 'linear:rank=1' of --attention: linear attention has no setting rank; it has last"
            },
            {
                "linear:features=8",
                "entry 'linear:features=8' of --attention: linear attention has no setting features; it has last"
            },
            {
                "favor:landmarks=8",
                "entry 'favor:landmarks=8' of --attention: favor attention has no setting landmarks; it has features,"
                        + " redraw, last"
            },
            {
                "nystrom:steps=2",
                "entry 'nystrom:steps=2' of --attention: nystrom attention has no setting steps; it has landmarks,"
                        + " window, last"
            },
            {
                "hopfield:iterations=3",
                "entry 'hopfield:iterations=3' of --attention: hopfield attention has no setting iterations; it has"
                        + " steps, last"
            },
            {
                "sparsemax:alpha=2",
                "entry 'sparsemax:alpha=2' of --attention: sparsemax attention has no setting alpha; it has last"
            },
            {
                "sinkhorn:iterations=2",
                "entry 'sinkhorn:iterations=2' of --attention: model.attention.iterations: expected an odd number, got"
                        + " '2'"
            },
            {
                "entmax:alpha=9",
                "entry 'entmax:alpha=9' of --attention: model.attention.alpha: expected 0, or a number from 1 to 8,"
                        + " got '9'"
            },
            {
                "primal:",
                "entry 'primal:' of --attention: expected key=value after ':', e.g. primal:regulariser=rho2, got ''"
            },
        };
        for (String[] pair : wrong) {
            Cli.Outcome outcome = compare("--attention", pair[0]);
            assertEquals("adjoint: " + pair[1] + "\n", outcome.err());
            assertEquals(2, outcome.status());
        }
        try (var files = Files.list(folder)) {
            assertFalse(files.findAny().isPresent());
        }
    }

    @Test
    void badInputIsToldBeforeAnythingIsTrained() throws IOException {
        assertEquals(
                "adjoint: --seeds: expected a whole number from 1 to 1000, got '0'\n",
                compare("--seeds", "0").err());
        assertTrue(compare("--attention", "linear,sofmax").err().contains("got 'sofmax', did you mean softmax?"));
        try (var files = Files.list(folder)) {
            assertFalse(files.findAny().isPresent());
        }
        Cli.Outcome failed =
                compare("--attention", "linear", "--seeds", "1", "--data", "nowhere", "--set=model.width=2000000");
        assertEquals(2, failed.status());
        assertTrue(
                failed.err()
                        .startsWith("adjoint: the run " + folder.resolve("linear-1")
                                + " did not come to its end: not enough memory for a batch of 8"),
                failed.err());
    }

    @Test
    void spreads() {
        assertEquals(2, Comparison.mean(1, 2, 3));
        assertEquals(1, Comparison.deviation(1, 2, 3));
        assertTrue(Double.isNaN(Comparison.deviation(1)));
    }

    /// Every mechanism is a kind of attention, and each kind but primal, ksvd, stiefel and kep a mechanism.
    @Test
    void allMechanismsAreKinds() {
        List<String> kinds = Arrays.stream(Config.Attention.Kind.values())
                .filter(Config.Attention.Kind::isMechanism)
                .map(Config.Attention.Kind::word)
                .toList();
        assertEquals(Mechanisms.all().stream().map(Mechanisms.Entry::name).toList(), kinds);
        String list = Cli.run("list").out();
        kinds.forEach(kind -> assertTrue(list.contains("\n  " + kind + " "), kind));
    }

    /// One epoch with every kind, on the command line.
    @Test
    void everyKindTrains() {
        for (Config.Attention.Kind kind : Config.Attention.Kind.values()) {
            Cli.Outcome outcome = Cli.train(
                    "--attention",
                    kind.word(),
                    "--epochs",
                    "1",
                    "--out",
                    folder.resolve(kind.word()).toString());
            assertEquals("", outcome.err());
            assertEquals(0, outcome.status());
            assertTrue(outcome.out().contains("model: " + kind.word() + " attention"), outcome.out());
            assertEquals(
                    0,
                    Cli.run("evaluate", folder.resolve(kind.word()).toString()).status());
        }
        assertEquals(
                0,
                Cli.train(
                                "--set=model.attention.regulariser=rho2",
                                "--epochs",
                                "1",
                                "--out",
                                folder.resolve("rho2").toString())
                        .status());
    }

    /// KEP-SVGP in the last layer, its page, and predictions from draws: the same twice, others for other draws.
    @Test
    void predictionsAreDrawn() throws IOException {
        String run = folder.resolve("kep").toString();
        Cli.Outcome trained = Cli.train(
                "--attention",
                "kep",
                "--set=model.layers=2",
                "--set=model.attention.kep=reference-code",
                "--epochs",
                "2",
                "--out",
                run);
        assertEquals("", trained.err());
        assertTrue(trained.out().contains("model: kep attention, the last 1 of 2 layers of"), trained.out());
        assertTrue(trained.out().contains("J² "), trained.out());
        String page = Files.readString(folder.resolve("kep").resolve("report.html"));
        assertTrue(page.contains("of kep attention in the last 1, softmax attention before, "), page);
        String mean = Cli.run("evaluate", run).out();
        String drawn = Cli.run("evaluate", run, "--draws", "1").out();
        assertEquals(drawn, Cli.run("evaluate", run, "--draws", "1").out());
        assertNotEquals(mean, drawn);
        Cli.Outcome none = Cli.run("evaluate", run, "--draws", "-1");
        assertEquals(2, none.status());
        assertEquals("adjoint: --draws: expected a whole number of at least 0, got '-1'\n", none.err());
    }
}
