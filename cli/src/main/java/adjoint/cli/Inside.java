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

    /// The figures that are recorded every epoch.
    Epoch.AttentionFigures figures() {
        List<AttentionReport.Layer> layers = look.get().layers();
        boolean primal =
                layers.stream().allMatch(layer -> layer.squaredObjective().isPresent());
        return new Epoch.AttentionFigures(
                perHead(layers, AttentionReport.Head::effectiveRank),
                primal
                        ? Optional.of(layers.stream()
                                .map(layer -> layer.squaredObjective().getAsDouble())
                                .toList())
                        : Optional.empty(),
                primal
                        ? Optional.of(
                                perHead(layers, head -> head.squaredObjective().getAsDouble()))
                        : Optional.empty(),
                primal ? Optional.of(perHead(layers, head -> head.residual().getAsDouble())) : Optional.empty(),
                layers.getFirst().heads().getFirst().gap().isPresent()
                        ? Optional.of(perHead(layers, head -> head.gap().getAsDouble()))
                        : Optional.empty());
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
