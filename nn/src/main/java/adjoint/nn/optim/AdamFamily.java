package adjoint.nn.optim;

import adjoint.linalg.Expr;
import java.util.List;

/// The formula that Adam, AdamW and RAdam have in common:
///
/// ```text
/// g ← g + l2·p
/// m ← β₁·m + (1 − β₁)·g
/// v ← β₂·v + (1 − β₂)·g²
/// p ← decay·p − rate·m/(root·√v + ε)
/// ```
///
/// They differ in the numbers only.
final class AdamFamily {
    static final StepRule RULE = StepRule.define("adam", List.of("exp_avg", "exp_avg_sq"), e -> {
        Expr p = e.parameter();
        Expr g = e.gradient().add(p.mul(e.number()));
        Expr decay = e.number();
        Expr m = e.state(0).mul(e.number()).add(g.mul(e.number()));
        Expr v = e.state(1).mul(e.number()).add(g.square().mul(e.number()));
        Expr step = m.mul(e.number());
        Expr scale = v.sqrt().mul(e.number()).add(e.number());
        return e.next(p.mul(decay).sub(step.div(scale)), m, v);
    });

    private AdamFamily() {}

    /// @param l2 what of the parameter is added to its gradient
    /// @param decay what the parameter is multiplied with
    /// @param root what √v is multiplied with, which corrects its bias
    static void put(
            Numbers numbers,
            double l2,
            double decay,
            double beta1,
            double beta2,
            double rate,
            double root,
            double epsilon) {
        numbers.put(l2).put(decay);
        numbers.put(beta1).put(1 - beta1).put(beta2).put(1 - beta2);
        numbers.put(rate).put(root).put(epsilon);
    }

    /// The numbers of a step of rate `rate` with both moments corrected.
    static void corrected(
            Numbers numbers,
            double l2,
            double decay,
            double beta1,
            double beta2,
            double rate,
            double epsilon,
            long step) {
        double corrected = rate / (1 - Math.pow(beta1, step));
        double root = 1 / Math.sqrt(1 - Math.pow(beta2, step));
        put(numbers, l2, decay, beta1, beta2, corrected, root, epsilon);
    }
}
