package adjoint.nn;

import adjoint.nn.optim.Plateau.Goal;
import java.util.List;

/// When a metric has stopped getting better: a pure function of its history, so that a training which goes on from a
/// state stops where it would have.
///
/// A value is better than the best before if it passes it by more than `minDelta`; NaN never is. After `patience`
/// values in a row that are not, the training stops.
///
/// @param metric its name in a trainer's history
/// @param goal which way is better
/// @param patience how many values without a better one end the training
/// @param restoreBest whether the model gets back the weights of the best value at the end
public record EarlyStopping(String metric, Goal goal, int patience, double minDelta, boolean restoreBest) {
    public EarlyStopping {
        if (patience < 1) {
            throw new IllegalArgumentException("early stopping's patience must be ≥ 1, got " + patience);
        }
        if (!(minDelta >= 0 && minDelta < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("early stopping's minDelta must be ≥ 0, got " + minDelta);
        }
    }

    /// Any improvement counts, and the best weights come back.
    public EarlyStopping(String metric, Goal goal, int patience) {
        this(metric, goal, patience, 0, true);
    }

    /// Never stops; only tells which value is the best.
    public static EarlyStopping never(String metric, Goal goal) {
        return new EarlyStopping(metric, goal, Integer.MAX_VALUE, 0, false);
    }

    /// The position of the best value, -1 if there is none.
    public int best(List<Double> values) {
        int best = -1;
        for (int i = 0; i < values.size(); i++) {
            double value = values.get(i);
            if (best < 0 ? !Double.isNaN(value) : isBetter(value, values.get(best))) {
                best = i;
            }
        }
        return best;
    }

    /// Whether the last values were no better for too long.
    public boolean stops(List<Double> values) {
        return values.size() - 1 - best(values) >= patience;
    }

    private boolean isBetter(double value, double best) {
        return goal == Goal.SMALLER ? value < best - minDelta : value > best + minDelta;
    }
}
