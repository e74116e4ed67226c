package adjoint.nn;

import adjoint.autodiff.DType;

/// What a normalisation learns: nothing, a scale (`weight`, starts with 1), or a scale and a shift (`bias`, starts with
/// 0).
public enum Affine {
    NONE,
    WEIGHT,
    WEIGHT_AND_BIAS;

    /// Null if there is none.
    Parameter weight(int width, DType dtype) {
        return this == NONE ? null : Parameter.full(1, dtype, width);
    }

    /// Null if there is none.
    Parameter bias(int width, DType dtype) {
        return this == WEIGHT_AND_BIAS ? Parameter.full(0, dtype, width) : null;
    }
}
