package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.cli.config.Experiments;
import adjoint.cli.config.Settings;
import adjoint.cli.run.Json;
import adjoint.data.Split;
import adjoint.data.TimeSeries;
import adjoint.linalg.Rng;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UncertaintyTest {
    @TempDir
    private Path folder;

    /// Two classes of waves with noise, slow and fast; with `rate` 0, noise.
    private static TimeSeries waves(String name, int cases, int steps, double rate, long seed) {
        float[][][] values = new float[cases][1][steps];
        int[] labels = new int[cases];
        for (int i = 0; i < cases; i++) {
            labels[i] = i % 2;
            double[] noise = Tensor.normal(Rng.of(seed).child(i), 0, 0.3, DType.F64, steps)
                    .toDoubles();
            for (int t = 0; t < steps; t++) {
                values[i][0][t] = (float) (Math.sin(rate * (1 + labels[i]) * t) + noise[t]);
            }
        }
        return new TimeSeries(name, List.of("x"), values, labels, List.of("slow", "fast"));
    }

    private static UncertaintyExperiment experiment(String epochs) {
        Settings settings = Experiments.defaults("uea/UWaveGestureLibrary");
        for (String assignment : List.of(
                "model.width=8",
                "model.heads=2",
                "model.feedForward=16",
                "model.attention.rank=3",
                "optimiser.lr=0.01",
                "training.threads=1",
                "training.epochs=" + epochs)) {
            settings = settings.under(Settings.assignment(assignment));
        }
        Split split = new Split(waves("waves", 40, 12, 0.4, 1), waves("waves", 30, 12, 0.4, 2));
        return new UncertaintyExperiment(settings, split, waves("noise", 20, 7, 0, 3), 2, 3);
    }

    @Test
    void oneTableOfAllSeeds() throws IOException {
        List<String> told = new ArrayList<>();
        UncertaintyExperiment.Table table = experiment("20").run(told::add);
        assertEquals(16, told.size());
        assertTrue(told.get(3).matches("seed 1 of 2, softmax: epoch 20 of 20, loss [\\d.]+, .* s"), told.get(3));
        assertTrue(told.get(15).startsWith("seed 2 of 2, kep: epoch 20 of 20, "), told.get(15));
        List<String> lines = table.lines();
        assertEquals(6, lines.size());
        assertTrue(lines.get(0).matches("attention +accuracy % +NLL +ECE % +Brier +AURC % +AUROC .*"), lines.get(0));
        assertTrue(lines.get(2).startsWith("softmax, temperature "), lines.get(2));
        assertTrue(lines.get(4).startsWith("KEP-SVGP, 3 draws "), lines.get(4));
        assertTrue(lines.get(5).startsWith("Means over 2 seeds ± standard deviation, after 20 epochs"), lines.get(5));

        Path page = table.write(folder.resolve("out"));
        assertTrue(Files.readString(page).contains("KEP-SVGP, mean"));
        Map<?, ?> json =
                (Map<?, ?>) Json.parse(Files.readString(folder.resolve("out").resolve("result.json")));
        Map<?, ?> rows = (Map<?, ?>) json.get("rows");
        List<?> plain = (List<?>) ((Map<?, ?>) rows.get("softmax")).get("accuracy");
        List<?> scaled = (List<?>) ((Map<?, ?>) rows.get("softmax, temperature")).get("accuracy");
        assertEquals(2, plain.size());
        assertEquals(plain, scaled);
        assertTrue(((Number) plain.getFirst()).doubleValue() > 0.8, plain.toString());
        List<?> drawn = (List<?>) ((Map<?, ?>) rows.get("KEP-SVGP, 3 draws")).get("accuracy");
        assertTrue(((Number) drawn.getFirst()).doubleValue() > 0.8, drawn.toString());

        assertEquals(lines, experiment("20").run(_ -> {}).lines());
    }

    /// Of logits (a, 0) of which the share q is right: 1/(1 + e^(−a/T)) = q.
    @Test
    void temperatureFitsTheShareThatIsRight() {
        double[] logits = new double[20];
        int[] labels = new int[10];
        for (int i = 0; i < 10; i++) {
            logits[2 * i] = 6;
            labels[i] = i < 8 ? 0 : 1;
        }
        double expected = 6 / Math.log(0.8 / 0.2);
        assertEquals(
                expected, UncertaintyExperiment.temperature(Tensor.of(logits, 10, 2), Tensor.ofInts(labels, 10)), 1e-9);
        assertEquals(
                0.01,
                UncertaintyExperiment.temperature(Tensor.of(logits, 10, 2), Tensor.ofInts(new int[10], 10)),
                1e-9);
    }

    @Test
    void partsAreApartAndEvenInTheClasses() {
        Split split = new Split(waves("waves", 40, 12, 0.4, 1), waves("waves", 30, 12, 0.4, 2));
        UncertaintyExperiment.Parts parts =
                UncertaintyExperiment.Parts.of(split, waves("noise", 20, 7, 0, 3), Rng.of(1));
        assertArrayEquals(new int[] {15, 15}, parts.train().classCounts());
        assertArrayEquals(new int[] {5, 5}, parts.validation().classCounts());
        assertEquals(12, parts.other().maxLength());
        double sum = 0;
        for (float[][] series : parts.train().cases()) {
            for (float value : series[0]) {
                sum += value;
            }
        }
        assertEquals(0, sum / (30 * 12), 1e-5);
        TimeSeries line =
                new TimeSeries("line", List.of("x"), new float[][][] {{{0, 2, 4}}, {{5}}}, new int[0], List.of());
        float[][][] stretched = UncertaintyExperiment.Parts.stretched(line, 5).cases();
        assertArrayEquals(new float[] {0, 1, 2, 3, 4}, stretched[0][0]);
        assertArrayEquals(new float[] {5, 5, 5, 5, 5}, stretched[1][0]);
        assertArrayEquals(
                new float[] {0}, UncertaintyExperiment.Parts.stretched(line, 1).cases()[0][0]);
    }

    @Test
    void saysWhatItCannotDo() {
        Cli.Outcome missing = Cli.run("experiment", "uncertainty", "--data", folder.toString());
        assertEquals(2, missing.status());
        assertTrue(
                missing.err().startsWith("adjoint: data set uea/UWaveGestureLibrary not found; searched "),
                missing.err());
        Cli.Outcome none = Cli.run("experiment", "uncertainty", "--seeds", "0");
        assertEquals(2, none.status());
        assertTrue(
                none.err().contains("--seeds must be from 1 to 100 and --draws at least 1, got 0 and 20"), none.err());
        Cli.Outcome epochs = Cli.run("experiment", "uncertainty", "--epochs", "few", "--data", folder.toString());
        assertEquals(2, epochs.status());
    }
}
