package adjoint.duality.attention;

import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;
import java.util.function.UnaryOperator;

/// What mechanisms with a matrix of weights share.
final class Weights {
    private Weights() {}

    /// `attention(v)`, which is linear in v, and to a probe its matrix, what it makes of the unit vectors, with the
    /// certificate of that.
    static Tensor shown(
            Pass pass,
            Tensor v,
            UnaryOperator<Tensor> attention,
            Certificate.Kind kind,
            UnaryOperator<Tensor> certificate) {
        if (pass.probing()) {
            int keys = v.dim(2);
            Tensor weights = attention.apply(Tensor.eye(keys, v.dtype()).expand(v.dim(0), v.dim(1), keys, keys));
            pass.probe(SoftmaxMechanism.KERNEL, weights);
            pass.probe(kind.name(), certificate.apply(weights));
        }
        return attention.apply(v);
    }

    /// Softmax of rows of scores, 0 for those that see no key.
    static Tensor softmax(Tensor scores) {
        Tensor sees = seeing(scores);
        return scores.where(sees, 0).softmax(-1).where(sees, 0);
    }

    /// The rows of scores that see a key.
    static Tensor seeing(Tensor scores) {
        return scores.detach().max(true, -1).notEqual(Double.NEGATIVE_INFINITY);
    }

    /// `scale·q kᵀ + bias`, −∞ for what is hidden.
    static Tensor scores(Tensor q, Tensor k, double scale, AttentionMask mask) {
        Tensor scores = q.mul(scale).matmul(k.transpose(-1, -2));
        if (mask.bias() != null) {
            scores = scores.add(mask.bias());
        }
        if (mask.keys() != null) {
            scores = scores.where(keys(mask, -2), Double.NEGATIVE_INFINITY);
        }
        return mask.isCausal()
                ? scores.where(Tensor.ones(q.dtype(), q.dim(2), k.dim(2)).tril(0), Double.NEGATIVE_INFINITY)
                : scores;
    }

    /// x `[B, H, M, p]` with 0 for hidden keys, whatever is in them.
    static Tensor visible(Tensor x, AttentionMask mask) {
        return mask.keys() == null ? x : x.where(keys(mask, -1), 0);
    }

    /// `[B, 1, 1, M]` or `[B, 1, M, 1]`.
    static Tensor keys(AttentionMask mask, int axis) {
        return mask.keys().unsqueeze(1).unsqueeze(axis);
    }

    /// A memory of all keys and values, for a mechanism that honours a bias.
    static AttentionMechanism.Memory memory(AttentionMechanism mechanism, int room) {
        return new AttentionMechanism.Memory() {
            private Tensor keys;
            private Tensor values;

            @Override
            public int length() {
                return keys == null ? 0 : keys.dim(2);
            }

            @Override
            public Tensor attend(Tensor q, Tensor k, Tensor v) {
                int n = k.dim(2);
                int before = length();
                if (before + n > room) {
                    throw new IllegalArgumentException(
                            "a memory for " + room + " tokens holds " + before + " and has no room for " + n + " more");
                }
                keys = keys == null ? k : Tensor.concat(2, keys, k);
                values = values == null ? v : Tensor.concat(2, values, v);
                Tensor future = Tensor.ones(q.dtype(), n, before + n).triu(before + 1);
                Tensor hidden = future.mul(0).where(future.equal(0), Double.NEGATIVE_INFINITY);
                return mechanism.attend(q, keys, values, AttentionMask.bias(hidden), Pass.evaluation());
            }
        };
    }
}
