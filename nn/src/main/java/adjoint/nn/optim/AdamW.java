package adjoint.nn.optim;

/// Adam with decoupled weight decay (Loshchilov, Hutter, 2019), as PyTorch's.
///
/// `p ← (1 − lr·weightDecay)·p − lr·m̂/(√v̂ + ε)`, with the moments of [Adam].
public record AdamW(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements ElementwiseOptimizer {
    public AdamW {
        Options.adam(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /// With β = (0.9, 0.999), ε = 1e-8, weight decay 0.01.
    public AdamW(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0.01);
    }

    @Override
    public StepRule rule() {
        return AdamFamily.RULE;
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        AdamFamily.corrected(numbers, 0, 1 - rate * weightDecay, beta1, beta2, rate, epsilon, step);
    }
}
