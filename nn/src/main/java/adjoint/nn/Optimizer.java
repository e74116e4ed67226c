package adjoint.nn;

/// A first-order method with two moments per parameter, as a rule for step `t = 1, 2, …`:
///
/// ```text
/// g ← c·Σ shard gradients + l2·p        c scales the gradient down to the clipping norm
/// m ← β₁·m + (1 − β₁)·g
/// v ← β₂·v + (1 − β₂)·g²
/// p ← decay·p − rate·m/(root·√v + ε)    or   p ← decay·p − rate·m
/// ```
///
/// Methods differ in the numbers only ([Update]), so that all run as one fused pass over memory.
public sealed interface Optimizer permits Adam, AdamW, RAdam {
    /// The numbers of step `step`, counted from 1.
    Update update(long step);

    /// The numbers of one step.
    ///
    /// @param l2 what of the parameter is added to its gradient
    /// @param decay what the parameter is multiplied with
    /// @param root what √v is multiplied with, which corrects its bias
    /// @param adaptive false if the step is not divided by √v
    record Update(
            double l2,
            double decay,
            double beta1,
            double beta2,
            double rate,
            double root,
            double epsilon,
            boolean adaptive) {}

    /// Rejects what no method of this family can run with.
    static void check(double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {
        require(learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY, "learning rate", learningRate, "≥ 0");
        require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "in [0, 1)");
        require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "in [0, 1)");
        require(epsilon > 0, "epsilon", epsilon, "> 0");
        require(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY, "weight decay", weightDecay, "≥ 0");
    }

    private static void require(boolean holds, String what, double value, String needed) {
        if (!holds) {
            throw new IllegalArgumentException("the optimiser's " + what + " must be " + needed + ", got " + value);
        }
    }
}
