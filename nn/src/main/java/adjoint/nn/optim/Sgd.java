package adjoint.nn.optim;

import adjoint.linalg.Expr;
import java.util.List;

/// Stochastic gradient descent, as PyTorch's: with momentum, dampening, Nesterov's look ahead, and weight decay added
/// to the gradient.
///
/// ```text
/// g ← g + weightDecay·p
/// b ← momentum·b + (1 − dampening)·g      in the first step b ← g
/// p ← p − lr·b                            Nesterov: p ← p − lr·(g + momentum·b)
/// ```
///
/// Without momentum `p ← p − lr·g`, and there is no state.
public record Sgd(double learningRate, double momentum, double dampening, double weightDecay, boolean nesterov)
        implements ElementwiseOptimizer {
    private static final StepRule PLAIN = StepRule.define("sgd", List.of(), e -> {
        Expr p = e.parameter();
        Expr g = e.gradient().add(p.mul(e.number()));
        return e.next(p.sub(g.mul(e.number())));
    });

    private static final StepRule MOMENTUM = StepRule.define("sgd with momentum", List.of("momentum_buffer"), e -> {
        Expr p = e.parameter();
        Expr g = e.gradient().add(p.mul(e.number()));
        Expr b = e.state(0).mul(e.number()).add(g.mul(e.number()));
        return e.next(p.sub(b.mul(e.number())), b);
    });

    private static final StepRule NESTEROV = StepRule.define("sgd of Nesterov", List.of("momentum_buffer"), e -> {
        Expr p = e.parameter();
        Expr g = e.gradient().add(p.mul(e.number()));
        Expr momentum = e.number();
        Expr b = e.state(0).mul(momentum).add(g.mul(e.number()));
        return e.next(p.sub(g.add(b.mul(momentum)).mul(e.number())), b);
    });

    public Sgd {
        Options.learningRate(learningRate);
        Options.average("momentum", momentum);
        Options.require(dampening >= 0 && dampening <= 1, "dampening", dampening, "in [0, 1]");
        Options.weightDecay(weightDecay);
        if (nesterov && (momentum == 0 || dampening != 0)) {
            throw new IllegalArgumentException("Nesterov's method needs momentum > 0 and no dampening, got momentum "
                    + momentum + " and dampening " + dampening);
        }
    }

    /// Plain descent.
    public Sgd(double learningRate) {
        this(learningRate, 0, 0, 0, false);
    }

    @Override
    public StepRule rule() {
        return momentum == 0 ? PLAIN : nesterov ? NESTEROV : MOMENTUM;
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        numbers.put(weightDecay);
        if (momentum != 0) {
            numbers.put(momentum).put(step == 1 ? 1 : 1 - dampening);
        }
        numbers.put(rate);
    }
}
