package adjoint.nn.optim;

/// Muon (Jordan et al., 2024): momentum, made orthogonal by five steps of a Newton–Schulz iteration, with decoupled
/// weight decay. For matrices; put embeddings, biases and norms into a group with another optimiser.
///
/// ```text
/// d ← momentum·d + (1 − momentum)·g
/// u = d                                   Nesterov: u = momentum·d + (1 − momentum)·g
/// p ← (1 − lr·weightDecay)·p − lr·scaling·orthogonal(u)
/// ```
///
/// The polynomial of the iteration is the author's: singular values come to lie between about 0.7 and 1.2.
public record Muon(double learningRate, double momentum, boolean nesterov, double weightDecay, Scaling scaling)
        implements MatrixOptimizer {
    public Muon {
        Options.learningRate(learningRate);
        Options.average("momentum", momentum);
        Options.weightDecay(weightDecay);
    }

    /// With Nesterov's momentum 0.95, no weight decay, and the author's scaling.
    public Muon(double learningRate) {
        this(learningRate, 0.95, true, 0, Scaling.AT_LEAST_ONE);
    }

    @Override
    public double averaging() {
        return 1 - momentum;
    }

    @Override
    public Ball ball() {
        return Ball.SPECTRAL;
    }

    @Override
    public double decay(double rate) {
        return 1 - rate * weightDecay;
    }

    @Override
    public double length(double rate) {
        return rate;
    }

    @Override
    public NewtonSchulz.Polynomial polynomial() {
        return NewtonSchulz.Polynomial.MUON;
    }
}
