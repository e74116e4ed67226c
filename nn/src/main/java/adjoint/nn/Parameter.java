package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A tensor that is learned: a leaf of the tape over one array, which optimisers and [#set] write in place.
public final class Parameter implements Slot {
    private Tensor value;
    private Object array;
    private int offset;

    private Parameter(Object array, Shape shape) {
        place(array, 0, shape);
    }

    /// A parameter that starts with a copy of `initial`.
    ///
    /// @throws IllegalArgumentException if `initial` is of an integer dtype
    public static Parameter of(Tensor initial) {
        if (!initial.dtype().isFloating()) {
            throw new IllegalArgumentException("a parameter must be F32 or F64, got " + initial.dtype());
        }
        Object array = initial.dtype().allocate(initial.size());
        initial.copyTo(array, 0);
        return new Parameter(array, initial.shape());
    }

    /// A parameter that starts with draws from U(−`bound`, `bound`).
    public static Parameter uniform(Rng key, double bound, DType dtype, int... shape) {
        return of(Tensor.uniform(key, -bound, bound, dtype, shape));
    }

    /// A parameter that starts with one value everywhere.
    public static Parameter full(double value, DType dtype, int... shape) {
        return of(Tensor.full(value, dtype, shape));
    }

    /// The leaf tensor: the same object for as long as no trainer takes the parameter over.
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

    /// Overwrites the values in place.
    ///
    /// @throws adjoint.autodiff.ShapeError if `values` has another shape
    /// @throws IllegalArgumentException if it has another dtype
    @Override
    public void set(Tensor values) {
        Slot.check("a parameter", values, dtype(), shape());
        values.copyTo(array, offset);
    }

    /// Carries the values over to `array` from `offset` on, where they live from now on.
    void moveTo(Object array, int offset) {
        value.copyTo(array, offset);
        place(array, offset, shape());
    }

    private void place(Object array, int offset, Shape shape) {
        this.array = array;
        this.offset = offset;
        this.value = Tensor.wrap(array, offset, shape);
    }
}
