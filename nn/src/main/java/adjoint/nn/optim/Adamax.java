package adjoint.nn.optim;

import adjoint.linalg.Expr;
import java.util.List;

/// Adam with the maximum norm (Kingma, Ba, 2015, section 7), as PyTorch's: weight decay is added to the gradient.
///
/// `m ← β₁·m + (1 − β₁)·g`, `u ← max(β₂·u, |g| + ε)`, `p ← p − lr/(1 − β₁ᵗ)·m/u`.
public record Adamax(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements ElementwiseOptimizer {
    private static final StepRule RULE = StepRule.define("adamax", List.of("exp_avg", "exp_inf"), e -> {
        Expr p = e.parameter();
        Expr g = e.gradient().add(p.mul(e.number()));
        Expr m = e.state(0).mul(e.number()).add(g.mul(e.number()));
        Expr u = e.state(1).mul(e.number()).max(g.abs().add(e.number()));
        return e.next(p.sub(m.mul(e.number()).div(u)), m, u);
    });

    public Adamax {
        Options.adam(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /// With β = (0.9, 0.999), ε = 1e-8, no weight decay.
    public Adamax(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0);
    }

    @Override
    public StepRule rule() {
        return RULE;
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        numbers.put(weightDecay).put(beta1).put(1 - beta1).put(beta2).put(epsilon);
        numbers.put(rate / (1 - Math.pow(beta1, step)));
    }
}
