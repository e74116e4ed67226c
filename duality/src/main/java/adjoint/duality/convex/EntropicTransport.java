package adjoint.duality.convex;

import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;

/// Entropic optimal transport by Sinkhorn's algorithm on logarithms:
/// `min_P ⟨P, C⟩ + ε·Σ P(ln P − 1)` over P ≥ 0 with row sums a and column sums b,
/// whose dual is `max_{u,v} aᵀu + bᵀv − ε·Σ e^((u_i + v_j − C_ij)/ε)`, and `P = e^((u_i + v_j − C_ij)/ε)`.
///
/// With uniform a and b, and C = −QKᵀ, `N·P` is the doubly stochastic attention of Sinkformers; one iteration on the
/// rows alone is softmax. Differentiable through its iterations.
///
/// Reference: Cuturi, *Sinkhorn distances*, NeurIPS 2013; Sander et al., *Sinkformers*, AISTATS 2022.
///
/// @param plan P `[…, N, M]`
/// @param rowPotentials u `[…, N]`
/// @param columnPotentials v `[…, M]`
/// @param iterations how many pairs of updates were done
/// @param certificate the duality gap, relative to the primal objective, or to 1 if that is smaller, for the plan whose
///     rows are rescaled to a
public record EntropicTransport(
        Tensor plan, Tensor rowPotentials, Tensor columnPotentials, int iterations, Certificate certificate) {

    /// Solves.
    ///
    /// @param cost C `[…, N, M]`
    /// @param a row sums `[…, N]`, positive
    /// @param b column sums `[…, M]`, positive, of the same total
    /// @param epsilon ε > 0
    /// @param tolerance ends when row sums are off by at most this
    /// @param most pairs of updates at most
    /// @throws ShapeError if the shapes do not fit
    public static EntropicTransport solve(Tensor cost, Tensor a, Tensor b, double epsilon, double tolerance, int most) {
        if (cost.rank() < 2 || a.dim(-1) != cost.dim(-2) || b.dim(-1) != cost.dim(-1)) {
            throw new ShapeError("transport needs a cost [N, M], row sums [N] and column sums [M], got " + cost.shape()
                    + ", " + a.shape() + " and " + b.shape());
        }
        if (!(epsilon > 0)) {
            throw new IllegalArgumentException("ε must be positive, not " + epsilon);
        }
        Tensor logits = cost.div(-epsilon);
        Tensor logA = a.log();
        Tensor logB = b.log();
        Tensor u = logA.sub(logits.logSumExp(-1));
        Tensor v = logB.mul(0);
        int i = 0;
        double slack = Double.POSITIVE_INFINITY;
        while (i < most && !(slack <= tolerance)) {
            v = logB.sub(logits.add(u.unsqueeze(-1)).logSumExp(-2));
            Tensor next = logA.sub(logits.add(v.unsqueeze(-2)).logSumExp(-1));
            slack = a.mul(next.sub(u).neg().expm1()).abs().max().item();
            u = next;
            i++;
        }
        Tensor plan = logits.add(u.unsqueeze(-1)).add(v.unsqueeze(-2)).exp();
        return new EntropicTransport(plan, u.mul(epsilon), v.mul(epsilon), i, gap(cost, a, b, epsilon, plan, u, v));
    }

    /// The plan is rounded to the polytope (Altschuler, Weed, Rigollet, 2017), so that its objective is a bound.
    private static Certificate gap(Tensor cost, Tensor a, Tensor b, double epsilon, Tensor plan, Tensor u, Tensor v) {
        Tensor rows = plan.mul(a.div(plan.sum(-1)).minimum(1).unsqueeze(-1));
        Tensor columns = rows.mul(b.div(rows.sum(-2)).minimum(1).unsqueeze(-2));
        Tensor missingA = a.sub(columns.sum(-1));
        Tensor missingB = b.sub(columns.sum(-2));
        Tensor total = missingA.sum(true, -1).maximum(Double.MIN_NORMAL).unsqueeze(-1);
        Tensor feasible =
                columns.add(missingA.unsqueeze(-1).mul(missingB.unsqueeze(-2)).div(total));
        Tensor logs = feasible.where(feasible.greater(0), 1).log();
        double primal = cost.mul(feasible).sum().item()
                + epsilon * feasible.mul(logs.sub(1)).sum().item();
        double dual = epsilon
                * (a.mul(u).sum().item() + b.mul(v).sum().item() - plan.sum().item());
        double gap = Math.max(0, primal - dual) / Math.max(1, Math.abs(primal));
        return Certificate.exact(Certificate.Kind.DUALITY_GAP, gap);
    }
}
