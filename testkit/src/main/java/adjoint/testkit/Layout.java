package adjoint.testkit;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;

/// How the values of a tensor lie in memory. An operation must not care.
public enum Layout {
    /// In row-major order, without gaps.
    DENSE,
    /// First and last axis are swapped in memory.
    TRANSPOSED,
    /// In row-major order, but somewhere inside a larger array.
    OFFSET,
    /// A part of a larger tensor, with gaps along every axis. What lies in the gaps is NaN.
    SLICED;

    /// A tensor of the same shape and values as `tensor` in this layout.
    public Tensor place(Tensor tensor) {
        return switch (this) {
            case DENSE -> copy(tensor, 0);
            case TRANSPOSED -> tensor.rank() < 2 ? copy(tensor, 0) : transposed(tensor);
            case OFFSET -> copy(tensor, 5);
            case SLICED -> sliced(tensor);
        };
    }

    private static Tensor copy(Tensor tensor, int offset) {
        Object array = tensor.dtype().allocate(tensor.size() + 2 * offset);
        tensor.copyTo(array, offset);
        return Tensor.wrap(array, offset, tensor.shape());
    }

    private static Tensor transposed(Tensor tensor) {
        return copy(tensor.transpose(0, -1), 0).transpose(0, -1);
    }

    /// Each axis is put between foreign values, from the last to the first.
    private static Tensor sliced(Tensor tensor) {
        Tensor larger = tensor;
        for (int d = 0; d < tensor.rank(); d++) {
            Tensor gap = foreign(larger, d);
            larger = Tensor.concat(d, gap, larger, gap);
        }
        Tensor part = larger;
        for (int d = 0; d < tensor.rank(); d++) {
            part = part.slice(d, 1, 1 + tensor.dim(d));
        }
        return part;
    }

    private static Tensor foreign(Tensor like, int axis) {
        int[] dims = like.shape().dims();
        dims[axis] = 1;
        DType dtype = like.dtype();
        return Tensor.full(
                dtype.isFloating() ? Double.NaN : -7, dtype, Shape.of(dims).dims());
    }
}
