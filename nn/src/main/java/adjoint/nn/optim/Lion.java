package adjoint.nn.optim;

import adjoint.linalg.Expr;
import java.util.List;

/// Lion (Chen et al., *Symbolic discovery of optimization algorithms*, 2023): the sign of an interpolated momentum,
/// with decoupled weight decay.
///
/// `p ← (1 − lr·weightDecay)·p − lr·sign(β₁·m + (1 − β₁)·g)`, then `m ← β₂·m + (1 − β₂)·g`; the sign of 0 is 0.
public record Lion(double learningRate, double beta1, double beta2, double weightDecay)
        implements ElementwiseOptimizer {
    private static final StepRule RULE = StepRule.define("lion", List.of("exp_avg"), e -> {
        Expr p = e.parameter();
        Expr g = e.gradient();
        Expr m = e.state(0);
        Expr sign = sign(m.mul(e.number()).add(g.mul(e.number())));
        Expr next = m.mul(e.number()).add(g.mul(e.number()));
        return e.next(p.mul(e.number()).sub(sign.mul(e.number())), next);
    });

    public Lion {
        Options.learningRate(learningRate);
        Options.average("beta1", beta1);
        Options.average("beta2", beta2);
        Options.weightDecay(weightDecay);
    }

    /// With β = (0.9, 0.99), no weight decay.
    public Lion(double learningRate) {
        this(learningRate, 0.9, 0.99, 0);
    }

    @Override
    public StepRule rule() {
        return RULE;
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        numbers.put(beta1).put(1 - beta1).put(beta2).put(1 - beta2);
        numbers.put(1 - rate * weightDecay).put(rate);
    }

    /// 1, −1, or x itself where it is 0 or NaN.
    static Expr sign(Expr x) {
        return x.gt(0).where(1, x.lt(0).where(-1, x));
    }
}
