package adjoint.autodiff;

import adjoint.linalg.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/// An array of numbers with a [Shape] and a [DType]; immutable to its user.
///
/// ```
/// Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
/// Tensor y = x.mul(2).sum(1);     // [12, 30]
/// ```
///
/// **Operations** are methods. Those of two tensors broadcast as NumPy does: shapes are aligned at their last axis, and
/// an axis of length 1 (or a missing one) serves all positions of the other's. Both tensors must have the same dtype.
///
/// **Views.** [#reshape] (where the layout allows), [#transpose], [#permute], [#slice], [#diagonal], [#expand],
/// [#unsqueeze], [#squeeze] and [#detach] share their values with the tensor they were made from; nothing is copied
/// until a kernel cannot use the layout.
///
/// **Recording.** Inside a [Tape], an operation is recorded when one of its arguments depends on a watched tensor; then
/// its result lives until the tape is closed, or until [Tape#backward] has gone past it. Outside, nothing is recorded
/// and results are ordinary garbage-collected arrays.
///
/// **Errors.** Shapes that do not fit are a [ShapeError]; dtypes that do not, an [IllegalArgumentException]; a tensor
/// of a closed tape, an [IllegalStateException]. They name the operation, the shapes and what was probably meant.
public final class Tensor implements Algebra<Tensor> {
    final Storage storage;
    final int offset;
    /// The distance between neighbours along each axis; null in row-major order without gaps.
    final int[] strides;
    /// The entry of the tape that made this, or null.
    Call call;

    private final Shape shape;
    private final DType dtype;
    /// That of the storage when this tensor was made.
    private final int generation;

    Tensor(Storage storage, int offset, Shape shape, int[] strides, DType dtype) {
        this.storage = storage;
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
        this.dtype = dtype;
        generation = storage.generation;
    }

    // ---- making tensors

    /// A tensor of a copy of `values`, in row-major order. Without a shape it is a vector.
    ///
    /// @throws ShapeError if the number of values is not the shape's size
    public static Tensor of(float[] values, int... shape) {
        return copyOf(values, values.length, shape);
    }

    /// As [#of(float[], int...)], of doubles.
    public static Tensor of(double[] values, int... shape) {
        return copyOf(values, values.length, shape);
    }

    /// As [#of(float[], int...)], of `I32`.
    public static Tensor ofInts(int[] values, int... shape) {
        return copyOf(values, values.length, shape);
    }

    /// As [#of(float[], int...)], of `I64`.
    public static Tensor ofLongs(long[] values, int... shape) {
        return copyOf(values, values.length, shape);
    }

    /// A scalar (shape `[]`).
    public static Tensor scalar(double value, DType dtype) {
        return full(value, dtype, Shape.SCALAR);
    }

    /// A tensor over the caller's array (`float[]`, `double[]`, `int[]` or `long[]`) from `offset` on, which is not
    /// copied: writing to the array changes the tensor.
    public static Tensor wrap(Object array, int offset, Shape shape) {
        DType dtype = DType.of(array);
        int length = dtype.length(array);
        if (offset < 0 || (long) offset + shape.size() > length) {
            throw new ShapeError("wrap: shape " + shape + " needs " + shape.size() + " elements from offset " + offset
                    + ", the array has " + length);
        }
        return over(array, offset, shape);
    }

    /// All elements 0.
    public static Tensor zeros(DType dtype, int... shape) {
        return zeros(dtype, Shape.of(shape));
    }

    /// All elements 1.
    public static Tensor ones(DType dtype, int... shape) {
        return full(1, dtype, Shape.of(shape));
    }

    /// All elements `value`.
    public static Tensor full(double value, DType dtype, int... shape) {
        return full(value, dtype, Shape.of(shape));
    }

    /// `[0, 1, …, n-1]`.
    public static Tensor range(int n, DType dtype) {
        Object array = dtype.allocate(n);
        for (int i = 0; i < n; i++) {
            setElement(array, i, i);
        }
        return over(array, 0, Shape.of(n));
    }

    /// `[from, from + step, …]`, as far as it is below `to`, or above it for a negative step.
    public static Tensor range(double from, double to, double step, DType dtype) {
        return Arrangements.range(from, to, step, dtype);
    }

    /// `n` numbers at one distance, from `first` to `last`, both inclusive.
    public static Tensor linspace(double first, double last, int n, DType dtype) {
        return Arrangements.linspace(first, last, n, dtype);
    }

    /// The identity matrix.
    public static Tensor eye(int n, DType dtype) {
        return eye(n, n, dtype);
    }

    /// A matrix with 1 on its diagonal, else 0.
    public static Tensor eye(int rows, int cols, DType dtype) {
        Tensor eye = zeros(dtype, rows, cols);
        for (int i = 0; i < Math.min(rows, cols); i++) {
            setElement(eye.array(), i * (cols + 1), 1);
        }
        return eye;
    }

    /// Vectors as coordinates of a grid: tensor `d` of the result has vector `d` along its axis `d`, and repeats it
    /// along all others.
    public static List<Tensor> meshgrid(Tensor... vectors) {
        return Arrangements.meshgrid(vectors);
    }

    /// Draws from U[`low`, `high`), determined by `key` alone.
    public static Tensor uniform(Rng key, double low, double high, DType dtype, int... shape) {
        Shape of = Shape.of(shape);
        Object array = dtype.precision().allocate(of.size());
        key.fillUniform(array, 0, of.size(), low, high);
        return over(array, 0, of);
    }

    /// Draws from N(`mean`, `deviation`²), determined by `key` alone.
    public static Tensor normal(Rng key, double mean, double deviation, DType dtype, int... shape) {
        Shape of = Shape.of(shape);
        Object array = dtype.precision().allocate(of.size());
        key.fillNormal(array, 0, of.size(), mean, deviation);
        return over(array, 0, of);
    }

    // ---- what it is

    /// What the elements are.
    public DType dtype() {
        return dtype;
    }

    /// The lengths of the axes.
    public Shape shape() {
        return shape;
    }

    /// The number of elements.
    public int size() {
        return shape.size();
    }

    /// The number of axes.
    public int rank() {
        return shape.rank();
    }

    /// The length of an axis, counted from the end when negative.
    public int dim(int axis) {
        return shape.dim(axis);
    }

    /// The value of a tensor of one element.
    public double item() {
        if (size() != 1) {
            throw new ShapeError("item: the tensor has shape " + shape + ", not a single element");
        }
        return element(array(), offset);
    }

    /// The element at the given position, one index per axis.
    public double get(int... position) {
        if (position.length != rank()) {
            throw new ShapeError("get: shape " + shape + " takes " + rank() + " indices, got " + position.length);
        }
        int at = offset;
        for (int d = 0; d < position.length; d++) {
            if (position[d] < 0 || position[d] >= shape.at(d)) {
                throw new IndexOutOfBoundsException(
                        "get: index " + position[d] + " is outside axis " + d + " of shape " + shape);
            }
            at += position[d] * Layout.stride(this, d);
        }
        return element(array(), at);
    }

    /// The values in row-major order, in a new array. `F64` values are rounded.
    public float[] toFloats() {
        return (float[]) read(DType.F32);
    }

    /// The values in row-major order, in a new array.
    public double[] toDoubles() {
        return (double[]) read(DType.F64);
    }

    /// The values of an integer tensor in row-major order, in a new array.
    public int[] toInts() {
        if (dtype.isFloating()) {
            throw new IllegalArgumentException("toInts: the tensor is " + dtype + "; convert with to(DType.I32)");
        }
        return (int[]) read(DType.I32);
    }

    /// Writes the values in row-major order into an array of the tensor's own type, from `offset` on.
    public void copyTo(Object array, int offset) {
        if (DType.of(array) != dtype || offset < 0 || (long) offset + size() > dtype.length(array)) {
            throw new IllegalArgumentException("copyTo: needs room for " + size() + " elements from offset " + offset
                    + " in an array of " + dtype + ", got " + DType.of(array) + " of length "
                    + DType.of(array).length(array));
        }
        requireAlive();
        Engine.copy(this, array, offset);
    }

    /// As NumPy prints arrays, with dtype and shape, large ones shortened.
    @Override
    public String toString() {
        return TensorText.of(this);
    }

    // ---- elementwise

    /// x + y.
    @Override
    public Tensor add(Tensor y) {
        return Engine.run(Elementwise.ADD, null, this, y);
    }

    /// x + y.
    @Override
    public Tensor add(double y) {
        return Engine.run(Elementwise.ADD_SCALAR, y, this);
    }

    /// x − y.
    @Override
    public Tensor sub(Tensor y) {
        return Engine.run(Elementwise.SUB, null, this, y);
    }

    /// x − y.
    public Tensor sub(double y) {
        return Engine.run(Elementwise.ADD_SCALAR, -y, this);
    }

    /// x·y, element by element; [#matmul] is the matrix product.
    @Override
    public Tensor mul(Tensor y) {
        return Engine.run(Elementwise.MUL, null, this, y);
    }

    /// x·y.
    @Override
    public Tensor mul(double y) {
        return Engine.run(Elementwise.MUL_SCALAR, y, this);
    }

    /// x/y.
    @Override
    public Tensor div(Tensor y) {
        return Engine.run(Elementwise.DIV, null, this, y);
    }

    /// x/y.
    public Tensor div(double y) {
        return Engine.run(Elementwise.DIV_SCALAR, y, this);
    }

    /// −x.
    @Override
    public Tensor neg() {
        return Engine.run(Elementwise.NEG, null, this);
    }

    /// 1/x.
    @Override
    public Tensor reciprocal() {
        return Engine.run(Elementwise.RECIPROCAL, null, this);
    }

    /// eˣ.
    @Override
    public Tensor exp() {
        return Engine.run(Elementwise.EXP, null, this);
    }

    /// eˣ − 1, without loss of digits near 0.
    @Override
    public Tensor expm1() {
        return Engine.run(Analytic.EXPM1, null, this);
    }

    /// 2ˣ.
    public Tensor exp2() {
        return Engine.run(Analytic.EXP2, null, this);
    }

    /// The natural logarithm: −∞ at 0, NaN below.
    @Override
    public Tensor log() {
        return Engine.run(Elementwise.LOG, null, this);
    }

    /// ln(1 + x), without loss of digits near 0.
    @Override
    public Tensor log1p() {
        return Engine.run(Analytic.LOG1P, null, this);
    }

    /// The logarithm to base 2, exact for powers of 2.
    public Tensor log2() {
        return Engine.run(Analytic.LOG2, null, this);
    }

    /// The logarithm to base 10.
    public Tensor log10() {
        return Engine.run(Analytic.LOG10, null, this);
    }

    /// xʸ: NaN where x is negative and y no integer. The gradient of y is 0 where x is 0 and y ≥ 0.
    @Override
    public Tensor pow(Tensor y) {
        return Engine.run(Analytic.POW, null, this, y);
    }

    /// xʸ.
    public Tensor pow(double y) {
        return y == 2 ? square() : Engine.run(Analytic.POW_SCALAR, y, this);
    }

    /// √x, NaN below 0.
    @Override
    public Tensor sqrt() {
        return Engine.run(Elementwise.SQRT, null, this);
    }

    /// 1/√x: ∞ at 0, NaN below.
    public Tensor rsqrt() {
        return Engine.run(Analytic.RSQRT, null, this);
    }

    /// x².
    @Override
    public Tensor square() {
        return Engine.run(Elementwise.SQUARE, null, this);
    }

    /// |x|; the gradient at 0 is 0.
    @Override
    public Tensor abs() {
        return Engine.run(Elementwise.ABS, null, this);
    }

    /// 1, −1, or the value itself where it is 0 or NaN. No gradient.
    @Override
    public Tensor sign() {
        return Engine.run(Elementwise.SIGN, null, this);
    }

    /// The sine of an angle in radians.
    @Override
    public Tensor sin() {
        return Engine.run(Analytic.SIN, null, this);
    }

    /// The cosine of an angle in radians.
    @Override
    public Tensor cos() {
        return Engine.run(Analytic.COS, null, this);
    }

    /// The tangent of an angle in radians.
    public Tensor tan() {
        return Engine.run(Analytic.TAN, null, this);
    }

    /// The angle in [−π/2, π/2] with sine x; NaN outside [−1, 1].
    public Tensor asin() {
        return Engine.run(Analytic.ASIN, null, this);
    }

    /// The angle in [0, π] with cosine x; NaN outside [−1, 1].
    public Tensor acos() {
        return Engine.run(Analytic.ACOS, null, this);
    }

    /// The angle in [−π/2, π/2] with tangent x.
    public Tensor atan() {
        return Engine.run(Analytic.ATAN, null, this);
    }

    /// The angle in [−π, π] of the point (x, this) in the plane; the gradient at the origin is NaN.
    @Override
    public Tensor atan2(Tensor x) {
        return Engine.run(Analytic.ATAN2, null, this, x);
    }

    /// (eˣ − e⁻ˣ)/2.
    @Override
    public Tensor sinh() {
        return Engine.run(Analytic.SINH, null, this);
    }

    /// (eˣ + e⁻ˣ)/2.
    @Override
    public Tensor cosh() {
        return Engine.run(Analytic.COSH, null, this);
    }

    /// The inverse of [#sinh].
    public Tensor asinh() {
        return Engine.run(Analytic.ASINH, null, this);
    }

    /// The inverse of [#cosh], NaN below 1.
    public Tensor acosh() {
        return Engine.run(Analytic.ACOSH, null, this);
    }

    /// The inverse of [#tanh]: ±∞ at ±1, NaN beyond.
    public Tensor atanh() {
        return Engine.run(Analytic.ATANH, null, this);
    }

    /// The hyperbolic tangent.
    @Override
    public Tensor tanh() {
        return Engine.run(Elementwise.TANH, null, this);
    }

    /// The error function 2/√π ∫₀ˣ e^(−t²) dt.
    @Override
    public Tensor erf() {
        return Engine.run(Elementwise.ERF, null, this);
    }

    /// 1 − erf x, without loss of digits where that is small; [Special] has the inverse of erf.
    public Tensor erfc() {
        return Engine.run(Analytic.ERFC, null, this);
    }

    /// 1/(1 + e⁻ˣ).
    @Override
    public Tensor sigmoid() {
        return Engine.run(Elementwise.SIGMOID, null, this);
    }

    /// max(x, 0).
    public Tensor relu() {
        return Engine.run(Elementwise.RELU, null, this);
    }

    /// x·Φ(x) = x/2·(1 + erf(x/√2)).
    public Tensor gelu() {
        return Engine.run(Elementwise.GELU, null, this);
    }

    /// The larger of both, NaN if one is NaN. Where they are equal each gets half of the gradient.
    @Override
    public Tensor maximum(Tensor y) {
        return Engine.run(Elementwise.MAXIMUM, null, this, y);
    }

    /// The larger of x and y.
    @Override
    public Tensor maximum(double y) {
        return Engine.run(Elementwise.MAXIMUM_SCALAR, y, this);
    }

    /// The smaller of both, NaN if one is NaN. Where they are equal each gets half of the gradient.
    @Override
    public Tensor minimum(Tensor y) {
        return Engine.run(Elementwise.MINIMUM, null, this, y);
    }

    /// The smaller of x and y.
    public Tensor minimum(double y) {
        return Engine.run(Elementwise.MINIMUM_SCALAR, y, this);
    }

    /// `min(max(x, low), high)`; the gradient is 1 from `low` to `high` inclusive, else 0. An infinite bound is none.
    public Tensor clamp(double low, double high) {
        Tensor above = low == Double.NEGATIVE_INFINITY ? this : Engine.run(Steps.CLAMP_MIN, low, this);
        return high == Double.POSITIVE_INFINITY ? above : Engine.run(Steps.CLAMP_MAX, high, above);
    }

    /// x − y·trunc(x/y), exactly, with the sign of x: Java's `%`. NaN where y is 0.
    @Override
    public Tensor fmod(Tensor y) {
        return Engine.run(Steps.FMOD, null, this, y);
    }

    /// x − y·⌊x/y⌋, with the sign of y: Python's `%`. NaN where y is 0.
    public Tensor remainder(Tensor y) {
        return Engine.run(Steps.REMAINDER, null, this, y);
    }

    /// The greatest integer that is not above x. No gradient.
    public Tensor floor() {
        return Engine.run(Steps.FLOOR, null, this);
    }

    /// The least integer that is not below x. No gradient.
    public Tensor ceil() {
        return Engine.run(Steps.CEIL, null, this);
    }

    /// The nearest integer, the even one of two. No gradient.
    @Override
    public Tensor round() {
        return Engine.run(Steps.ROUND, null, this);
    }

    /// The nearest integer towards 0. No gradient.
    public Tensor trunc() {
        return Engine.run(Steps.TRUNC, null, this);
    }

    /// `mask ≠ 0 ? this : other`, broadcasting all three. The mask has the dtype of the values and gets no gradient.
    @Override
    public Tensor where(Tensor mask, Tensor other) {
        return Engine.run(Elementwise.WHERE, null, this, mask, other);
    }

    /// `mask ≠ 0 ? this : other`.
    @Override
    public Tensor where(Tensor mask, double other) {
        return where(mask, scalar(other, dtype));
    }

    // ---- comparisons: masks of 1 and 0 in this dtype, without a gradient. A product of masks is `and`, maximum `or`.

    /// 1 where x > y, else 0.
    @Override
    public Tensor greater(Tensor y) {
        return Engine.run(Elementwise.GREATER, null, this, y);
    }

    /// 1 where x > y, else 0.
    @Override
    public Tensor greater(double y) {
        return greater(scalar(y, dtype));
    }

    /// 1 where x ≥ y, else 0.
    @Override
    public Tensor greaterEqual(Tensor y) {
        return Engine.run(Steps.GREATER_EQUAL, null, this, y);
    }

    /// 1 where x ≥ y, else 0.
    @Override
    public Tensor greaterEqual(double y) {
        return greaterEqual(scalar(y, dtype));
    }

    /// 1 where x < y, else 0.
    public Tensor less(Tensor y) {
        return y.greater(this);
    }

    /// 1 where x < y, else 0.
    public Tensor less(double y) {
        return less(scalar(y, dtype));
    }

    /// 1 where x ≤ y, else 0.
    public Tensor lessEqual(Tensor y) {
        return y.greaterEqual(this);
    }

    /// 1 where x ≤ y, else 0.
    public Tensor lessEqual(double y) {
        return lessEqual(scalar(y, dtype));
    }

    /// 1 where both are equal, else 0; NaN equals nothing.
    @Override
    public Tensor equal(Tensor y) {
        return Engine.run(Elementwise.EQUAL, null, this, y);
    }

    /// 1 where x = y, else 0.
    @Override
    public Tensor equal(double y) {
        return equal(scalar(y, dtype));
    }

    /// 1 where both differ, else 0; NaN differs from everything.
    public Tensor notEqual(Tensor y) {
        return Engine.run(Steps.NOT_EQUAL, null, this, y);
    }

    /// 1 where x ≠ y, else 0.
    public Tensor notEqual(double y) {
        return notEqual(scalar(y, dtype));
    }

    /// 1 where x is NaN, else 0.
    public Tensor isNaN() {
        return Engine.run(Steps.IS_NAN, null, this);
    }

    /// 1 where x is neither NaN nor infinite, else 0.
    public Tensor isFinite() {
        return Engine.run(Steps.IS_FINITE, null, this);
    }

    // ---- conversion

    /// The same values in another dtype; the gradient is converted back.
    public Tensor to(DType dtype) {
        return dtype == this.dtype ? this : Engine.run(Views.CAST, dtype, this);
    }

    // ---- reductions

    /// The sum of all elements, a scalar.
    public Tensor sum() {
        return sumTo(Shape.SCALAR);
    }

    /// The sum over one or more axes, which are dropped.
    public Tensor sum(int... axes) {
        return sum(false, axes);
    }

    /// The sum over axes, kept with length 1 if `keepDims`. Without axes, over all.
    public Tensor sum(boolean keepDims, int... axes) {
        Tensor sum = sumTo(without("sum", true, axes));
        return keepDims ? sum : sum.reshape(without("sum", false, axes));
    }

    /// The mean of all elements, a scalar.
    public Tensor mean() {
        return sum().div(size());
    }

    /// The mean over one or more axes, which are dropped.
    public Tensor mean(int... axes) {
        return mean(false, axes);
    }

    /// The mean over axes, kept with length 1 if `keepDims`. Without axes, over all.
    public Tensor mean(boolean keepDims, int... axes) {
        Tensor sum = sum(keepDims, axes);
        return sum.div((double) size() / sum.size());
    }

    /// The product over axes, which are dropped; without axes, over all.
    public Tensor prod(int... axes) {
        return prod(false, axes);
    }

    /// The product over axes, kept with length 1 if `keepDims`. Without axes, over all. The product of nothing is 1.
    public Tensor prod(boolean keepDims, int... axes) {
        return reduce("prod", keepDims, axes, (x, over) -> Engine.run(Folds.PROD, over, x));
    }

    /// The largest element over axes, which are dropped; without axes, of all. NaN if one is NaN. Elements that tie
    /// share the gradient.
    public Tensor max(int... axes) {
        return max(false, axes);
    }

    /// As [#max(int...)], with the axes kept with length 1 if `keepDims`.
    public Tensor max(boolean keepDims, int... axes) {
        return reduce("max", keepDims, axes, (x, over) -> Engine.run(Folds.MAX, over, x));
    }

    /// The smallest element over axes, which are dropped; without axes, of all. NaN if one is NaN. Elements that tie
    /// share the gradient.
    public Tensor min(int... axes) {
        return min(false, axes);
    }

    /// As [#min(int...)], with the axes kept with length 1 if `keepDims`.
    public Tensor min(boolean keepDims, int... axes) {
        return reduce("min", keepDims, axes, (x, over) -> Engine.run(Folds.MIN, over, x));
    }

    /// The position of the largest element of all in row-major order, a scalar of `I32`, as [#argmax(int)].
    public Tensor argmax() {
        return reshape(-1).argmax(0);
    }

    /// The position of the largest element along an axis, the first of them where they tie, as `I32`. No gradient.
    public Tensor argmax(int axis) {
        return Engine.run(Reductions.ARGMAX, null, last(axis));
    }

    /// The position of the smallest element of all in row-major order, a scalar of `I32`, as [#argmin(int)].
    public Tensor argmin() {
        return reshape(-1).argmin(0);
    }

    /// The position of the smallest element along an axis, the first of them where they tie, as `I32`. No gradient.
    public Tensor argmin(int axis) {
        return Engine.run(Reductions.ARGMIN, null, last(axis));
    }

    /// The variance Σ (x − mean)²/(n − correction) over axes, kept with length 1 if `keepDims`; without axes, over all.
    /// A correction of 1 makes the estimate unbiased, 0 gives the mean squared distance. NaN where n ≤ correction.
    public Tensor var(int correction, boolean keepDims, int... axes) {
        return reduce("var", keepDims, axes, (x, over) -> Engine.run(Folds.VAR, new Folds.Moment(over, correction), x));
    }

    /// As [#var(int, boolean, int...)], with the axes dropped.
    public Tensor var(int correction, int... axes) {
        return var(correction, false, axes);
    }

    /// √[#var]; the gradient is 0 where the deviation is 0.
    public Tensor std(int correction, boolean keepDims, int... axes) {
        return Engine.run(Analytic.ROOT, null, var(correction, keepDims, axes));
    }

    /// As [#std(int, boolean, int...)], with the axes dropped.
    public Tensor std(int correction, int... axes) {
        return std(correction, false, axes);
    }

    /// (Σ |x|ᵖ)^(1/p) over axes, kept with length 1 if `keepDims`; without axes, over all. The largest |x| for p = ∞,
    /// the smallest for −∞, the number of non-zeros for 0. The gradient where the norm is 0 is 0.
    public Tensor norm(double p, boolean keepDims, int... axes) {
        if (p == 2) {
            return Engine.run(Analytic.ROOT, null, square().sum(keepDims, axes));
        } else if (p == 1) {
            return abs().sum(keepDims, axes);
        } else if (p == Double.POSITIVE_INFINITY) {
            return abs().max(keepDims, axes);
        } else if (p == Double.NEGATIVE_INFINITY) {
            return abs().min(keepDims, axes);
        } else if (p == 0) {
            return notEqual(0).sum(keepDims, axes);
        }
        Tensor sum = abs().pow(p).sum(keepDims, axes);
        return sum.where(sum, 1).pow(1 / p).where(sum, 0);
    }

    /// As [#norm(double, boolean, int...)], with the axes dropped.
    public Tensor norm(double p, int... axes) {
        return norm(p, false, axes);
    }

    /// log Σ eˣ over axes, which are dropped, without overflow; without axes, over all.
    public Tensor logSumExp(int... axes) {
        return logSumExp(false, axes);
    }

    /// As [#logSumExp(int...)], with the axes kept with length 1 if `keepDims`.
    public Tensor logSumExp(boolean keepDims, int... axes) {
        return reduce("logSumExp", keepDims, axes, Rows::logSumExp);
    }

    /// 1 where an element over axes is not 0, else 0, in this dtype; without axes, over all. No gradient.
    public Tensor any(int... axes) {
        return notEqual(0).sum(axes).greater(0);
    }

    /// 1 where no element over axes is 0, else 0, in this dtype; without axes, over all. No gradient.
    public Tensor all(int... axes) {
        return equal(0).sum(axes).equal(0);
    }

    /// The number of elements over axes that are not 0, as `I64`; without axes, of all. No gradient.
    public Tensor countNonZero(int... axes) {
        return notEqual(0).to(DType.F64).sum(axes).to(DType.I64);
    }

    /// Σ xⱼ over j ≤ i along an axis.
    public Tensor cumsum(int axis) {
        return Engine.run(Scans.CUMSUM, new Scans.Way(shape.axis(axis), false), this);
    }

    /// Π xⱼ over j ≤ i along an axis. The gradient is right where elements are 0.
    public Tensor cumprod(int axis) {
        int at = shape.axis(axis);
        return Engine.run(Scans.CUMPROD, new Axes(at, at + 1), this);
    }

    // ---- shape

    /// The same elements in row-major order under another shape; one length may be −1 and is worked out.
    public Tensor reshape(int... shape) {
        return reshape(resolve(shape));
    }

    /// Swaps two axes.
    public Tensor transpose(int a, int b) {
        int[] axes = new int[rank()];
        for (int d = 0; d < axes.length; d++) {
            axes[d] = d;
        }
        int x = shape.axis(a);
        int y = shape.axis(b);
        axes[x] = y;
        axes[y] = x;
        return Engine.run(Views.PERMUTE, axes, this);
    }

    /// Axis `i` of the result is axis `axes[i]` of this.
    public Tensor permute(int... axes) {
        int[] order = new int[axes.length];
        for (int d = 0; d < axes.length; d++) {
            order[d] = shape.axis(axes[d]);
        }
        return Engine.run(Views.PERMUTE, order, this);
    }

    /// Moves an axis to another place; the others stay in order.
    public Tensor moveAxis(int from, int to) {
        return Arrangements.moveAxis(this, from, to);
    }

    /// All elements as a vector.
    public Tensor flatten() {
        return reshape(Shape.of(size()));
    }

    /// The axes `first` to `last`, both inclusive, as one.
    public Tensor flatten(int first, int last) {
        return Arrangements.flatten(this, first, last);
    }

    /// An axis as several; one length may be −1 and is worked out.
    public Tensor unflatten(int axis, int... lengths) {
        return Arrangements.unflatten(this, axis, lengths);
    }

    /// Positions `from` (inclusive) to `to` (exclusive) of an axis.
    public Tensor slice(int axis, int from, int to) {
        int along = shape.axis(axis);
        int length = shape.at(along);
        if (from < 0 || to < from || to > length) {
            throw new ShapeError("slice: positions " + from + " to " + to + " are outside axis " + axis + " of shape "
                    + shape + ", which has length " + length);
        }
        return Engine.run(Views.SLICE, Views.Range.of(along, from, to, 1, length), this);
    }

    /// Every `step`-th position of an axis, from `from` on, before `to`. With a negative step it goes down to the one
    /// above `to`, which is −1 for all.
    public Tensor slice(int axis, int from, int to, int step) {
        int along = shape.axis(axis);
        int length = shape.at(along);
        boolean inside = step > 0 ? 0 <= from && from <= to && to <= length : -1 <= to && to <= from && from < length;
        if (step == 0 || !inside) {
            throw new ShapeError("slice: positions " + from + " to " + to + " in steps of " + step
                    + " are no part of axis " + axis + " of shape " + shape + ", which has length " + length);
        }
        return Views.slice(this, Views.Range.of(along, from, to, step, length));
    }

    /// NumPy's indexing: one entry per axis, those left over come whole.
    public Tensor index(Index... entries) {
        return Indexing.apply(this, entries);
    }

    /// Parts of the given lengths, one after the other along an axis, which they fill.
    public List<Tensor> split(int axis, int... lengths) {
        return Arrangements.split(this, axis, lengths);
    }

    /// Parts of equal length along an axis, ⌈length/count⌉, but the last, which has what is left: there may be fewer.
    public List<Tensor> chunk(int axis, int count) {
        return Arrangements.chunk(this, axis, count);
    }

    /// Position `index` of an axis, which is dropped.
    public Tensor select(int axis, int index) {
        return slice(axis, index, index + 1).squeeze(axis);
    }

    /// A new axis of length 1 in front of axis `axis`; −1 puts it last.
    public Tensor unsqueeze(int axis) {
        int at = axis < 0 ? axis + rank() + 1 : axis;
        if (at < 0 || at > rank()) {
            throw new ShapeError("unsqueeze: no place " + axis + " among the axes of shape " + shape);
        }
        int[] dims = new int[rank() + 1];
        for (int d = 0; d < dims.length; d++) {
            dims[d] = d < at ? shape.at(d) : d == at ? 1 : shape.at(d - 1);
        }
        return reshape(Shape.of(dims));
    }

    /// Drops an axis of length 1.
    public Tensor squeeze(int axis) {
        int at = shape.axis(axis);
        if (shape.at(at) != 1) {
            throw new ShapeError("squeeze: axis " + axis + " of shape " + shape + " has length " + shape.at(at)
                    + ", only an axis of length 1 can be dropped");
        }
        int[] dims = new int[rank() - 1];
        for (int d = 0; d < dims.length; d++) {
            dims[d] = shape.at(d < at ? d : d + 1);
        }
        return reshape(Shape.of(dims));
    }

    /// Drops all axes of length 1.
    public Tensor squeeze() {
        int[] dims = Arrays.stream(shape.array()).filter(length -> length != 1).toArray();
        return reshape(Shape.of(dims));
    }

    /// Broadcasts to a shape; −1 keeps a length.
    public Tensor expand(int... shape) {
        int[] dims = shape.clone();
        int gap = dims.length - rank();
        if (gap < 0) {
            throw new ShapeError("expand: shape " + this.shape + " has more axes than " + Arrays.toString(shape));
        }
        for (int d = gap; d < dims.length; d++) {
            dims[d] = dims[d] == -1 ? this.shape.at(d - gap) : dims[d];
        }
        return expand(Shape.of(dims));
    }

    /// The positions `index` of an axis, in that order, repeats allowed: `take` of rows is an embedding lookup.
    public Tensor take(int[] index, int axis) {
        return take(wrap(index, 0, Shape.of(index.length)), axis);
    }

    /// As [#take(int[], int)], with an `I32` tensor of any shape, which replaces the axis.
    public Tensor take(Tensor index, int axis) {
        if (index.storage.level != null) {
            return Vmap.each(this, index, (x, one) -> x.take(one, axis));
        }
        return Engine.run(Gather.TAKE, Gather.Positions.of("take", index, this, shape.axis(axis)), this);
    }

    /// `x[…, index[…, i, …], …]`, an `I32` index for each element: PyTorch's gather, broadcasting all axes but `axis`.
    public Tensor takeAlongAxis(Tensor index, int axis) {
        return Gather.takeAlongAxis(this, index, axis);
    }

    /// This plus each position of `source` along an axis at its index there: the adjoint of [#take(Tensor, int)].
    public Tensor indexAdd(Tensor index, Tensor source, int axis) {
        return Gather.indexAdd(this, index, source, axis);
    }

    /// This plus each element of `source` at its index along an axis: the adjoint of [#takeAlongAxis].
    public Tensor scatterAdd(Tensor index, Tensor source, int axis) {
        return Gather.scatterAdd(this, index, source, axis);
    }

    /// This with the elements of `source` at their indices along an axis; of several at one place the last one counts,
    /// and alone has a gradient.
    public Tensor scatter(Tensor index, Tensor source, int axis) {
        return Gather.scatter(this, index, source, axis);
    }

    /// `mask ≠ 0 ? value : this`; mask and tensor broadcast.
    public Tensor maskedFill(Tensor mask, double value) {
        return scalar(value, dtype).where(mask, this);
    }

    /// Opposite order along the given axes, or along all if none is named.
    public Tensor flip(int... axes) {
        return Arrangements.flip(this, axes);
    }

    /// Moves each element `shift` positions on along an axis, from its end to its beginning.
    public Tensor roll(int axis, int shift) {
        return Arrangements.roll(this, axis, shift);
    }

    /// Copies side by side, `times[d]` along axis `d`. The shorter of both shapes gets axes of length 1 in front.
    public Tensor tile(int... times) {
        return Arrangements.tile(this, times);
    }

    /// Each position of an axis `times` times in a row.
    public Tensor repeatInterleave(int axis, int times) {
        return Arrangements.repeatInterleave(this, axis, times);
    }

    /// A constant around the elements: `widths` are those before and after each of the last axes, in order.
    public Tensor pad(double value, int... widths) {
        return Padding.constant(this, value, widths);
    }

    /// The axes' own elements around them: `widths` as in [#pad(double, int...)].
    public Tensor pad(PadMode mode, int... widths) {
        return Padding.repeating(this, mode, widths);
    }

    /// Matrices with the elements above the `diagonal`-th diagonal set to 0, whatever they are: `ones(…).tril(0)` is a
    /// causal mask.
    public Tensor tril(int diagonal) {
        return band(Integer.MIN_VALUE, diagonal);
    }

    /// Matrices with the elements below the `diagonal`-th diagonal set to 0, whatever they are.
    public Tensor triu(int diagonal) {
        return band(diagonal, Integer.MAX_VALUE);
    }

    /// Matrices with the elements outside `lower ≤ j − i ≤ upper` set to 0: `ones(…).band(-w, 0)` is a causal mask with
    /// a window.
    public Tensor band(int lower, int upper) {
        Diagonals.requireMatrix("band", this);
        return Engine.run(Diagonals.BAND, new Diagonals.Band(lower, upper), this);
    }

    /// The elements `x[…, i, i + offset]` of the matrices in the last two axes.
    public Tensor diagonal(int offset) {
        return diagonal(offset, -2, -1);
    }

    /// The same of the matrices in two axes, as a last axis.
    public Tensor diagonal(int offset, int rows, int cols) {
        return Diagonals.diagonal(this, offset, rows, cols);
    }

    /// Square matrices of zeros with the last axis of this on a diagonal.
    public Tensor diagEmbed(int offset) {
        return Diagonals.embed(this, offset);
    }

    /// Σ x[…, i, i].
    public Tensor trace() {
        return diagonal(0).sum(-1);
    }

    /// 1 at the positions that an `I32` tensor says, along a new last axis, else 0.
    public Tensor oneHot(int classes, DType dtype) {
        return Arrangements.oneHot(this, classes, dtype);
    }

    /// The elements along an axis in order, and their positions. Equal ones keep their order; NaN comes last.
    public Sorted sort(int axis, boolean descending) {
        Tensor indices = argsort(axis, descending);
        return new Sorted(takeAlongAxis(indices, axis), indices);
    }

    /// The positions that [#sort] takes the elements from, as `I32`. No gradient.
    public Tensor argsort(int axis, boolean descending) {
        return alongLast(Sorting.ARGSORT, descending, axis, true);
    }

    /// The first `k` of [#sort]: the largest elements along an axis, or the smallest.
    public Sorted topK(int k, int axis, boolean largest) {
        if (k < 0 || k > dim(axis)) {
            throw new ShapeError("topK: axis " + axis + " of shape " + shape + " has no " + k + " elements");
        }
        Tensor indices = argsort(axis, largest).slice(axis, 0, k);
        return new Sorted(takeAlongAxis(indices, axis), indices);
    }

    /// Tensors one after another along an existing axis.
    public static Tensor concat(int axis, Tensor... parts) {
        if (parts.length == 0) {
            throw new IllegalArgumentException("concat: needs at least one tensor");
        }
        return Engine.run(Views.CONCAT, parts[0].shape.axis(axis), parts);
    }

    /// Tensors of one shape one after another along a new axis.
    public static Tensor stack(int axis, Tensor... parts) {
        Tensor[] raised = new Tensor[parts.length];
        for (int i = 0; i < parts.length; i++) {
            if (!parts[i].shape.equals(parts[0].shape)) {
                throw new ShapeError("stack: part 0 has shape " + parts[0].shape + ", part " + i + " has "
                        + parts[i].shape + "; all must be the same");
            }
            raised[i] = parts[i].unsqueeze(axis);
        }
        return concat(axis, raised);
    }

    /// This tensor if its elements lie in row-major order without gaps, else a copy that does.
    public Tensor contiguous() {
        return strides == null ? this : Engine.run(Views.CONTIGUOUS, null, this);
    }

    /// The same values, cut off from the tape: no gradient flows through.
    public Tensor detach() {
        return alias();
    }

    // ---- products

    /// The matrix product over the last two axes, the others broadcast. A vector on the left is a row, on the right a
    /// column, and its axis is dropped from the result.
    public Tensor matmul(Tensor y) {
        if (rank() == 0 || y.rank() == 0) {
            throw new ShapeError("matmul: shapes " + shape + " and " + y.shape + ": a scalar is no matrix; use mul");
        }
        if (rank() >= 2 && y.rank() >= 2) {
            return Engine.run(Products.MATMUL, null, this, y);
        }
        Tensor left = rank() == 1 ? unsqueeze(0) : this;
        Tensor right = y.rank() == 1 ? y.unsqueeze(1) : y;
        Tensor product = Engine.run(Products.MATMUL, null, left, right);
        product = y.rank() == 1 ? product.squeeze(-1) : product;
        return rank() == 1 ? product.squeeze(y.rank() == 1 ? -1 : -2) : product;
    }

    /// Σᵢ xᵢ·yᵢ of two vectors.
    public Tensor dot(Tensor y) {
        return Einsum.dot(this, y);
    }

    /// The sum of products over the last axes: the scalar product of vectors.
    public Tensor inner(Tensor y) {
        return Einsum.inner(this, y);
    }

    /// `xᵢ·yⱼ` of two vectors.
    public Tensor outer(Tensor y) {
        return Einsum.outer(this, y);
    }

    /// The sum of products over the last `axes` axes of this and the first of `y`, in order; 0 is the outer product.
    public Tensor tensordot(Tensor y, int axes) {
        return Einsum.tensordot(this, y, axes);
    }

    /// The sum of products over axes of both, pair by pair; the axes of this that are left come before those of `y`.
    public Tensor tensordot(Tensor y, int[] axes, int[] axesOfY) {
        return Einsum.tensordot(this, y, axes, axesOfY);
    }

    /// The Kronecker product: each element of this times the whole of `y`.
    public Tensor kron(Tensor y) {
        return Arrangements.kron(this, y);
    }

    /// `x·Wᵀ + b` over the last axis: this is `[…, in]`, `weight` is `[out, in]`, `bias` `[out]` or null; the result is
    /// `[…, out]`.
    public Tensor linear(Tensor weight, Tensor bias) {
        return bias == null
                ? Engine.run(Products.LINEAR, null, this, weight)
                : Engine.run(Products.LINEAR, null, this, weight, bias);
    }

    // ---- rows

    /// e^xᵢ / Σⱼ e^xⱼ along an axis. A row that is all −∞ becomes NaN.
    public Tensor softmax(int axis) {
        return alongLast(Rows.SOFTMAX, null, axis, true);
    }

    /// log softmax along an axis.
    public Tensor logSoftmax(int axis) {
        return alongLast(Rows.LOG_SOFTMAX, null, axis, true);
    }

    /// (x − mean)/√(variance + eps)·gamma + beta over the last axis, with the variance divided by n. `gamma` and `beta`
    /// are vectors of that length, or null.
    public Tensor layerNorm(Tensor gamma, Tensor beta, double eps) {
        int cols = dim(-1);
        Tensor scale = gamma == null ? ones(dtype, cols) : gamma;
        Tensor shift = beta == null ? zeros(dtype, cols) : beta;
        return Engine.run(Rows.LAYER_NORM, eps, this, scale, shift);
    }

    /// x/√(mean x² + eps)·gamma over the last axis; `gamma` is a vector of that length, or null.
    public Tensor rmsNorm(Tensor gamma, double eps) {
        int cols = dim(-1);
        return Engine.run(Rows.RMS_NORM, eps, this, gamma == null ? ones(dtype, cols) : gamma);
    }

    /// x/max(‖x‖₂, eps) over the last axis.
    public Tensor normalize(double eps) {
        dim(-1);
        return Engine.run(Rows.NORMALIZE, eps, this);
    }

    /// Each element is 0 with probability `p`, else divided by 1 − p. Which, is determined by `key` and the element's
    /// position alone.
    public Tensor dropout(double p, Rng key) {
        return Engine.run(Stochastic.DROPOUT, Stochastic.drop("dropout", p, key), this);
    }

    /// `this + y.dropout(p, key)` in one pass; both have the same shape.
    public Tensor addDropout(Tensor y, double p, Rng key) {
        return Engine.run(Stochastic.ADD_DROPOUT, Stochastic.drop("addDropout", p, key), this, y);
    }

    // ---- losses

    /// The mean over all rows of −log softmax(this)[label]: this is `[…, classes]`, `labels` is `I32` of shape `[…]`.
    public Tensor crossEntropy(Tensor labels) {
        return crossEntropy(labels, Reduction.MEAN);
    }

    /// As [#crossEntropy(Tensor)], the mean, the sum, or one loss per row.
    public Tensor crossEntropy(Tensor labels, Reduction reduction) {
        if (labels.storage.level != null) {
            return Vmap.each(this, labels, (x, one) -> x.crossEntropy(one, reduction));
        }
        Losses.Labels index = Losses.Labels.of("crossEntropy", this, labels, Loss.Classes.EQUAL);
        return Loss.reduced(Engine.run(Losses.CROSS_ENTROPY, index, this), reduction);
    }

    // ---- how

    /// A view of nothing may be said to begin outside the array, but does not.
    static Tensor view(Tensor of, int offset, Shape shape, int[] strides) {
        of.requireAlive();
        int[] normal = strides == null ? null : Layout.normal(shape, strides);
        int start = shape.size() == 0 ? of.offset : offset;
        return new Tensor(of.storage, start, shape, normal, of.dtype);
    }

    /// A dense tensor over an array that is known to be long enough.
    static Tensor over(Object array, int offset, Shape shape) {
        return new Tensor(new Storage(array), offset, shape, null, DType.of(array));
    }

    static Tensor zeros(DType dtype, Shape shape) {
        return over(dtype.allocate(shape.size()), 0, shape);
    }

    static Tensor full(double value, DType dtype, Shape shape) {
        Tensor tensor = zeros(dtype, shape);
        Engine.fill(tensor, value);
        return tensor;
    }

    private static Tensor copyOf(Object values, int length, int[] dims) {
        Shape shape = dims.length == 0 ? Shape.of(length) : Shape.of(dims);
        if (shape.size() != length) {
            throw new ShapeError(
                    "of: shape " + shape + " has " + shape.size() + " elements, got " + length + " values");
        }
        Object copy = DType.of(values).allocate(length);
        System.arraycopy(values, 0, copy, 0, length);
        return over(copy, 0, shape);
    }

    /// The values in a new array of another type; nothing is recorded.
    private Object read(DType as) {
        Object values = dtype.allocate(size());
        copyTo(values, 0);
        if (as == dtype) {
            return values;
        }
        Object converted = as.allocate(size());
        Views.convert(values, converted, 0, size());
        return converted;
    }

    /// The array under this tensor.
    Object array() {
        requireAlive();
        return storage.array;
    }

    boolean isAlive() {
        return storage.generation == generation;
    }

    void requireAlive() {
        if (storage.generation != generation) {
            throw new IllegalStateException(
                    storage.level != null
                            ? storage.level.noValues(this)
                            : "the values of this tensor " + dtype + shape + " are gone: its tape has been"
                                    + " closed, or its backward went past it; keep(…) what is to be read afterwards");
        }
    }

    static double element(Object array, int i) {
        return switch (array) {
            case float[] a -> a[i];
            case double[] a -> a[i];
            case int[] a -> a[i];
            case long[] a -> a[i];
            default -> throw new IllegalStateException("no such array: " + array.getClass());
        };
    }

    static void setElement(Object array, int i, double value) {
        switch (array) {
            case float[] a -> a[i] = (float) value;
            case double[] a -> a[i] = value;
            case int[] a -> a[i] = (int) value;
            case long[] a -> a[i] = (long) value;
            default -> throw new IllegalStateException("no such array: " + array.getClass());
        }
    }

    /// The same values with an identity of their own, not recorded.
    Tensor alias() {
        return storage.level != null ? storage.level.wrap(storage.whole.alias()) : view(this, offset, shape, strides);
    }

    /// Sums to a shape that broadcasts to this one.
    Tensor sumTo(Shape to) {
        return shape.equals(to) ? this : Engine.run(Reductions.SUM, to, this);
    }

    Tensor reshape(Shape to) {
        return shape.equals(to) ? this : Engine.run(Views.RESHAPE, to, this);
    }

    Tensor expand(Shape to) {
        return shape.equals(to) ? this : Engine.run(Views.EXPAND, to, this);
    }

    /// The shape without some axes, or with length 1 for them; without all if none is named.
    private Shape without(String op, boolean keepDims, int[] axes) {
        boolean[] dropped = new boolean[rank()];
        Arrays.fill(dropped, axes.length == 0);
        for (int axis : axes) {
            int d = shape.axis(axis);
            if (dropped[d]) {
                throw new ShapeError(op + ": axis " + axis + " of shape " + shape + " is named twice");
            }
            dropped[d] = true;
        }
        int[] dims = new int[rank()];
        int kept = 0;
        for (int d = 0; d < rank(); d++) {
            if (!dropped[d]) {
                dims[kept++] = shape.at(d);
            } else if (keepDims) {
                dims[kept++] = 1;
            }
        }
        return Shape.of(dims, kept);
    }

    private Tensor reduce(String op, boolean keepDims, int[] axes, BiFunction<Tensor, Axes, Tensor> reduction) {
        Tensor reduced = Axes.reduce(this, without(op, true, axes), reduction);
        return keepDims ? reduced : reduced.reshape(without(op, false, axes));
    }

    /// Applies an operation on rows along another axis than the last.
    private <P> Tensor alongLast(Op<P> op, P params, int axis, boolean keepDims) {
        boolean isLast = shape.axis(axis) == rank() - 1;
        Tensor result = Engine.run(op, params, last(axis));
        if (!keepDims) {
            return result.squeeze(-1);
        }
        return isLast ? result : result.transpose(axis, -1);
    }

    /// The axis swapped with the last; if that one is to be dropped, the others stay in order.
    private Tensor last(int axis) {
        int along = shape.axis(axis);
        return along == rank() - 1 ? this : transpose(along, -1);
    }

    private Shape resolve(int[] dims) {
        int[] full = Layout.complete(dims, size());
        if (full == null) {
            throw new ShapeError("reshape: shape " + shape + " has " + size() + " elements, they do not fit "
                    + Arrays.toString(dims));
        }
        return Shape.of(full);
    }
}
