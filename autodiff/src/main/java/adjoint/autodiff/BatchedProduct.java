package adjoint.autodiff;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;
import java.util.Arrays;

/// Matrix products `C = op(A)·op(B) + beta·C` over batch axes, on tensors as they lie.
///
/// A matrix is used without copying whenever one of its last two strides is 1. Batch axes are merged where one stride
/// leads through neighbours in all three operands, and joined with the rows of A and C, or with the summed axis, where
/// that makes one larger product; along one remaining axis runs the batched kernel, the others are looped over. Batch
/// axes that C lacks (stride 0) are summed over.
final class BatchedProduct {
    private static final int A = 0;
    private static final int B = 1;
    private static final int C = 2;

    private final Engine engine;
    private final Object[] array = new Object[3];
    private final int[] offset = new int[3];
    private final boolean[] transposed = new boolean[3];
    private final int[] ld = new int[3];
    private final Tensor[] copied = new Tensor[2];
    private final Tensor[] original = new Tensor[2];
    private final int[][] strides = new int[3][8];
    private int[] dims = new int[8];
    private int[] position = new int[8];
    private int rank;
    private int m;
    private int n;
    private int k;

    BatchedProduct(Engine engine) {
        this.engine = engine;
    }

    /// Starts a product whose result has the batch axes and matrices of `result`.
    void begin(Shape result) {
        rank = result.rank() - 2;
        if (rank > dims.length) {
            dims = new int[rank];
            position = new int[rank];
            Arrays.setAll(strides, _ -> new int[rank]);
        }
        for (int d = 0; d < rank; d++) {
            dims[d] = result.at(d);
        }
    }

    /// The left operand: `[…, m, k]`, or `[…, k, m]` if `flipped`.
    void left(Tensor a, boolean flipped) {
        operand(A, a, flipped);
        m = a.dim(flipped ? -1 : -2);
        k = a.dim(flipped ? -2 : -1);
    }

    /// The right operand: `[…, k, n]`, or `[…, n, k]` if `flipped`.
    void right(Tensor b, boolean flipped) {
        operand(B, b, flipped);
        n = b.dim(flipped ? -2 : -1);
    }

    /// The result: dense matrices of `shape`, whose batch axes may be fewer or of length 1.
    void into(Object to, int at, Shape shape) {
        array[C] = to;
        offset[C] = at;
        ld[C] = Math.max(1, n);
        int gap = rank - (shape.rank() - 2);
        int stride = m * n;
        for (int d = rank - 1; d >= 0; d--) {
            int length = d < gap ? 1 : shape.at(d - gap);
            strides[C][d] = length == 1 ? 0 : stride;
            stride *= length;
        }
    }

    private void operand(int which, Tensor tensor, boolean flipped) {
        Tensor usable = tensor;
        int rows = tensor.dim(-2);
        int cols = tensor.dim(-1);
        int row = Layout.stride(tensor, tensor.rank() - 2);
        int col = Layout.stride(tensor, tensor.rank() - 1);
        boolean asIs = (col == 1 || cols == 1) && (row >= cols || rows == 1);
        boolean flip = !asIs && (row == 1 || rows == 1) && (col >= rows || cols == 1);
        if (!asIs && !flip) {
            usable = engine.dense(tensor);
            row = cols;
        }
        original[which] = tensor;
        copied[which] = usable;
        array[which] = usable.array();
        offset[which] = usable.offset;
        transposed[which] = flip != flipped;
        ld[which] = flip ? Math.max(rows, cols == 1 ? 1 : col) : Math.max(cols, rows == 1 ? 1 : row);
        int gap = rank - (tensor.rank() - 2);
        for (int d = 0; d < rank; d++) {
            boolean repeats = d < gap || usable.shape().at(d - gap) == 1;
            strides[which][d] = repeats ? 0 : Layout.stride(usable, d - gap);
        }
    }

    /// Computes, and lets go of the operands. Axes of length 0 in the batch leave nothing to do; those C lacks must not
    /// be empty.
    void run(DType dtype, double beta) {
        merge();
        joinRows();
        joinSummed();
        loop(Engine.kernels(dtype), beta);
        for (int i = 0; i < 2; i++) {
            engine.drop(copied[i], original[i]);
            copied[i] = null;
            original[i] = null;
        }
        Arrays.fill(array, null);
    }

    private void merge() {
        int kept = 0;
        for (int d = 0; d < rank; d++) {
            if (dims[d] == 1) {
                continue;
            }
            boolean joins = kept > 0;
            for (int i = 0; i < 3; i++) {
                joins = joins && strides[i][kept - 1] == strides[i][d] * dims[d];
            }
            int length = joins ? dims[kept - 1] * dims[d] : dims[d];
            kept = joins ? kept : kept + 1;
            dims[kept - 1] = length;
            for (int i = 0; i < 3; i++) {
                strides[i][kept - 1] = strides[i][d];
            }
        }
        rank = kept;
    }

    /// Matrices of A and C stacked without gaps, all multiplied by the same B, are one taller matrix.
    private void joinRows() {
        int d = rank - 1;
        if (d >= 0
                && strides[B][d] == 0
                && !transposed[A]
                && strides[A][d] == m * ld[A]
                && strides[C][d] == m * ld[C]) {
            m *= dims[d];
            rank--;
        }
    }

    /// Products summed over a batch axis whose factors are stacked along the summed axis are one product.
    private void joinSummed() {
        int d = rank - 1;
        if (d >= 0
                && strides[C][d] == 0
                && transposed[A]
                && !transposed[B]
                && strides[A][d] == k * ld[A]
                && strides[B][d] == k * ld[B]) {
            k *= dims[d];
            rank--;
        }
    }

    private void loop(Kernels<Object> kernels, double beta) {
        for (int d = 0; d < rank; d++) {
            if (dims[d] == 0) {
                return;
            }
        }
        int batch = batchAxis();
        Arrays.fill(position, 0, rank, 0);
        while (true) {
            multiply(kernels, batch, isFirst(batch) ? beta : 1);
            int d = rank - 1;
            while (d >= 0 && (d == batch || ++position[d] == dims[d])) {
                if (d != batch) {
                    position[d] = 0;
                    move(d, 1 - dims[d]);
                }
                d--;
            }
            if (d < 0) {
                return;
            }
            move(d, 1);
        }
    }

    /// The last axis along which items of C differ, or -1.
    private int batchAxis() {
        int d = rank - 1;
        while (d >= 0 && strides[C][d] == 0) {
            d--;
        }
        return d;
    }

    /// Whether nothing has been added to the current matrices of C yet.
    private boolean isFirst(int batch) {
        for (int d = 0; d < rank; d++) {
            if (d != batch && strides[C][d] == 0 && position[d] > 0) {
                return false;
            }
        }
        return true;
    }

    private void move(int d, int steps) {
        for (int i = 0; i < 3; i++) {
            offset[i] += steps * strides[i][d];
        }
    }

    private void multiply(Kernels<Object> kernels, int batch, double beta) {
        Transpose ta = transposed[A] ? Transpose.YES : Transpose.NO;
        Transpose tb = transposed[B] ? Transpose.YES : Transpose.NO;
        if (batch < 0) {
            kernels.gemm(
                    ta, tb, m, n, k, 1, array[A], offset[A], ld[A], array[B], offset[B], ld[B], beta, array[C],
                    offset[C], ld[C]);
        } else {
            kernels.gemmBatched(
                    ta,
                    tb,
                    m,
                    n,
                    k,
                    1,
                    array[A],
                    offset[A],
                    ld[A],
                    strides[A][batch],
                    array[B],
                    offset[B],
                    ld[B],
                    strides[B][batch],
                    beta,
                    array[C],
                    offset[C],
                    ld[C],
                    strides[C][batch],
                    dims[batch]);
        }
    }
}
