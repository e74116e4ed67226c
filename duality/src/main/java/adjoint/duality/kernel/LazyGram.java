package adjoint.duality.kernel;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.LinearOperator;
import adjoint.linalg.Transpose;
import java.util.List;
import java.util.Optional;

/// Products with the Gram matrix of a kernel, `K·V` and `Kᵀ·U`, which is never formed: in tiles, O(N + M) memory,
/// differentiable with respect to rows, vectors and learned hyperparameters.
///
/// ```java
/// Tensor product = new LazyGram(new Rbf(1)).apply(x, y, v);                // [N, d], [M, d], [M, c]: [N, c]
/// LinearOperator<double[]> k = new LazyGram(new Rbf(1)).operator(x, y);    // for GolubKahan, RandomizedSvd, Lanczos
/// ```
///
/// Kernels with an [ExponentialForm] have a fused kernel: per element a product of depth k, which is d for [Rbf], and
/// an
/// exponential, in no memory. Its gradients take c·k columns, so it is used while these are at most [#COLUMNS]. All
/// other kernels work in tiles that are dropped, and computed again for the gradients ([Autodiff#checkpoint]). What is
/// not pointwise has tiles of whole rows.
///
/// The sums go over the tiles in order: the result does not depend on the number of threads. The fused kernel reads
/// values, so it cannot run inside `vmap`.
///
/// @param kernel κ
/// @param tile the elements of a tile, at least 1; the last bits depend on it
public record LazyGram(Kernel kernel, int tile) {
    /// The most columns c·k for which the fused kernel is used.
    public static final int COLUMNS = 512;

    /// @throws IllegalArgumentException if `tile` is below 1
    public LazyGram {
        if (tile < 1) {
            throw new IllegalArgumentException("a tile has at least 1 element, not " + tile);
        }
    }

    public LazyGram(Kernel kernel) {
        this(kernel, 1 << 20);
    }

    /// `K·V`, K the Gram matrix of x and y.
    ///
    /// @param x `[N, d]`
    /// @param y `[M, d]`
    /// @param v `[M, c]`, or `[M]`
    /// @return `[N, c]`, or `[N]`
    /// @throws ShapeError if the shapes are others
    public Tensor apply(Tensor x, Tensor y, Tensor v) {
        return product(Transpose.NO, x, y, v);
    }

    /// `Kᵀ·U`, u `[N, c]` or `[N]`, to `[M, c]` or `[M]`.
    ///
    /// @throws ShapeError if the shapes are others
    public Tensor applyTransposed(Tensor x, Tensor y, Tensor u) {
        return product(Transpose.YES, x, y, u);
    }

    /// K as an operator in double precision; it records nothing.
    public LinearOperator<double[]> operator(Tensor x, Tensor y) {
        Tensor rows = x.dtype().isFloating() ? x.detach().to(DType.F64) : x;
        Tensor cols = y.dtype().isFloating() ? y.detach().to(DType.F64) : y;
        return new LinearOperator<>() {
            @Override
            public int rows() {
                return rows.dim(0);
            }

            @Override
            public int cols() {
                return cols.dim(0);
            }

            @Override
            public void apply(Transpose transpose, int k, double[] in, int inOff, double[] out, int outOff) {
                int n = transpose == Transpose.NO ? cols() : rows();
                Tensor v = Tensor.wrap(in, inOff, Shape.of(n, k));
                product(transpose, rows, cols, v).copyTo(out, outOff);
            }
        };
    }

    private Tensor product(Transpose transpose, Tensor x, Tensor y, Tensor v) {
        boolean plain = transpose == Transpose.NO;
        int inner = plain ? y.dim(0) : x.dim(0);
        if (x.rank() != 2 || y.rank() != 2 || v.rank() < 1 || v.rank() > 2 || v.dim(0) != inner) {
            throw new ShapeError("a lazy product needs x [N, d], y [M, d] and " + (plain ? "v [M, c]" : "u [N, c]")
                    + ", got " + x.shape() + ", " + y.shape() + " and " + v.shape());
        }
        if (v.rank() == 1) {
            return product(transpose, x, y, v.unsqueeze(1)).squeeze(1);
        }
        Optional<ExponentialForm> form = kernel.exponential();
        if (form.isPresent()) {
            ExponentialForm.Sides sides = form.get().of(x, y, true);
            if ((long) v.dim(1) * sides.a().dim(1) <= COLUMNS) {
                return ExponentialSum.of(plain ? sides : sides.transposed(), v);
            }
        }
        return tiled(plain, x, y, v);
    }

    private Tensor tiled(boolean plain, Tensor x, Tensor y, Tensor v) {
        int m = y.dim(0);
        int width = Math.max(1, kernel.pointwise() ? Math.min(m, (int) Math.sqrt(tile)) : m);
        int height = Math.max(1, tile / width);
        int outer = plain ? x.dim(0) : m;
        int step = plain ? height : width;
        if (outer == 0) {
            return Tensor.zeros(v.dtype(), 0, v.dim(1));
        }
        Tensor[] parts = new Tensor[(outer + step - 1) / step];
        for (int i = 0; i < parts.length; i++) {
            int to = Math.min(outer, (i + 1) * step);
            parts[i] = plain
                    ? strip(true, x.slice(0, i * step, to), y, v, width)
                    : strip(false, x, y.slice(0, i * step, to), v, height);
        }
        return Tensor.concat(0, parts);
    }

    /// One strip of tiles, summed up.
    private Tensor strip(boolean plain, Tensor x, Tensor y, Tensor v, int step) {
        int inner = v.dim(0);
        Tensor sum = Tensor.zeros(v.dtype(), plain ? x.dim(0) : y.dim(0), v.dim(1));
        for (int from = 0; from < inner; from += step) {
            int to = Math.min(inner, from + step);
            Tensor xs = plain ? x : x.slice(0, from, to);
            Tensor ys = plain ? y.slice(0, from, to) : y;
            Tensor part = Autodiff.checkpoint(
                    in -> {
                        Tensor gram = kernel.gram(in.get(0), in.get(1));
                        return (plain ? gram : gram.transpose(0, 1)).matmul(in.get(2));
                    },
                    List.of(xs, ys, v.slice(0, from, to)));
            sum = sum.add(part);
        }
        return sum;
    }
}
