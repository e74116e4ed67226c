package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.DotProductAttention;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;

/// The keys and values of all tokens so far, in two arrays whose room is allocated at the first token.
final class KeyValueCache implements AttentionMechanism.Memory {
    private final DotProductAttention attention;
    private final int room;
    private Rows keys;
    private Rows values;
    private int length;

    KeyValueCache(DotProductAttention attention, int room) {
        if (room < 1) {
            throw new IllegalArgumentException("a memory needs room for at least one token, got " + room);
        }
        this.attention = attention;
        this.room = room;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v) {
        int n = k.dim(2);
        if (length + n > room) {
            throw new IllegalArgumentException(
                    "a memory for " + room + " tokens that holds " + length + " has no room for " + n + " more");
        }
        if (keys == null) {
            keys = new Rows(k, room);
            values = new Rows(v, room);
        }
        keys.write(k, length);
        values.write(v, length);
        int before = length;
        length += n;
        return masked(before, n, q.dtype()).attend(q, keys.first(length), values.first(length));
    }

    /// Query i is token `before + i`, and sees those up to itself.
    private DotProductAttention masked(int before, int n, DType dtype) {
        if (n == 1) {
            return attention;
        }
        if (before == 0) {
            return attention.causal();
        }
        Tensor hidden = Tensor.full(Double.NEGATIVE_INFINITY, dtype, n, before + n);
        Tensor future = Tensor.ones(dtype, n, before + n).triu(before + 1);
        return attention.bias(hidden.where(future, 0));
    }

    /// Rows `[room, B, H, p]`, so that those of the first tokens lie together.
    private static final class Rows {
        private final Object array;
        private final DType dtype;
        private final int batch;
        private final int heads;
        private final int width;

        Rows(Tensor first, int room) {
            this.dtype = first.dtype();
            this.batch = first.dim(0);
            this.heads = first.dim(1);
            this.width = first.dim(3);
            this.array = dtype.allocate(Math.multiplyExact(room, Math.multiplyExact(batch * heads, width)));
        }

        void write(Tensor rows, int at) {
            if (rows.dim(0) != batch || rows.dim(1) != heads || rows.dim(3) != width) {
                throw new ShapeError("a memory of [" + batch + ", " + heads + ", tokens, " + width + "] cannot take "
                        + rows.shape());
            }
            rows.permute(2, 0, 1, 3).copyTo(array, at * batch * heads * width);
        }

        Tensor first(int length) {
            return Tensor.wrap(array, 0, Shape.of(length, batch, heads, width)).permute(1, 2, 0, 3);
        }
    }
}
