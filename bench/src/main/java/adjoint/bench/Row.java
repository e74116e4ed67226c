package adjoint.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What was measured of one case.
///
/// @param group the title of the case's group
/// @param ours the median of our figures, in the operation's unit; NaN where we have none
/// @param theirs the median of the peer's
/// @param ratio the median of the rounds' ratios, above 1 where ours is better
/// @param low the ratio's lower quartile
/// @param high the ratio's upper quartile
/// @param rounds how often both sides were timed
/// @param bytes what one warm call of ours allocates
/// @param difference the largest between samples of both results, NaN where nothing was compared
/// @param setting how the peer was set up for this case, where it had a choice; else empty
/// @param remark why a figure is missing or wrong, else empty
public record Row(
        String suite,
        String group,
        Case of,
        double ours,
        double theirs,
        double ratio,
        double low,
        double high,
        int rounds,
        double bytes,
        double difference,
        String setting,
        String remark) {

    /// A row without figures.
    static Row without(String suite, String group, Case of, String remark) {
        double none = Double.NaN;
        return new Row(suite, group, of, none, none, none, none, none, 0, none, none, "", remark);
    }

    /// What there is to say beside the figures: the remark, or else by how much losses differ and the peer's setting.
    String note() {
        if (!remark.isEmpty()) {
            return remark;
        }
        boolean losses = of.operation().unit() == Unit.NATS && Double.isFinite(difference);
        return losses ? String.format(Locale.ROOT, "differ by %.1e at most", difference) : setting;
    }

    /// The row as it stands in `bench.json`.
    Map<String, Object> toMap() {
        Operation operation = of.operation();
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("suite", suite);
        map.put("group", group);
        map.put("kernel", operation.kernel());
        map.put("shape", operation.shape());
        map.put("precision", Report.name(operation.precision()));
        map.put("threads", of.threads());
        map.put("ours", ours);
        map.put("unit", operation.unit().toString());
        map.put("peer", of.peer().title());
        map.put("peer_value", theirs);
        map.put("ratio", ratio);
        map.put("ratio_low", low);
        map.put("ratio_high", high);
        map.put("rounds", rounds);
        map.put("bytes_per_call", bytes);
        map.put("vectors", of.vectors() == Case.Vectors.AVX2 ? "avx2" : "widest");
        map.put("difference", difference);
        if (!setting.isEmpty()) {
            map.put("peer_setting", setting);
        }
        if (!remark.isEmpty()) {
            map.put("remark", remark);
        }
        return map;
    }
}
