package adjoint.bench.duality;

import adjoint.bench.Row;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// What rows come to beyond ratios.
final class Findings {
    /// By how much a choice may be slower than the fastest.
    private static final double NEAR = 0.9;
    /// The least length from which time is taken for a power of the length.
    private static final int LONG = 256;

    private Findings() {}

    /// From which length on Primal-Attention is the faster one, and how the times of both grow with the length.
    static String lengths(List<Row> rows) {
        List<Row> passes = rows.stream()
                .filter(row -> row.of().threads() == 1
                        && row.of().operation() instanceof LayerPass of
                        && of.mechanism().equals(LayerPass.PRIMAL)
                        && of.aspect() == LayerPass.Aspect.TIME
                        && Double.isFinite(row.ratio()))
                .sorted((a, b) -> Integer.compare(pass(a).tokens(), pass(b).tokens()))
                .toList();
        if (passes.isEmpty()) {
            return "";
        }
        int slower = -1;
        for (int i = 0; i < passes.size(); i++) {
            slower = passes.get(i).ratio() > 1 ? slower : i;
        }
        String faster = slower == passes.size() - 1
                ? "at no length faster"
                : "faster from " + pass(passes.get(slower + 1)).tokens() + " tokens on";
        List<Row> many =
                passes.stream().filter(row -> pass(row).tokens() >= LONG).toList();
        return many.size() < 2
                ? faster
                : String.format(
                        Locale.ROOT,
                        "%s; time of a sequence ∝ tokens^%.2f, softmax's ∝ tokens^%.2f",
                        faster,
                        slope(
                                many,
                                row -> pass(row).tokens(),
                                row -> row.ours() / pass(row).batch()),
                        slope(
                                many,
                                row -> pass(row).tokens(),
                                row -> row.theirs() / pass(row).batch()));
    }

    private static LayerPass pass(Row row) {
        return (LayerPass) row.of().operation();
    }

    /// How what is allocated grows with the rows.
    static String memory(List<Row> rows) {
        return rows.stream()
                .filter(row -> row.of().operation() instanceof GaussianProduct of
                        && of.aspect() == GaussianProduct.Aspect.MEMORY
                        && Double.isFinite(row.ours()))
                .collect(Collectors.groupingBy(row -> row.of().operation().precision()))
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey())
                .filter(entry -> entry.getValue().size() > 1)
                .map(entry -> String.format(
                        Locale.ROOT,
                        "%s: bytes ∝ rows^%.2f",
                        entry.getKey(),
                        slope(
                                entry.getValue(),
                                row -> ((GaussianProduct) row.of().operation()).n(),
                                Row::ours)))
                .collect(Collectors.joining(", "));
    }

    /// How often AUTO is within 10 % of the fastest execution; where it is the fastest, a difference is noise.
    static String choices(List<Row> rows) {
        List<Row> points = rows.stream()
                .filter(row -> row.of().operation() instanceof Choice && Double.isFinite(row.ratio()))
                .toList();
        long near = points.stream()
                .filter(row -> row.ratio() >= NEAR || !row.setting().contains(ChoiceTask.OTHER))
                .count();
        return points.isEmpty()
                ? ""
                : "AUTO is within 10 % of the fastest at " + near + " of " + points.size() + " points";
    }

    /// Of log y over log x, by least squares.
    static double slope(List<Row> rows, ToDoubleFunction<Row> x, ToDoubleFunction<Row> y) {
        double[] u = rows.stream().mapToDouble(x).map(Math::log).toArray();
        double[] w = rows.stream().mapToDouble(y).map(Math::log).toArray();
        double du = 0;
        double dw = 0;
        for (int i = 0; i < u.length; i++) {
            du += u[i] / u.length;
            dw += w[i] / u.length;
        }
        double cross = 0;
        double square = 0;
        for (int i = 0; i < u.length; i++) {
            cross += (u[i] - du) * (w[i] - dw);
            square += (u[i] - du) * (u[i] - du);
        }
        return cross / square;
    }
}
