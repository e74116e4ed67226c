package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;

/// A tensor that is part of a module's state and is not learned: a running mean, a count of batches.
///
/// It is in state files, as parameters are, and no optimiser moves it. In training a module says what becomes of it
/// with [Pass#update]; nothing changes while passes run. A constant that follows from a module's configuration is no
/// buffer but a plain tensor.
public final class Buffer implements Slot {
    private Tensor value;

    private Buffer(Tensor value) {
        this.value = value;
    }

    /// A buffer that starts with a copy of `initial`, of any dtype.
    public static Buffer of(Tensor initial) {
        return new Buffer(copy(initial));
    }

    /// The present value: a new tensor after each [#set]; the old one stays as it was.
    @Override
    public Tensor value() {
        return value;
    }

    public DType dtype() {
        return value.dtype();
    }

    public Shape shape() {
        return value.shape();
    }

    /// Puts a copy of `values` in the value's place.
    ///
    /// @throws adjoint.autodiff.ShapeError if `values` has another shape
    /// @throws IllegalArgumentException if it has another dtype
    @Override
    public void set(Tensor values) {
        Slot.check("a buffer", values, dtype(), shape());
        value = copy(values);
    }

    private static Tensor copy(Tensor values) {
        Object array = values.dtype().allocate(values.size());
        values.copyTo(array, 0);
        return Tensor.wrap(array, 0, values.shape());
    }
}
