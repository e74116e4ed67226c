package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;

/// A place of a state file in a module.
sealed interface Slot permits Parameter, Buffer {
    Tensor value();

    void set(Tensor values);

    static void check(String kind, Tensor values, DType dtype, Shape shape) {
        if (!values.shape().equals(shape)) {
            throw new ShapeError(kind + " of shape " + shape + " cannot take values of shape " + values.shape());
        }
        if (values.dtype() != dtype) {
            throw new IllegalArgumentException(kind + " of " + dtype + " cannot take values of " + values.dtype()
                    + "; convert them with to(" + dtype + ")");
        }
    }
}
