package adjoint.nn.optim;

/// LAMB (You et al., *Large batch optimization for deep learning*, 2020): the step of Adam, as long per parameter
/// tensor as the tensor itself.
///
/// ```text
/// u = m̂/(√v̂ + ε) + weightDecay·p        with the moments of [Adam]
/// p ← p − lr·‖p‖/‖u‖·u                  p ← p − lr·u where ‖p‖ or ‖u‖ is 0
/// ```
public record Lamb(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements Optimizer {
    public Lamb {
        Options.adam(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /// With β = (0.9, 0.999), ε = 1e-6, weight decay 0.01.
    public Lamb(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-6, 0.01);
    }
}
