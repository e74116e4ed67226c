package adjoint.bench;

import java.util.ArrayList;
import java.util.List;

/// A logarithmic axis for ratios that shows all of a group's, 1, and the target.
///
/// @param low the ratio at the left end
/// @param high the ratio at the right end
record RatioScale(double low, double high) {
    /// How far the ends are from what they show, as a factor.
    private static final double MARGIN = 1.12;

    static RatioScale of(Group group, List<Row> rows) {
        double low = 1;
        double high = 1;
        List<Double> shown = new ArrayList<>(List.of(group.each()));
        rows.forEach(row -> shown.addAll(List.of(row.low(), row.ratio(), row.high())));
        for (double ratio : shown) {
            if (Double.isFinite(ratio) && ratio > 0) {
                low = Math.min(low, ratio);
                high = Math.max(high, ratio);
            }
        }
        return new RatioScale(low / MARGIN, high * MARGIN);
    }

    /// Where a ratio is, from 0 at the left end to 1 at the right one.
    double at(double ratio) {
        return Math.log(ratio / low) / Math.log(high / low);
    }

    /// Round ratios, not too close to each other.
    List<Double> ticks() {
        double[] steps = high / low > 60
                ? new double[] {1}
                : high / low > 6 ? new double[] {1, 2, 5} : new double[] {1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9};
        List<Double> ticks = new ArrayList<>();
        for (double power = 1e-3; power < 1e4; power *= 10) {
            for (double step : steps) {
                double tick = Math.round(step * power * 1e6) / 1e6;
                boolean apart = ticks.isEmpty() || at(tick) - at(ticks.getLast()) > 0.09;
                if (tick >= low && tick <= high && (apart || tick == 1)) {
                    if (!apart) {
                        ticks.removeLast();
                    }
                    ticks.add(tick);
                }
            }
        }
        return ticks;
    }
}
