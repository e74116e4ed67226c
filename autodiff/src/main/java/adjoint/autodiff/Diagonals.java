package adjoint.autodiff;

import java.util.List;

/// Diagonals and bands of matrices, the last two axes.
final class Diagonals {
    private Diagonals() {}

    /// The elements `j − i = offset` of `rows × cols` matrices.
    record Diagonal(int offset, int rows, int cols) {
        int length() {
            long below = rows + Math.min(0L, offset);
            long right = cols - Math.max(0L, offset);
            return (int) Math.max(0, Math.min(below, right));
        }

        /// The first element's distance from that of the matrix, whose rows and columns lie at the given strides.
        int start(int row, int col) {
            return offset < 0 ? -offset * row : offset * col;
        }

        Shape of(Shape matrices) {
            int[] dims = matrices.dims();
            dims[dims.length - 2] = length();
            return Shape.of(dims, dims.length - 1);
        }

        Shape matrices(Shape diagonals) {
            int[] dims = new int[diagonals.rank() + 1];
            System.arraycopy(diagonals.array(), 0, dims, 0, dims.length - 2);
            dims[dims.length - 2] = rows;
            dims[dims.length - 1] = cols;
            return Shape.of(dims);
        }
    }

    static final LinearOp<Diagonal> DIAGONAL = new LinearOp<>("diagonal", "x[…, i, i + k]") {
        @Override
        void infer(Call call, Diagonal diagonal) {
            Tensor x = call.in(0);
            int rank = x.rank();
            int row = Layout.stride(x, rank - 2);
            int col = Layout.stride(x, rank - 1);
            int[] strides = new int[rank - 1];
            for (int d = 0; d < rank - 2; d++) {
                strides[d] = Layout.stride(x, d);
            }
            strides[rank - 2] = row + col;
            call.view(x, x.offset + diagonal.start(row, col), diagonal.of(x.shape()), strides);
        }

        @Override
        void compute(Call call, Diagonal diagonal) {}

        @Override
        Cost cost(Call call, Diagonal diagonal) {
            return Views.NOTHING;
        }

        @Override
        void vjp(Call call, Diagonal diagonal, Flow flow) {
            flow.give(0, Engine.run(DIAG_EMBED, diagonal, flow.gradient()));
        }
    };

    /// The adjoint of a diagonal: matrices of zeros but for the diagonal.
    static final LinearOp<Diagonal> DIAG_EMBED =
            new LinearOp<>("diagEmbed", "matrices with x on a diagonal, 0 elsewhere") {
                @Override
                void infer(Call call, Diagonal diagonal) {
                    call.output(call.in(0).dtype(), diagonal.matrices(call.in(0).shape()));
                }

                @Override
                void compute(Call call, Diagonal diagonal) {
                    Tensor out = call.out(0);
                    Engine.fill(out, 0);
                    int rank = out.rank();
                    int[] dense = Layout.dense(out.shape());
                    int[] strides = new int[rank - 1];
                    System.arraycopy(dense, 0, strides, 0, rank - 2);
                    strides[rank - 2] = dense[rank - 2] + dense[rank - 1];
                    int start = diagonal.start(dense[rank - 2], dense[rank - 1]);
                    Engine.copy(call.in(0), out.array(), out.offset + start, strides);
                }

                @Override
                void vjp(Call call, Diagonal diagonal, Flow flow) {
                    flow.give(0, Engine.run(DIAGONAL, diagonal, flow.gradient()));
                }
            };

    /// What is kept: the elements `lower ≤ j − i ≤ upper`.
    record Band(int lower, int upper) {}

    static final LinearOp<Band> BAND = new LinearOp<>("band", "x[…, i, j] where l ≤ j − i ≤ u, else 0") {
        @Override
        void infer(Call call, Band band) {
            call.output(call.in(0).dtype(), call.in(0).shape());
        }

        @Override
        void compute(Call call, Band band) {
            Tensor out = call.out(0);
            Tensor x = call.engine.dense(call.in(0));
            Engine.fill(out, 0);
            int rows = x.dim(-2);
            int cols = x.dim(-1);
            int all = cols == 0 ? 0 : x.size() / cols;
            for (int r = 0; r < all; r++) {
                long i = r % rows;
                int from = Math.clamp(i + band.lower, 0, cols);
                int to = Math.clamp(i + band.upper + 1, from, cols);
                System.arraycopy(
                        x.array(), x.offset + r * cols + from, out.array(), out.offset + r * cols + from, to - from);
            }
            call.engine.drop(x, call.in(0));
        }

        @Override
        void vjp(Call call, Band band, Flow flow) {
            flow.give(0, flow.gradient().band(band.lower, band.upper));
        }
    };

    static final List<Op<?>> ALL = List.of(DIAGONAL, DIAG_EMBED, BAND);

    static void requireMatrix(String op, Tensor x) {
        if (x.rank() < 2) {
            throw new ShapeError(op + ": needs a matrix in the last two axes, got shape " + x.shape());
        }
    }

    /// The diagonal of the matrices in axes `a` and `b`, as the last axis.
    static Tensor diagonal(Tensor x, int offset, int a, int b) {
        requireMatrix("diagonal", x);
        int row = x.shape().axis(a);
        int col = x.shape().axis(b);
        if (row == col) {
            throw new ShapeError("diagonal: axes " + a + " and " + b + " of shape " + x.shape() + " are the same");
        }
        int[] axes = new int[x.rank()];
        int next = 0;
        for (int d = 0; d < axes.length; d++) {
            if (d != row && d != col) {
                axes[next++] = d;
            }
        }
        axes[next] = row;
        axes[next + 1] = col;
        Tensor matrices = row == next && col == next + 1 ? x : x.permute(axes);
        return Engine.run(DIAGONAL, new Diagonal(offset, matrices.dim(-2), matrices.dim(-1)), matrices);
    }

    /// Square matrices with the last axis of `x` on their diagonal.
    static Tensor embed(Tensor x, int offset) {
        int length = Math.addExact(x.dim(-1), Math.abs(offset));
        return Engine.run(DIAG_EMBED, new Diagonal(offset, length, length), x);
    }
}
