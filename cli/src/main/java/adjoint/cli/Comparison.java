package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.report.Document;
import adjoint.cli.report.Element;
import adjoint.cli.report.Figures;
import adjoint.cli.report.Tables;
import adjoint.cli.run.Inspection;
import adjoint.cli.run.Json;
import adjoint.cli.run.Result;
import adjoint.duality.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Runs of one experiment that differ in attention and seed, as one table: a row per attention, the mean over its seeds
/// and, of the measure, the standard deviation (of a sample).
///
/// @param rows in the order of the runs
record Comparison(String experiment, Result.Measure measure, List<Row> rows) {
    /// What one run left.
    ///
    /// @param name of its row
    record Run(String name, Config config, Result result, Inspection inspection) {}

    /// @param best the measure at the best epoch of each seed
    /// @param last the same at the last
    /// @param milliseconds of a step, evaluation not counted
    /// @param memoryMb the most memory of its processes
    /// @param effectiveRank of the kernels at the end, over layers and heads
    /// @param rank s, as configured
    /// @param leadingEnergy the share of the leading s singular values in the kernels' energy Σσ²
    /// @param kktResidual ρ, where the attention has it
    /// @param gap to Ky Fan's bound, where it has that
    /// @param certificate of another mechanism, where it has one
    /// @param p of the difference of `best` from the first row's: the share of all assignments of signs to the paired
    ///     differences that are as far from 0; none for the first row, a single seed, or more than [#MOST_PAIRS]
    /// @param diverged how many runs ended with a loss that was not finite
    record Row(
            String attention,
            long parameters,
            double[] best,
            double[] last,
            double milliseconds,
            double memoryMb,
            double effectiveRank,
            int rank,
            double leadingEnergy,
            Optional<Double> kktResidual,
            Optional<Double> gap,
            Optional<Certificate> certificate,
            OptionalDouble p,
            int diverged) {}

    /// An exact test by sign flips takes 2ⁿ sums.
    private static final int MOST_PAIRS = 20;

    /// @param runs at least one
    static Comparison of(String experiment, List<Run> runs) {
        LinkedHashMap<String, List<Run>> groups =
                runs.stream().collect(Collectors.groupingBy(Run::name, LinkedHashMap::new, Collectors.toList()));
        Result.Measure measure = runs.getFirst().result().measure();
        boolean accuracy = measure == Result.Measure.ACCURACY;
        List<Row> rows = new ArrayList<>();
        ToDoubleFunction<Result> best = accuracy ? Result::bestAccuracy : Result::bestLoss;
        double[] first = values(groups.firstEntry().getValue(), best);
        groups.forEach((attention, group) -> rows.add(new Row(
                attention,
                group.getFirst().result().parameters(),
                values(group, best),
                values(group, accuracy ? Result::lastAccuracy : Result::lastLoss),
                mean(group.stream().mapToDouble(Comparison::milliseconds).toArray()),
                Arrays.stream(values(group, Result::peakMemoryMb)).max().orElseThrow(),
                heads(group)
                        .mapToDouble(Inspection.Head::effectiveRank)
                        .average()
                        .orElse(Double.NaN),
                rank(group),
                heads(group)
                        .mapToDouble(head -> leadingEnergy(head, rank(group)))
                        .average()
                        .orElse(Double.NaN),
                average(group, Inspection.Head::kktResidual),
                average(group, Inspection.Head::gap),
                certificate(group),
                rows.isEmpty() ? OptionalDouble.empty() : p(values(group, best), first),
                (int) group.stream()
                        .filter(run -> run.result().ending() == Result.Ending.NOT_FINITE)
                        .count())));
        return new Comparison(experiment, measure, rows);
    }

    private static double[] values(List<Run> group, ToDoubleFunction<Result> figure) {
        return group.stream().map(Run::result).mapToDouble(figure).toArray();
    }

    private static Stream<Inspection.Head> heads(List<Run> group) {
        return group.stream()
                .flatMap(run -> run.inspection().layers().stream())
                .flatMap(layer -> layer.heads().stream());
    }

    /// Over the heads that have the figure.
    private static Optional<Double> average(List<Run> group, Function<Inspection.Head, Optional<Double>> figure) {
        OptionalDouble mean = heads(group)
                .flatMap(head -> figure.apply(head).stream())
                .mapToDouble(Double::doubleValue)
                .average();
        return mean.isPresent() ? Optional.of(mean.getAsDouble()) : Optional.empty();
    }

    private static Optional<Certificate> certificate(List<Run> group) {
        Optional<Double> mean = average(group, head -> head.certificate().map(Certificate::value));
        return heads(group)
                .flatMap(head -> head.certificate().stream())
                .findFirst()
                .map(first -> Certificate.exact(first.kind(), mean.orElseThrow()));
    }

    private static int rank(List<Run> group) {
        return group.getFirst().config().model().attention().rank();
    }

    static double leadingEnergy(Inspection.Head head, int rank) {
        double all = 0;
        double leading = 0;
        for (int i = 0; i < head.spectrum().size(); i++) {
            double square = head.spectrum().get(i) * head.spectrum().get(i);
            all += square;
            leading += i < rank ? square : 0;
        }
        return leading / all;
    }

    private static OptionalDouble p(double[] values, double[] first) {
        if (values.length != first.length || values.length < 2 || values.length > MOST_PAIRS) {
            return OptionalDouble.empty();
        }
        List<Double> differences = IntStream.range(0, values.length)
                .mapToObj(i -> values[i] - first[i])
                .toList();
        return differences.stream().allMatch(Double::isFinite)
                ? OptionalDouble.of(GraphExperiment.signFlips(differences))
                : OptionalDouble.empty();
    }

    private static double milliseconds(Run run) {
        int batch = Math.min(run.config().training().batch(), run.result().trainCases());
        return 1000 * run.result().secondsPerEpoch() / Math.ceilDiv(run.result().trainCases(), batch);
    }

    static double mean(double... values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /// Of a sample; NaN for one value.
    static double deviation(double... values) {
        double mean = mean(values);
        double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
        return Math.sqrt(squares / (values.length - 1));
    }

    private List<String> titles() {
        String what = measure == Result.Measure.ACCURACY ? "accuracy %" : "loss";
        return List.of(
                "attention",
                "parameters",
                "best " + what,
                "last " + what,
                "p",
                "ms per step",
                "memory MiB",
                "rank",
                "energy",
                "certificate");
    }

    private List<List<String>> cells() {
        return rows.stream()
                .map(row -> Stream.of(
                                row.attention + (row.diverged == 0 ? "" : " (" + row.diverged + " diverged)"),
                                Figures.count(row.parameters),
                                spread(row.best),
                                spread(row.last),
                                row.p.isPresent() ? Figures.residual(row.p.getAsDouble()) : "–",
                                Figures.number(row.milliseconds),
                                Figures.number(row.memoryMb),
                                Figures.number(row.effectiveRank),
                                Figures.percent(row.leadingEnergy) + " in " + row.rank,
                                certificate(row))
                        .toList())
                .toList();
    }

    private static String certificate(Row row) {
        List<String> words = Figures.certificates(row.kktResidual, row.gap, row.certificate);
        return words.isEmpty() ? "–" : String.join(", ", words);
    }

    private String spread(double[] values) {
        boolean accuracy = measure == Result.Measure.ACCURACY;
        return spread(values, accuracy ? "%.1f" : "%.4f", accuracy ? 100 : 1);
    }

    /// Mean ± deviation, in units of 1/`unit`.
    static String spread(double[] values, String format, double unit) {
        String mean = String.format(Locale.ROOT, format, unit * mean(values));
        return values.length < 2 ? mean : mean + " ± " + String.format(Locale.ROOT, format, unit * deviation(values));
    }

    /// The table as text.
    List<String> lines() {
        return lines(titles(), cells());
    }

    /// A table as text, in columns.
    static List<String> lines(List<String> titles, List<List<String>> cells) {
        List<List<String>> all = new ArrayList<>(List.of(titles));
        all.addAll(cells);
        int[] widths = IntStream.range(0, titles.size())
                .map(c ->
                        all.stream().mapToInt(row -> row.get(c).length()).max().orElse(0))
                .toArray();
        return all.stream()
                .map(row -> IntStream.range(0, widths.length)
                        .mapToObj(c -> c == 0
                                ? row.get(c) + " ".repeat(widths[c] - row.get(c).length())
                                : " ".repeat(widths[c] - row.get(c).length()) + row.get(c))
                        .collect(Collectors.joining("  ")))
                .toList();
    }

    String toHtml() {
        int seeds = rows.getFirst().best.length;
        return new Document(experiment + ", attentions compared · Adjoint")
                .add(
                        Element.of(
                                "h1",
                                experiment + ": " + rows.size() + " attentions, " + seeds
                                        + (seeds == 1 ? " seed" : " seeds")),
                        Element.of(
                                "p",
                                "Means over the seeds ± standard deviation; memory: the most of any. p: of the differences of the best from the"
                                        + " first row's, seed by seed, under all changes of their signs. rank:"
                                        + " effective rank Σσ/σ₁ of the kernels at the end. energy: the share of the"
                                        + " leading singular values, as many as model.attention.rank, in Σσ². certificate:"
                                        + " the mean over the heads that have one, 0 for a perfect result; ρ: residual"
                                        + " of the KKT equations, 0 at a singular value decomposition; gap: from Ky"
                                        + " Fan's bound, 0 at singular subspaces; KKT residual: of a fixed point;"
                                        + " constraint residual: of sums that are to be 1; Fenchel–Young gap: of the"
                                        + " weights from those that they stand for; relative error: of the primal side"
                                        + " beside the dual; – where an attention is what it stands for."),
                        Tables.of(titles(), cells()))
                .toHtml();
    }

    String toJson() {
        List<Object> all = new ArrayList<>();
        for (Row row : rows) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("attention", row.attention);
            fields.put("parameters", row.parameters);
            fields.put("best", Arrays.stream(row.best).boxed().toList());
            fields.put("last", Arrays.stream(row.last).boxed().toList());
            fields.put("milliseconds_per_step", row.milliseconds);
            fields.put("peak_memory_mb", row.memoryMb);
            fields.put("effective_rank", row.effectiveRank);
            fields.put("rank", row.rank);
            fields.put("leading_energy", row.leadingEnergy);
            row.p.ifPresent(value -> fields.put("p", value));
            row.gap.ifPresent(value -> fields.put("gap", value));
            row.kktResidual.ifPresent(value -> fields.put("kkt_residual", value));
            row.certificate.ifPresent(
                    one -> fields.put("certificate", Map.of(one.kind().name(), one.value())));
            fields.put("diverged", row.diverged);
            all.add(fields);
        }
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("experiment", experiment);
        table.put("measure", measure.name().toLowerCase(Locale.ROOT));
        table.put("rows", all);
        return Json.write(table) + "\n";
    }
}
