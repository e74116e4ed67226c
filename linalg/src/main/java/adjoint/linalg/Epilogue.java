package adjoint.linalg;

import java.util.Objects;

/// What a matrix product adds to its result, and the function that it applies to it, while the result is in the cache:
///
/// ```
/// C = activation(alpha·op(A)·op(B) + beta·C + 1·columnBiasᵀ + rowBias·1ᵀ + residual)
/// ```
///
/// An epilogue is a value that may be used again, by any number of threads; arrays are not copied. It starts from one
/// of [#columnBias], [#residual], [#activation] and grows:
///
/// ```java
/// Epilogue<float[]> e = Epilogue.columnBias(bias, 0).andThen(Epilogue.Activation.GELU);
/// ```
///
/// @param columnBias one number for each column of C, from `columnBiasOff` on, or null
/// @param rowBias one number for each row of C, from `rowBiasOff` on, or null
/// @param residual a matrix of the size of C, at `residualOff` with leading dimension `ldResidual`, or null; it may be
/// C
///     itself, as it was before the product, but must not overlap C otherwise
/// @param <A> `float[]` or `double[]`
public record Epilogue<A>(
        A columnBias,
        int columnBiasOff,
        A rowBias,
        int rowBiasOff,
        A residual,
        int residualOff,
        int ldResidual,
        Activation activation) {
    /// The function that ends a product.
    public enum Activation {
        /// x.
        NONE,
        /// `max(x, 0)`; NaN stays NaN.
        RELU,
        /// `x·Φ(x)`, by the error function, as [Chains#GELU].
        GELU
    }

    private static final Epilogue<?> NONE = activation(Activation.NONE);

    public Epilogue {
        Objects.requireNonNull(activation, "activation");
    }

    /// Nothing.
    @SuppressWarnings("unchecked")
    public static <A> Epilogue<A> none() {
        return (Epilogue<A>) NONE;
    }

    /// A number for each column of C.
    public static <A> Epilogue<A> columnBias(A bias, int off) {
        return new Epilogue<>(Objects.requireNonNull(bias, "bias"), off, null, 0, null, 0, 0, Activation.NONE);
    }

    /// A number for each row of C.
    public static <A> Epilogue<A> rowBias(A bias, int off) {
        return new Epilogue<>(null, 0, Objects.requireNonNull(bias, "bias"), off, null, 0, 0, Activation.NONE);
    }

    /// A matrix of the size of C.
    public static <A> Epilogue<A> residual(A matrix, int off, int ld) {
        return new Epilogue<>(null, 0, null, 0, Objects.requireNonNull(matrix, "matrix"), off, ld, Activation.NONE);
    }

    /// A function, and nothing added.
    public static <A> Epilogue<A> activation(Activation function) {
        return new Epilogue<>(null, 0, null, 0, null, 0, 0, function);
    }

    /// This with a residual, in the place of the one it has.
    public Epilogue<A> plus(A matrix, int off, int ld) {
        return new Epilogue<>(columnBias, columnBiasOff, rowBias, rowBiasOff, matrix, off, ld, activation);
    }

    /// This with another function.
    public Epilogue<A> andThen(Activation function) {
        return new Epilogue<>(
                columnBias, columnBiasOff, rowBias, rowBiasOff, residual, residualOff, ldResidual, function);
    }

    /// That everything has room for a C of `m × n`, and shares no element with it; the residual may be C itself.
    void check(String kernel, int m, int n, A c, int cOff, int ldc) {
        if (columnBias != null) {
            Bounds.vector(kernel, "the column bias", length(columnBias), columnBiasOff, n);
            Bounds.disjoint(kernel, "c", c, cOff, m, n, ldc, "the column bias", columnBias, columnBiasOff, 1, n, n);
        }
        if (rowBias != null) {
            Bounds.vector(kernel, "the row bias", length(rowBias), rowBiasOff, m);
            Bounds.disjoint(kernel, "c", c, cOff, m, n, ldc, "the row bias", rowBias, rowBiasOff, 1, m, m);
        }
        if (residual != null) {
            Bounds.matrix(kernel, "the residual", length(residual), residualOff, m, n, ldResidual);
            if (cOff != residualOff || ldc != ldResidual && m > 1) {
                Bounds.disjoint(
                        kernel, "c", c, cOff, m, n, ldc, "the residual", residual, residualOff, m, n, ldResidual);
            }
        }
    }

    private static int length(Object array) {
        return Precision.of(array) == Precision.F32 ? ((float[]) array).length : ((double[]) array).length;
    }
}
