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

    T expm1();

    T log();

    T log1p();

    T sqrt();

    T square();

    T abs();

    /// 1, −1, or the value itself where it is 0 or NaN.
    T sign();

    T sin();

    T cos();

    T sinh();

    T cosh();

    T tanh();

    T erf();

    T sigmoid();

    /// xʸ.
    T pow(T y);

    /// The angle of the point (y, this).
    T atan2(T y);

    /// The remainder of the quotient cut to an integer.
    T fmod(T y);

    /// The nearest integer, the even one of two.
    T round();

    T maximum(T y);

    T maximum(double y);

    T minimum(T y);

    /// 1 where this is greater, else 0.
    T greater(T y);

    T greater(double y);

    /// 1 where this is greater or both are equal, else 0.
    T greaterEqual(T y);

    T greaterEqual(double y);

    /// 1 where both are equal, else 0.
    T equal(T y);

    T equal(double y);

    /// This where the mask is not 0, else `other`.
    T where(T mask, T other);

    /// This where the mask is not 0, else `other`.
    T where(T mask, double other);
}
