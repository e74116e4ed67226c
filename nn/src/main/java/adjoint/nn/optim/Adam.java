package adjoint.nn.optim;

/// Adam (Kingma, Ba, 2015), as PyTorch's: weight decay is added to the gradient, and `ε` to `√v̂`.
///
/// `p ← p − lr·m̂/(√v̂ + ε)` with `m̂ = m/(1 − β₁ᵗ)`, `v̂ = v/(1 − β₂ᵗ)`.
public record Adam(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements ElementwiseOptimizer {
    public Adam {
        Options.adam(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /// With β = (0.9, 0.999), ε = 1e-8, no weight decay.
    public Adam(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0);
    }

    @Override
    public StepRule rule() {
        return AdamFamily.RULE;
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        AdamFamily.corrected(numbers, weightDecay, 1, beta1, beta2, rate, epsilon, step);
    }
}
