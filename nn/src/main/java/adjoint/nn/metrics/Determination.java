package adjoint.nn.metrics;

import adjoint.autodiff.Tensor;
import java.math.BigDecimal;
import java.math.MathContext;

/// The coefficient of determination `R² = 1 − Σ(y − ŷ)²/Σ(y − ȳ)²` over all elements: 1 for perfect predictions, 0 for
/// what the mean ȳ predicts.
///
/// Both sums are exact, so a mean that is large beside the deviations costs no digit.
public final class Determination implements Mergeable<Determination> {
    private final ExactSum residuals = new ExactSum();
    private final ExactSum targets = new ExactSum();
    private final ExactSum squares = new ExactSum();
    private long total;

    /// Of no samples.
    public Determination() {}

    /// @param predictions of any shape
    /// @param actual of the same shape
    public void add(Tensor predictions, Tensor actual) {
        if (!predictions.shape().equals(actual.shape())) {
            throw new IllegalArgumentException(
                    "predictions " + predictions.shape() + " and targets " + actual.shape() + " must have one shape");
        }
        double[] predicted = predictions.toDoubles();
        double[] y = actual.toDoubles();
        for (int i = 0; i < y.length; i++) {
            residuals.addSquare(y[i] - predicted[i]);
            targets.add(y[i]);
            squares.addSquare(y[i]);
        }
        total += y.length;
    }

    @Override
    public void merge(Determination other) {
        residuals.add(other.residuals);
        targets.add(other.targets);
        squares.add(other.squares);
        total += other.total;
    }

    /// NaN if there are no samples, or a value is not finite. Where all targets are equal, 1 if the predictions are
    /// perfect, else −∞.
    public double value() {
        if (total == 0 || !residuals.isFinite() || !squares.isFinite()) {
            return Double.NaN;
        }
        // n·Σ(y − ȳ)² = n·Σy² − (Σy)²
        BigDecimal n = BigDecimal.valueOf(total);
        BigDecimal sum = targets.exact();
        BigDecimal variation = n.multiply(squares.exact()).subtract(sum.multiply(sum));
        BigDecimal residual = n.multiply(residuals.exact());
        if (variation.signum() == 0) {
            return residual.signum() == 0 ? 1 : Double.NEGATIVE_INFINITY;
        }
        return variation
                .subtract(residual)
                .divide(variation, MathContext.DECIMAL64)
                .doubleValue();
    }

    @Override
    public String toString() {
        return "Determination[" + value() + ", " + total + " values]";
    }
}
