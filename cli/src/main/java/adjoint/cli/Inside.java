package adjoint.cli;

import adjoint.cli.run.Epoch;
import adjoint.cli.run.Inspection;
import adjoint.duality.AttentionReport;
import adjoint.nn.metrics.Confusion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// The attention of a model on one example, in the words of the run's files.
final class Inside {
    /// A kernel is recorded with at most this many rows and columns.
    private static final int LARGEST_MAP = 128;

    private final List<String> classes;
    private final Problem.Example<?> example;
    private final Supplier<AttentionReport> look;

    private Inside(List<String> classes, Problem.Example<?> example, Supplier<AttentionReport> look) {
        this.classes = classes;
        this.example = example;
        this.look = look;
    }

    static <B> Inside of(Task<B> task, Problem<B> problem) {
        return of(task, problem, problem.example());
    }

    static <B> Inside of(Task<B> task, Problem<B> problem, Problem.Example<B> example) {
        Supplier<AttentionReport> look = () -> AttentionReport.of(pass -> task.logits(example.batch(), 0, 1, pass));
        return new Inside(problem.classNames(), example, look);
    }

    /// The figures that are recorded every epoch; NaN in the rows of a layer without them, if another has them.
    Epoch.AttentionFigures figures() {
        List<AttentionReport.Layer> layers = look.get().layers();
        boolean primal =
                layers.stream().anyMatch(layer -> layer.squaredObjective().isPresent());
        return new Epoch.AttentionFigures(
                perHead(layers, AttentionReport.Head::effectiveRank),
                primal
                        ? Optional.of(layers.stream()
                                .map(layer -> layer.squaredObjective().orElse(Double.NaN))
                                .toList())
                        : Optional.empty(),
                where(layers, AttentionReport.Head::squaredObjective),
                where(layers, AttentionReport.Head::residual),
                where(layers, AttentionReport.Head::gap));
    }

    /// Empty if no head has the figure.
    private static Optional<List<List<Double>>> where(
            List<AttentionReport.Layer> layers, Function<AttentionReport.Head, OptionalDouble> figure) {
        List<List<Double>> all = perHead(layers, head -> figure.apply(head).orElse(Double.NaN));
        boolean some = layers.stream()
                .flatMap(layer -> layer.heads().stream())
                .anyMatch(head -> figure.apply(head).isPresent());
        return some ? Optional.of(all) : Optional.empty();
    }

    /// What is recorded when a run ends.
    ///
    /// @param confusion of the test cases
    Inspection inspect(Confusion confusion) {
        return new Inspection(
                classes,
                table(confusion),
                example.index(),
                example.className(),
                example.length(),
                look.get().layers().stream().map(Inside::layer).toList());
    }

    private static Inspection.Layer layer(AttentionReport.Layer layer) {
        return new Inspection.Layer(
                optional(layer.squaredObjective()),
                layer.heads().stream().map(Inside::head).toList());
    }

    static Inspection.Head head(AttentionReport.Head head) {
        int rows = head.kernel().dim(0);
        int columns = head.kernel().dim(1);
        return new Inspection.Head(
                list(head.spectrum().values()),
                head.effectiveRank(),
                optional(head.residual()),
                optional(head.gap()),
                head.certificate(),
                averaged(head.kernel().toDoubles(), rows, columns));
    }

    /// The matrix in at most [#LARGEST_MAP] rows and columns, each the mean of as many neighbours (but the last, of
    /// what is left), to three digits, which is more than a picture shows.
    private static List<List<Double>> averaged(double[] values, int rows, int columns) {
        int tall = Math.ceilDiv(rows, LARGEST_MAP);
        int wide = Math.ceilDiv(columns, LARGEST_MAP);
        List<List<Double>> map = new ArrayList<>();
        for (int i = 0; i < rows; i += tall) {
            List<Double> row = new ArrayList<>();
            for (int j = 0; j < columns; j += wide) {
                int bottom = Math.min(rows, i + tall);
                int right = Math.min(columns, j + wide);
                double sum = 0;
                for (int k = i; k < bottom; k++) {
                    for (int l = j; l < right; l++) {
                        sum += values[k * columns + l];
                    }
                }
                row.add(Double.valueOf(String.format(Locale.ROOT, "%.2e", sum / ((bottom - i) * (right - j)))));
            }
            map.add(row);
        }
        return map;
    }

    private static List<List<Double>> perHead(
            List<AttentionReport.Layer> layers, ToDoubleFunction<AttentionReport.Head> figure) {
        return layers.stream()
                .map(layer -> layer.heads().stream().map(figure::applyAsDouble).toList())
                .toList();
    }

    private static List<List<Double>> table(Confusion confusion) {
        List<List<Double>> table = new ArrayList<>();
        for (int i = 0; i < confusion.classes(); i++) {
            List<Double> row = new ArrayList<>();
            for (int j = 0; j < confusion.classes(); j++) {
                row.add((double) confusion.count(i, j));
            }
            table.add(row);
        }
        return table;
    }

    private static List<Double> list(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static Optional<Double> optional(OptionalDouble value) {
        return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
    }
}
