package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.OptionalInt;

/// `y[…] = weight[x[…]]`, a learned vector for each of `count` things: `x` is `I32` `[…]`, `y` `[…, width]`, `weight`
/// `[count, width]`. `weight` starts with draws from N(0, 1).
///
/// The row of the padding index starts with 0 and gets no gradient.
public final class Embedding implements Layer.Pure {
    private final Parameter weight;
    private final OptionalInt padding;

    public Embedding(int count, int width, DType dtype, Rng key) {
        this(count, width, OptionalInt.empty(), dtype, key);
    }

    /// @param padding the index that stands for nothing
    /// @throws IllegalArgumentException if it is no index
    public Embedding(int count, int width, OptionalInt padding, DType dtype, Rng key) {
        if (count < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "Embedding needs at least one vector of one number, got " + count + " of " + width);
        }
        padding.ifPresent(index -> {
            if (index < 0 || index >= count) {
                throw new IllegalArgumentException(
                        "Embedding needs a padding index in [0, " + count + "), got " + index);
            }
        });
        Tensor start = Tensor.normal(key.child("weight"), 0, 1, dtype, count, width);
        this.weight =
                Parameter.of(padding.isPresent() ? start.where(others(padding.getAsInt(), count, dtype), 0) : start);
        this.padding = padding;
    }

    /// @throws IndexOutOfBoundsException if an index is not in `[0, count)`
    @Override
    public Tensor forward(Tensor x) {
        Tensor y = weight.value().take(x, 0);
        if (padding.isEmpty()) {
            return y;
        }
        Tensor isPadding = mask(x);
        return y.detach().where(isPadding, y);
    }

    public Parameter weight() {
        return weight;
    }

    /// 0 for the padding, 1 for all others.
    private static Tensor others(int padding, int count, DType dtype) {
        return Tensor.range(count, DType.F64).notEqual(padding).to(dtype).unsqueeze(1);
    }

    /// 1 where `x` is the padding index.
    private Tensor mask(Tensor x) {
        return x.to(DType.F64).equal(padding.getAsInt()).to(weight.dtype()).unsqueeze(-1);
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("weight", weight);
    }
}
