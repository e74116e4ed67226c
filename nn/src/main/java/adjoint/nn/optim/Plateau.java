package adjoint.nn.optim;

import java.util.List;

/// A factor for the learning rate that falls where a metric stops getting better: a pure function of the metric's
/// history, by the rule of PyTorch's `ReduceLROnPlateau`.
///
/// A value is better than the best before if it passes it by the share `threshold`. After more than `patience` values
/// in a row that are not, the factor is multiplied by `factor`, and the next `cooldown` values do not count as bad.
///
/// @param metric its name in a trainer's history
/// @param goal which way is better
/// @param minimum the factor falls no lower
public record Plateau(
        String metric, Goal goal, double factor, int patience, double threshold, int cooldown, double minimum) {
    /// Which way is better.
    public enum Goal {
        SMALLER,
        LARGER
    }

    public Plateau {
        require(factor > 0 && factor < 1, "factor", factor, "in (0, 1)");
        require(patience >= 0, "patience", patience, "≥ 0");
        require(threshold >= 0 && threshold < 1, "threshold", threshold, "in [0, 1)");
        require(cooldown >= 0, "cooldown", cooldown, "≥ 0");
        require(minimum >= 0 && minimum <= 1, "minimum", minimum, "in [0, 1]");
    }

    /// PyTorch's settings: a tenth after 10 values, threshold 10⁻⁴, no cooldown, no minimum.
    public Plateau(String metric, Goal goal) {
        this(metric, goal, 0.1, 10, 1e-4, 0, 0);
    }

    /// The factor after the metric took the given values. NaN is not better than anything.
    public double at(List<Double> history) {
        double best = goal == Goal.SMALLER ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
        double result = 1;
        int bad = 0;
        int cooling = 0;
        for (double value : history) {
            if (isBetter(value, best)) {
                best = value;
                bad = 0;
            } else {
                bad++;
            }
            if (cooling > 0) {
                cooling--;
                bad = 0;
            }
            if (bad > patience) {
                result = Math.max(minimum, result * factor);
                cooling = cooldown;
                bad = 0;
            }
        }
        return result;
    }

    private boolean isBetter(double value, double best) {
        if (Double.isInfinite(best)) {
            return goal == Goal.SMALLER ? value < best : value > best;
        }
        return goal == Goal.SMALLER
                ? value < best - threshold * Math.abs(best)
                : value > best + threshold * Math.abs(best);
    }

    private static void require(boolean holds, String what, Object value, String needed) {
        if (!holds) {
            throw new IllegalArgumentException("the plateau's " + what + " must be " + needed + ", got " + value);
        }
    }
}
