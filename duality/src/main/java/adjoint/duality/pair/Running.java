package adjoint.duality.pair;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;

/// `S = Σ φ(k)·vᵀ` of the tokens so far; where features have a scale, `e^scale·S`, with the largest scale so far,
/// −∞ of nothing.
final class Running {
    private Tensor state;
    private Tensor scale;
    private Tensor tops;

    /// Takes n more tokens in: `out = tril(Φ_qΦ_kᵀ)V + Φ_q·S`, each row divided by e to the power of its largest
    /// scale.
    ///
    /// @param exponent of the scale of each key `[…, n, 1]`, or null where they have none
    Tensor add(Tensor f, Tensor phiK, Tensor exponent, Tensor v) {
        int n = v.dim(2);
        Tensor g = phiK.transpose(-1, -2);
        Tensor before = state;
        if (exponent == null) {
            Tensor moved = g.matmul(v);
            state = before == null ? moved : before.add(moved);
            Tensor own = n == 1 ? f.matmul(state) : f.matmul(g).tril(0).matmul(v);
            return n == 1 || before == null ? own : own.add(f.matmul(before));
        }
        Tensor row = exponent.transpose(-1, -2);
        Tensor seen = row.expand(row.dim(0), row.dim(1), n, n)
                .where(Tensor.ones(row.dtype(), n, n).tril(0), Double.NEGATIVE_INFINITY);
        Tensor largest = seen.detach().max(true, -1);
        tops = before == null ? largest : largest.maximum(scale);
        Tensor finite = finite(tops);
        Tensor top = finite.slice(2, n - 1, n);
        state = g.mul(row.sub(top).exp()).matmul(v);
        Tensor out = f.matmul(g).tril(0).mul(seen.sub(finite).exp()).matmul(v);
        if (before != null) {
            out = out.add(f.matmul(before).mul(scale.sub(finite).exp()));
            state = state.add(before.mul(scale.sub(top).exp()));
        }
        scale = tops.slice(2, n - 1, n);
        return out;
    }

    /// The exponents of what the rows that [#add] returned last were divided by, `[…, n, 1]`, −∞ for those that saw
    /// nothing; or null.
    Tensor tops() {
        return tops;
    }

    /// `rows·e^exponent`, infinite only where the product is; null stands for 0.
    static Tensor multiplied(Tensor rows, Tensor exponent) {
        if (exponent == null) {
            return rows;
        }
        Tensor half = exponent.mul(0.5).exp();
        return rows.mul(half).mul(half);
    }

    /// The largest, −∞ of nothing; null has none.
    static Tensor largest(Tensor log, int axis) {
        return log == null ? null : log.detach().max(true, axis);
    }

    /// φ of x divided by `e^scale`, where it has a logarithm.
    ///
    /// @throws ArithmeticException if features of finite rows are not finite
    static Tensor features(FeatureMap map, Tensor x, Tensor log, Tensor scale) {
        if (log != null) {
            return log.sub(finite(scale)).exp();
        }
        Tensor phi = map.features(x);
        if (!isFinite(phi.detach()) && isFinite(x.detach())) {
            double norm = x.detach().to(DType.F64).norm(2, -1).max().item();
            throw new ArithmeticException(
                    "features of " + map + " overflow " + x.dtype() + ": the largest norm of the rows is " + norm
                            + "; scale the rows down, or use features with a logarithm");
        }
        return phi;
    }

    /// Whether all elements are, as far as can be told: inside `vmap` there are no values to look at.
    private static boolean isFinite(Tensor x) {
        try {
            return Double.isFinite(x.sum().item()) || x.isFinite().all().item() != 0;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /// With 0 in place of −∞, the scale of nothing.
    private static Tensor finite(Tensor scale) {
        return scale.where(scale.notEqual(Double.NEGATIVE_INFINITY), 0);
    }
}
