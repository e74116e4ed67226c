package adjoint.autodiff;

import adjoint.linalg.Kernels;
import java.util.Arrays;

/// What operations on matrices share: the last two axes are a matrix, those before them count matrices, the batch.
final class Matrices {
    private Matrices() {}

    // ---- shapes

    /// Checks that the last two axes of a floating point tensor are a matrix.
    static void requireMatrix(Op<?> op, Tensor a) {
        Elementwise.floating(op, a);
        if (a.rank() < 2) {
            throw new ShapeError(op + ": needs matrices in the last two axes, got shape " + a.shape());
        }
    }

    /// Checks that these are square, and says of what order.
    static int requireSquare(Op<?> op, Tensor a) {
        Elementwise.floating(op, a);
        return requireSquare(op.name(), a);
    }

    static int requireSquare(String op, Tensor a) {
        if (a.rank() < 2 || a.dim(-1) != a.dim(-2)) {
            throw new ShapeError(op + ": needs square matrices in the last two axes, got shape " + a.shape());
        }
        return a.dim(-1);
    }

    /// Declares a result of the shape of its argument, square matrices.
    static void declareAlike(Op<?> op, Call call) {
        requireSquare(op, call.in(0));
        call.output(call.in(0).dtype(), call.in(0).shape());
    }

    /// Checks that the right-hand sides of a system with the matrices `a`, whose side is `length`, fit it. Their batch
    /// is that of the result, to which the batch of `a` may broadcast.
    static void requireFits(Op<?> op, Tensor a, int length, Tensor b, int axis) {
        Elementwise.floating(op, a, b);
        if (b.rank() < 2 || b.dim(axis) != length) {
            throw new ShapeError(op + ": shapes " + a.shape() + " and " + b.shape() + ": axis " + axis
                    + " of the right-hand side must have length " + length);
        }
        Layout.broadcast(op.name(), batch(a.shape()), batch(b.shape()));
    }

    /// The axes before the last two.
    static Shape batch(Shape shape) {
        return Shape.of(shape.array(), shape.rank() - 2);
    }

    /// The axes `batch`, and then `last`.
    static Shape shape(Shape batch, int... last) {
        int[] dims = Arrays.copyOf(batch.array(), batch.rank() + last.length);
        System.arraycopy(last, 0, dims, batch.rank(), last.length);
        return Shape.of(dims);
    }

    /// The number of matrices.
    static int count(Tensor a) {
        return batch(a.shape()).size();
    }

    /// For each item of the batch `of`, which item of the batch `in` broadcasts to it; null if that is itself.
    static int[] items(Shape in, Shape of) {
        if (in.equals(of)) {
            return null;
        }
        int[] numbers = new int[in.size()];
        Arrays.setAll(numbers, i -> i);
        int[] dense = Layout.dense(in);
        int gap = of.rank() - in.rank();
        int[] strides = new int[of.rank()];
        for (int d = gap; d < strides.length; d++) {
            strides[d] = in.at(d - gap) == 1 ? 0 : dense[d - gap];
        }
        int[] items = new int[of.size()];
        Engine.copy(Tensor.view(Tensor.over(numbers, 0, in), 0, of, strides), items, 0);
        return items;
    }

    static int item(int[] items, int i) {
        return items == null ? i : items[i];
    }

    // ---- errors

    /// ``the matrix of shape [3, 3]`` or ``matrix [1, 0] of [2, 2, 3, 3]``.
    static String which(Tensor a, int item) {
        Shape batch = batch(a.shape());
        if (batch.rank() == 0) {
            return "the matrix of shape " + a.shape();
        }
        int[] position = new int[batch.rank()];
        int rest = item;
        for (int d = batch.rank() - 1; d >= 0; d--) {
            position[d] = rest % batch.at(d);
            rest /= batch.at(d);
        }
        return "matrix " + Arrays.toString(position) + " of " + a.shape();
    }

    static ArithmeticException singular(Op<?> op, Tensor a, int item, int pivot) {
        return new ArithmeticException(
                op + ": " + which(a, item) + " is singular: pivot " + pivot + " of its elimination is 0");
    }

    /// Checks that a matrix, which has been copied to `array`, is finite.
    static void requireFinite(Op<?> op, Tensor a, int item, Object array, int offset) {
        int cols = a.dim(-1);
        Kernels<Object> kernels = Engine.kernels(a.dtype());
        int bad = kernels.firstNonFinite(array, offset, a.dim(-2) * cols);
        if (bad >= 0) {
            throw new IllegalArgumentException(op + ": element [" + bad / cols + ", " + bad % cols + "] of "
                    + which(a, item) + " is " + Tensor.element(array, offset + bad) + "; all must be finite");
        }
    }

    // ---- tensors

    static Tensor transpose(Tensor a) {
        return a.transpose(-2, -1);
    }

    /// ½(A + Aᵀ).
    static Tensor symmetric(Tensor a) {
        return a.add(transpose(a)).mul(0.5);
    }

    /// ½(A − Aᵀ).
    static Tensor skew(Tensor a) {
        return a.sub(transpose(a)).mul(0.5);
    }

    /// A·diag(x).
    static Tensor scaleColumns(Tensor a, Tensor x) {
        return a.mul(x.unsqueeze(-2));
    }

    // ---- several results in one tensor

    /// The part from `from` on of what [#pack] has put together, under the shape `last` in each item of the batch.
    static Tensor part(Tensor packed, int from, int... last) {
        Shape batch = Shape.of(packed.shape().array(), packed.rank() - 1);
        int size = Shape.of(last).size();
        return packed.slice(-1, from, from + size).reshape(shape(batch, last));
    }

    /// Tensors over one batch one after another in a last axis, item by item.
    static Tensor pack(Shape batch, Tensor... parts) {
        Tensor[] flat = new Tensor[parts.length];
        for (int i = 0; i < parts.length; i++) {
            int[] dims = parts[i].shape().array();
            int size = Shape.of(Arrays.copyOfRange(dims, batch.rank(), dims.length))
                    .size();
            flat[i] = parts[i].reshape(shape(batch, size));
        }
        return Tensor.concat(-1, flat);
    }
}
