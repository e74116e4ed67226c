package adjoint.bench;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A group's ratios in one line, beside its target.
///
/// @param measured the rows that have a ratio
/// @param mean their geometric mean, NaN of none
/// @param worst the row with the least ratio
/// @param finding what else the rows come to, else empty
record Summary(Group group, int measured, double mean, Optional<Row> worst, String finding) {
    static Summary of(Group group, List<Row> rows) {
        List<Row> measured = rows.stream()
                .filter(row -> row.group().equals(group.title()) && Double.isFinite(row.ratio()))
                .toList();
        double[] ratios = measured.stream().mapToDouble(Row::ratio).toArray();
        return new Summary(
                group,
                ratios.length,
                Statistics.geometricMean(ratios),
                measured.stream().min(Comparator.comparingDouble(Row::ratio)),
                group.finding().apply(rows));
    }

    /// Whether every target of the group is reached; also false where nothing was measured.
    boolean met() {
        return worst.isPresent() && !(mean < group.mean()) && !(worst.get().ratio() < group.each());
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("group", group.title());
        map.put("measured", measured);
        map.put("mean", mean);
        map.put("worst", worst.map(Row::ratio).orElse(Double.NaN));
        map.put("worst_case", worst.map(row -> row.of().toString()).orElse(""));
        map.put("target", group.target());
        map.put("met", met());
        if (!finding.isEmpty()) {
            map.put("finding", finding);
        }
        return map;
    }
}
