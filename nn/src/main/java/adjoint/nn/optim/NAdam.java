package adjoint.nn.optim;

import adjoint.linalg.Expr;
import java.util.List;

/// Adam with Nesterov's momentum (Dozat, 2016), as PyTorch's: weight decay is added to the gradient.
///
/// ```text
/// μₜ = β₁·(1 − ½·0.96^(ψt))
/// p ← p − lr·[(1 − μₜ)·g/(1 − Πμ₁…μₜ) + μₜ₊₁·m/(1 − Πμ₁…μₜ₊₁)] / (√v̂ + ε)
/// ```
///
/// @param momentumDecay ψ
public record NAdam(
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, double momentumDecay)
        implements ElementwiseOptimizer {
    private static final StepRule RULE = StepRule.define("nadam", List.of("exp_avg", "exp_avg_sq"), e -> {
        Expr p = e.parameter();
        Expr g = e.gradient().add(p.mul(e.number()));
        Expr m = e.state(0).mul(e.number()).add(g.mul(e.number()));
        Expr v = e.state(1).mul(e.number()).add(g.square().mul(e.number()));
        Expr step = m.mul(e.number()).add(g.mul(e.number()));
        Expr scale = v.sqrt().mul(e.number()).add(e.number());
        return e.next(p.sub(step.div(scale)), m, v);
    });

    /// Below it, 1 minus a product of momenta is 1 in double precision.
    private static final double NOTHING = 0x1p-54;

    public NAdam {
        Options.adam(learningRate, beta1, beta2, epsilon, weightDecay);
        Options.notNegative("momentum decay", momentumDecay);
    }

    /// With β = (0.9, 0.999), ε = 1e-8, no weight decay, ψ = 0.004.
    public NAdam(double learningRate) {
        this(learningRate, 0.9, 0.999, 1e-8, 0, 0.004);
    }

    @Override
    public StepRule rule() {
        return RULE;
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        double product = product(step);
        double mu = momentum(step);
        double next = momentum(step + 1);
        numbers.put(weightDecay).put(beta1).put(1 - beta1).put(beta2).put(1 - beta2);
        numbers.put(rate * next / (1 - product * next)).put(rate * (1 - mu) / (1 - product));
        numbers.put(1 / Math.sqrt(1 - Math.pow(beta2, step))).put(epsilon);
    }

    private double momentum(long step) {
        return beta1 * (1 - 0.5 * Math.pow(0.96, momentumDecay * step));
    }

    /// Πμ₁…μₜ, as far as it can be told from 0 beside 1; so it takes few turns, however many steps there were.
    private double product(long step) {
        double ratio = Math.pow(0.96, momentumDecay);
        double power = 1;
        double product = 1;
        for (long t = 1; t <= step && product > NOTHING; t++) {
            power *= ratio;
            product *= beta1 * (1 - 0.5 * power);
        }
        return product;
    }
}
