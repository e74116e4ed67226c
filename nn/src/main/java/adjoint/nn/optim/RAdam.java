package adjoint.nn.optim;

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
        implements ElementwiseOptimizer {
    /// Whose program is followed.
    public enum Variant {
        /// PyTorch's: tractable for ρ > 5, weight decay added to the gradient.
        PYTORCH,
        /// That of the method's authors, also used by those of Primal-Attention: tractable for ρ ≥ 5, weight decay
        /// decoupled as in [AdamW].
        AUTHORS
    }

    public RAdam {
        Options.adam(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /// With β = (0.9, 0.999), ε = 1e-8, no weight decay.
    public RAdam(double learningRate, Variant variant) {
        this(learningRate, 0.9, 0.999, 1e-8, 0, variant);
    }

    @Override
    public StepRule rule() {
        return AdamFamily.RULE;
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        double power = Math.pow(beta2, step);
        double limit = 2 / (1 - beta2) - 1;
        double rho = limit - 2 * step * power / (1 - power);
        double corrected = rate / (1 - Math.pow(beta1, step));
        boolean tractable = switch (variant) {
            case PYTORCH -> rho > 5;
            case AUTHORS -> rho >= 5;
        };
        if (tractable) {
            corrected *= Math.sqrt((1 - power) * (rho - 4) / (limit - 4) * (rho - 2) / rho * limit / (limit - 2));
        }
        double l2 = variant == Variant.PYTORCH ? weightDecay : 0;
        double decay = variant == Variant.AUTHORS ? 1 - rate * weightDecay : 1;
        // A momentum step is one divided by 0·√v + 1.
        AdamFamily.put(numbers, l2, decay, beta1, beta2, corrected, tractable ? 1 : 0, tractable ? epsilon : 1);
    }
}
