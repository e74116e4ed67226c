package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// `y[b, t] = x[b, t] + pe[t]`: a learned vector for each position; `x` is `[B, N, d]` with `N ≤ maxLength`.
///
/// `pe` is `[maxLength, 1, d]` and starts with draws from U(−0.02, 0.02), as in Zerveas et al., 2021.
public final class LearnedPositions implements Module {
    private static final double BOUND = 0.02;

    private final Parameter pe;

    public LearnedPositions(int maxLength, int width, DType dtype, Rng key) {
        this.pe = Parameter.uniform(key.child("pe"), BOUND, dtype, maxLength, 1, width);
    }

    /// @throws ShapeError if `x` is longer than `maxLength`
    public Tensor forward(Tensor x) {
        return forward(x, 0);
    }

    /// As [#forward(Tensor)], for tokens of which the first one is at position `from`.
    public Tensor forward(Tensor x, int from) {
        return x.add(SinusoidalPositions.rows("LearnedPositions", pe.value(), x, from)
                .squeeze(1));
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("pe", pe);
    }
}
