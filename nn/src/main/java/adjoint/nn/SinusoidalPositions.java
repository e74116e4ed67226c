package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;

/// `y[b, t] = x[b, t] + pe[t]` with `pe[t, 2i] = sin(t/10000^(2i/d))` and `pe[t, 2i+1] = cos(t/10000^(2i/d))`
/// (Vaswani et al., 2017): nothing is learned.
public final class SinusoidalPositions implements Layer.Pure {
    private static final double LONGEST = 10_000;

    private final Tensor table;

    /// @param maxLength the longest x
    /// @param width d
    public SinusoidalPositions(int maxLength, int width, DType dtype) {
        double[] values = new double[Math.multiplyExact(maxLength, width)];
        for (int t = 0; t < maxLength; t++) {
            for (int i = 0; i < width; i++) {
                double angle = t / Math.pow(LONGEST, (double) (i - i % 2) / width);
                values[t * width + i] = i % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
            }
        }
        this.table = Tensor.of(values, maxLength, width).to(dtype);
    }

    /// @param x `[B, N, d]`
    /// @throws ShapeError if `x` is longer than `maxLength`
    @Override
    public Tensor forward(Tensor x) {
        return forward(x, 0);
    }

    /// As [#forward(Tensor)], for tokens of which the first one is at position `from`.
    public Tensor forward(Tensor x, int from) {
        return x.add(rows("SinusoidalPositions", table, x, from));
    }

    /// The rows of a table of positions, `[maxLength, …]`, for the tokens of `x`.
    static Tensor rows(String what, Tensor table, Tensor x, int from) {
        int to = from + x.dim(-2);
        if (from < 0 || to > table.dim(0)) {
            throw new ShapeError(what + " has " + table.dim(0) + " positions, x " + x.shape() + " needs "
                    + (from == 0 ? to : "those from " + from + " to " + to));
        }
        return table.slice(0, from, to);
    }
}
