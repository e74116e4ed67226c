package adjoint.bench;

import adjoint.cli.report.Figures;
import adjoint.cli.run.Json;
import adjoint.linalg.Precision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What a run of a suite found.
///
/// @param started when the run began
/// @param quick whether it was a short one
/// @param versions of the contenders, by title
/// @param absent why peers could not be used, by title
/// @param groups those of the suite that the run had
record Report(
        String suite,
        Instant started,
        boolean quick,
        Machine machine,
        Map<String, String> versions,
        Map<String, String> absent,
        List<Group> groups,
        List<Row> rows) {

    /// A line for each group.
    List<Summary> summaries() {
        return groups.stream().map(group -> Summary.of(group, rows)).toList();
    }

    /// The text of `bench.json`: what was measured where, and `rows`, one to a line.
    String toJson() {
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("suite", suite);
        head.put("started", started.toString());
        head.put("quick", quick);
        head.put("machine", machine.toMap());
        head.put("versions", versions);
        head.put("absent", absent);
        List<String> lines = new ArrayList<>();
        head.forEach((key, value) -> lines.add(Json.write(key) + ": " + Json.write(value)));
        lines.add(
                "\"summary\": " + list(summaries().stream().map(Summary::toMap).toList()));
        lines.add("\"rows\": " + list(rows.stream().map(Row::toMap).toList()));
        return "{\n" + String.join(",\n", lines) + "\n}\n";
    }

    private static String list(List<Map<String, Object>> maps) {
        return maps.stream().map(Json::write).collect(Collectors.joining(",\n  ", "[\n  ", "\n]"));
    }

    static String name(Precision precision) {
        return switch (precision) {
            case F32 -> "fp32";
            case F64 -> "fp64";
        };
    }

    /// A ratio with two decimals, with one more where it is small and one less where it is large: `0.013`, `0.97`,
    /// `23.4`.
    static String ratio(double ratio) {
        String format = ratio < 0.1 ? "%.3f" : ratio < 10 ? "%.2f" : "%.1f";
        return Double.isNaN(ratio) ? "–" : String.format(Locale.ROOT, format, ratio);
    }

    /// The ratio's quartiles: `0.95–1.01`.
    static String spread(Row row) {
        return Double.isNaN(row.ratio()) ? "" : ratio(row.low()) + "–" + ratio(row.high());
    }

    /// A figure and its unit: `214 GF/s`.
    static String figure(double figure, Unit unit) {
        return Double.isNaN(figure) ? "–" : Figures.number(figure) + " " + unit;
    }
}
