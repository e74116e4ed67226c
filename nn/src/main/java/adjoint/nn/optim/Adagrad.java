package adjoint.nn.optim;

import adjoint.linalg.Expr;
import java.util.List;

/// Adagrad (Duchi, Hazan, Singer, 2011), as PyTorch's: weight decay is added to the gradient.
///
/// `s ← s + g²`, `p ← p − lr/(1 + (t − 1)·lrDecay)·g/(√s + ε)`.
///
/// @param initial what s starts with
public record Adagrad(double learningRate, double lrDecay, double weightDecay, double initial, double epsilon)
        implements ElementwiseOptimizer {
    private static final StepRule RULE = StepRule.define("adagrad", List.of("sum"), e -> {
        Expr p = e.parameter();
        Expr g = e.gradient().add(p.mul(e.number()));
        Expr sum = e.state(0).add(g.square());
        return e.next(p.sub(g.mul(e.number()).div(sum.sqrt().add(e.number()))), sum);
    });

    public Adagrad {
        Options.learningRate(learningRate);
        Options.notNegative("decay of the learning rate", lrDecay);
        Options.weightDecay(weightDecay);
        Options.notNegative("initial sum", initial);
        Options.epsilon(epsilon);
    }

    /// With ε = 1e-10, no decay of anything, sums that start with 0.
    public Adagrad(double learningRate) {
        this(learningRate, 0, 0, 0, 1e-10);
    }

    @Override
    public StepRule rule() {
        return RULE;
    }

    @Override
    public void numbers(long step, double rate, Numbers numbers) {
        numbers.put(weightDecay).put(rate / (1 + (step - 1) * lrDecay)).put(epsilon);
    }

    @Override
    public double initialState(int state) {
        return initial;
    }
}
