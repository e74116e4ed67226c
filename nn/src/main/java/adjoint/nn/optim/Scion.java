package adjoint.nn.optim;

/// Stochastic conditional gradients with norm-constrained oracles (Pethick, Xie, Antonakopoulos, Zhu, Silveti-Falls,
/// Cevher, *Training deep learning models with norm-constrained LMOs*, 2025).
///
/// ```text
/// d ← (1 − α)·d + α·g
/// p ← (1 − γ)·p + γ·ρ·scaling·lmo(d)     constrained: p stays in the ball of radius ρ·scaling
/// p ← p + γ·ρ·scaling·lmo(d)             else
/// ```
///
/// @param learningRate γ; at most 1 if constrained
/// @param averaging α, in (0, 1]
/// @param radius ρ
public record Scion(
        double learningRate, double averaging, double radius, Ball ball, Scaling scaling, boolean constrained)
        implements MatrixOptimizer {
    public Scion {
        Options.learningRate(learningRate);
        Options.require(averaging > 0 && averaging <= 1, "averaging", averaging, "in (0, 1]");
        Options.positive("radius", radius);
        if (constrained) {
            Options.require(learningRate <= 1, "learning rate within a ball", learningRate, "≤ 1");
        }
    }

    /// Unconstrained, with α = 0.1, ρ = 1, the oracle of the spectral ball and its scaling.
    public Scion(double learningRate) {
        this(learningRate, 0.1, 1, Ball.SPECTRAL, Scaling.OPERATOR, false);
    }

    @Override
    public boolean nesterov() {
        return false;
    }

    @Override
    public double decay(double rate) {
        return constrained ? 1 - rate : 1;
    }

    @Override
    public double length(double rate) {
        return rate * radius;
    }

    @Override
    public NewtonSchulz.Polynomial polynomial() {
        return NewtonSchulz.Polynomial.CUBIC;
    }
}
