package adjoint.autodiff;

/// What formulas of element-wise operations are written in, so that one formula can be carried out in two ways: on
/// whole tensors, as differentiable operations, or fused into one kernel ([Fusion]).
interface Algebra<T extends Algebra<T>> {
    T add(T y);

    T add(double y);

    T sub(T y);

    T mul(T y);

    T mul(double y);

    T div(T y);

    T neg();

    T reciprocal();

    T exp();

    T log();

    T sqrt();

    T square();

    T abs();

    /// 1, −1, or the value itself where it is 0 or NaN.
    T sign();

    T tanh();

    T erf();

    T sigmoid();

    T maximum(T y);

    T maximum(double y);

    T minimum(T y);

    /// 1 where this is greater, else 0.
    T greater(T y);

    /// 1 where both are equal, else 0.
    T equal(T y);

    T equal(double y);

    /// This where the mask is not 0, else `other`.
    T where(T mask, T other);

    /// This where the mask is not 0, else `other`.
    T where(T mask, double other);
}
