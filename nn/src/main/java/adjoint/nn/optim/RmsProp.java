package adjoint.nn.optim;

import adjoint.linalg.Expr;
import java.util.List;

/// RMSProp (Hinton, 2012; Graves, 2013), as PyTorch's: weight decay is added to the gradient.
///
/// ```text
/// v ← α·v + (1 − α)·g²        a ← α·a + (1 − α)·g
/// s = √v + ε                  centred: s = √(v − a²) + ε
/// b ← momentum·b + g/s
/// p ← p − lr·b
/// ```
///
/// The variance v − a² counts as 0 where rounding makes it negative.
///
/// @param alpha α
/// @param centered whether the gradient's mean is taken off its second moment
public record RmsProp(
        double learningRate, double alpha, double epsilon, double weightDecay, double momentum, boolean centered)
        implements ElementwiseOptimizer {
    private static final StepRule PLAIN = define(false, false);
    private static final StepRule MOMENTUM = define(false, true);
    private static final StepRule CENTERED = define(true, false);
    private static final StepRule CENTERED_MOMENTUM = define(true, true);

    public RmsProp {
        Options.learningRate(learningRate);
        Options.average("alpha", alpha);
        Options.epsilon(epsilon);
        Options.weightDecay(weightDecay);
        Options.average("momentum", momentum);
    }

    /// With α = 0.99, ε = 1e-8, no weight decay, no momentum, not centred.
    public RmsProp(double learningRate) {
        this(learningRate, 0.99, 1e-8, 0, 0, false);
    }

    @Override
    public StepRule rule() {
        return momentum == 0 ? (centered ? CENTERED : PLAIN) : (centered ? CENTERED_MOMENTUM : MOMENTUM);
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        numbers.put(weightDecay).put(alpha).put(1 - alpha).put(epsilon);
        if (momentum != 0) {
            numbers.put(momentum);
        }
        numbers.put(rate);
    }

    private static StepRule define(boolean centered, boolean momentum) {
        List<String> states = centered
                ? (momentum ? List.of("square_avg", "grad_avg", "momentum_buffer") : List.of("square_avg", "grad_avg"))
                : (momentum ? List.of("square_avg", "momentum_buffer") : List.of("square_avg"));
        String name = (centered ? "centred " : "") + "rmsprop" + (momentum ? " with momentum" : "");
        return StepRule.define(name, states, e -> {
            Expr p = e.parameter();
            Expr g = e.gradient().add(p.mul(e.number()));
            Expr alpha = e.number();
            Expr rest = e.number();
            Expr[] next = new Expr[states.size()];
            next[0] = e.state(0).mul(alpha).add(g.square().mul(rest));
            Expr variance = next[0];
            if (centered) {
                next[1] = e.state(1).mul(alpha).add(g.mul(rest));
                variance = variance.sub(next[1].square()).max(0);
            }
            Expr step = g.div(variance.sqrt().add(e.number()));
            if (momentum) {
                int last = next.length - 1;
                step = e.state(last).mul(e.number()).add(step);
                next[last] = step;
            }
            return e.next(p.sub(step.mul(e.number())), next);
        });
    }
}
