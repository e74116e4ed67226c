package adjoint.cli.report;

import adjoint.cli.config.Config;
import adjoint.cli.config.Experiments;
import adjoint.cli.run.Epoch;
import adjoint.cli.run.Inspection;
import adjoint.cli.run.Result;
import adjoint.duality.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// A recorded run made of formulas, in the shape of a real one.
final class SampleRun {
    private SampleRun() {}

    /// @param name the experiment's and every class's name begins with this
    static Page page(String name, int epochs, int layers, int heads, int classes, int steps, boolean primal) {
        Config config = Config.of(Experiments.defaults("uea/JapaneseVowels"));
        return new Page(
                config,
                list(epochs, e -> epoch(e, epochs, layers, heads, primal)),
                result(name, epochs, classes, steps, primal),
                inspection(name, layers, heads, classes, steps, primal));
    }

    private static Epoch epoch(int e, int epochs, int layers, int heads, boolean primal) {
        double t = (e + 1.0) / epochs;
        double wobble = 0.02 * Math.sin(12.9898 * e);
        return new Epoch(
                e + 1,
                0.02 + 2.1 * Math.exp(-6 * t) + Math.abs(wobble),
                Math.min(1, 1 - 0.8 * Math.exp(-8 * t)),
                0.4 * Math.exp(-5 * t),
                0.1 + 1.9 * Math.exp(-5 * t) + 2 * Math.abs(wobble),
                Math.min(0.984, 0.975 - 0.7 * Math.exp(-7 * t) + wobble / 2),
                1.84,
                0.31,
                146.7,
                790 + e * 0.1,
                150_000,
                Optional.of(new Epoch.AttentionFigures(
                        table(layers, heads, (l, h) -> 6 + 3 * l + h * (1 - Math.exp(-4 * t))),
                        primal ? Optional.of(list(layers, l -> Math.exp(-9 * t - l) + 1e-6)) : Optional.empty(),
                        primal
                                ? Optional.of(table(layers, heads, (l, h) -> Math.exp(-8 * t - l - h) + 1e-6))
                                : Optional.empty(),
                        primal
                                ? Optional.of(table(layers, heads, (l, h) -> 1 - 0.05 * h * t + wobble / 4))
                                : Optional.empty(),
                        Optional.empty())));
    }

    private static Result result(String name, int epochs, int classes, int steps, boolean primal) {
        return new Result(
                name,
                primal ? "primal" : "softmax",
                1,
                2,
                2,
                epochs,
                epochs,
                270,
                370,
                classes,
                12,
                steps,
                5_912_345,
                Result.Measure.ACCURACY,
                0.984,
                0.11,
                Math.max(1, epochs * 2 / 3),
                0.976,
                0.12,
                Optional.of(0.231),
                1.84,
                812,
                Result.Ending.FINISHED,
                Map.of("adjoint", "0.1.0", "java", "25.0.1"));
    }

    private static Inspection inspection(String name, int layers, int heads, int classes, int steps, boolean primal) {
        List<List<Double>> confusion = table(
                classes, classes, (i, j) -> i == j ? 38.0 - i % 3 : (i * 7 + j * 3) % 19 == 0 ? 1 + (i + j) % 3 : 0);
        return new Inspection(
                list(classes, i -> name + (i + 1)),
                confusion,
                4,
                name + 1,
                steps,
                list(
                        layers,
                        l -> new Inspection.Layer(
                                primal ? Optional.of(3.2e-5) : Optional.empty(),
                                list(heads, h -> head(l, h, steps, primal)))));
    }

    private static Inspection.Head head(int layer, int head, int steps, boolean primal) {
        List<Double> spectrum = list(steps, i -> 20 * Math.exp(-i * (0.2 + 0.05 * head)));
        List<List<Double>> kernel = table(
                steps,
                steps,
                (i, j) -> primal
                        ? Math.cos((i - j) * (0.1 + 0.05 * head) + layer)
                        : Math.exp(-Math.abs(i - j) / (1.0 + head)));
        return new Inspection.Head(
                spectrum,
                spectrum.stream().mapToDouble(x -> x / 20).sum(),
                primal ? Optional.of(0.93) : Optional.empty(),
                Optional.empty(),
                primal ? Optional.empty() : Optional.of(Certificate.exact(Certificate.Kind.FENCHEL_YOUNG_GAP, 0.0123)),
                kernel);
    }

    private interface Entry {
        double at(int row, int column);
    }

    private static List<List<Double>> table(int rows, int columns, Entry entry) {
        return list(rows, i -> list(columns, j -> entry.at(i, j)));
    }

    private static <T> List<T> list(int size, IntFunction<T> element) {
        return new ArrayList<>(IntStream.range(0, size).mapToObj(element).toList());
    }
}
