package adjoint.duality.pair;

import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;

/// `S = Σ φ(k)·vᵀ` of the tokens so far; where features have a scale, `e^scale·S`, with the largest scale so far,
/// −∞ of nothing.
final class Running {
    /// Features as `e^exponent·features`; the exponent, `[…, 1]`, is null for 0.
    record Scaled(Tensor features, Tensor exponent) {
        /// Of a map, in which the largest feature is 1 if they are exponentials and `may` be scaled.
        static Scaled of(FeatureMap map, Tensor x, boolean may) {
            Tensor log = may ? map.logarithm(x) : null;
            return log == null ? new Scaled(map.features(x), null) : of(log);
        }

        static Scaled of(Tensor log) {
            Tensor largest = finite(log.detach().max(true, -1));
            return new Scaled(log.sub(largest).exp(), largest);
        }

        Scaled slice(int from, int to) {
            return new Scaled(features.slice(2, from, to), exponent == null ? null : exponent.slice(2, from, to));
        }
    }

    private Tensor state;
    private Tensor scale;

    /// Takes n more tokens in: `out = tril(Φ_qΦ_kᵀ)V + Φ_q·S`, each row divided by e to the power of its largest
    /// scale.
    Tensor add(Scaled q, Scaled k, Tensor v) {
        int n = v.dim(2);
        Tensor f = q.features();
        Tensor g = k.features().transpose(-1, -2);
        Tensor before = state;
        if (k.exponent() == null) {
            Tensor moved = g.matmul(v);
            state = before == null ? moved : before.add(moved);
            Tensor own = n == 1 ? f.matmul(state) : f.matmul(g).tril(0).matmul(v);
            return n == 1 || before == null ? own : own.add(f.matmul(before));
        }
        Tensor row = k.exponent().transpose(-1, -2);
        Tensor seen = row.expand(row.dim(0), row.dim(1), n, n)
                .where(Tensor.ones(row.dtype(), n, n).tril(0), Double.NEGATIVE_INFINITY);
        Tensor largest = seen.detach().max(true, -1);
        Tensor most = before == null ? largest : largest.maximum(scale);
        Tensor tops = finite(most);
        Tensor top = tops.slice(2, n - 1, n);
        state = g.mul(row.sub(top).exp()).matmul(v);
        Tensor out = f.matmul(g).tril(0).mul(seen.sub(tops).exp()).matmul(v);
        if (before != null) {
            out = out.add(f.matmul(before).mul(scale.sub(tops).exp()));
            state = state.add(before.mul(scale.sub(top).exp()));
        }
        scale = most.slice(2, n - 1, n);
        return out;
    }

    /// With 0 in place of −∞, the scale of nothing.
    static Tensor finite(Tensor scale) {
        return scale.where(scale.notEqual(Double.NEGATIVE_INFINITY), 0);
    }
}
