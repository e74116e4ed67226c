package adjoint.nn;

/// Rectified Adam (Liu et al., 2020): Adam without its warm-up problem. With
///
/// ```text
/// ρ∞ = 2/(1 − β₂) − 1        ρ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ)
/// r² = (ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ)
/// ```
///
/// the step is `lr·r·m̂·√(1 − β₂ᵗ)/(√v + ε)` once the variance of the adaptive rate is tractable, `ρ` being large
/// enough, and the momentum step `lr·m̂` before that. The two well-known programs for it differ; see [Variant].
public record RAdam(
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, Variant variant)
        implements Optimizer {
    /// Whose program is followed.
    public enum Variant {
        /// PyTorch's: tractable for ρ > 5, weight decay added to the gradient.
        PYTORCH,
        /// That of the method's authors, also used by those of Primal-Attention: tractable for ρ ≥ 5, weight decay
        /// decoupled as in [AdamW].
        AUTHORS
    }

    public RAdam {
        Optimizer.check(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /// With β = (0.9, 0.999), ε = 1e-8, no weight decay.
    public RAdam(double learningRate, Variant variant) {
        this(learningRate, 0.9, 0.999, 1e-8, 0, variant);
    }

    @Override
    public Update update(long step) {
        double power = Math.pow(beta2, step);
        double limit = 2 / (1 - beta2) - 1;
        double rho = limit - 2 * step * power / (1 - power);
        double rate = learningRate / (1 - Math.pow(beta1, step));
        boolean tractable = switch (variant) {
            case PYTORCH -> rho > 5;
            case AUTHORS -> rho >= 5;
        };
        if (tractable) {
            rate *= Math.sqrt((1 - power) * (rho - 4) / (limit - 4) * (rho - 2) / rho * limit / (limit - 2));
        }
        return switch (variant) {
            case PYTORCH -> new Update(weightDecay, 1, beta1, beta2, rate, 1, epsilon, tractable);
            case AUTHORS -> new Update(0, 1 - learningRate * weightDecay, beta1, beta2, rate, 1, epsilon, tractable);
        };
    }
}
