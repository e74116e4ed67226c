package adjoint.linalg;

/// Dense kernels on plain row-major arrays of one precision, in the order and vocabulary of BLAS.
///
/// A vector is `(array, offset, n)`; a matrix is `(array, offset, rows, cols, ld)`, whose element `[r, c]` is
/// `array[offset + r·ld + c]`. Scalars are `double` in both precisions. There is one instance per precision,
/// chosen once by [Simd]. Kernels are stateless, may be called from any thread, and check all bounds before
/// they touch anything: a wrong size is an [IndexOutOfBoundsException] or [IllegalArgumentException] that
/// says what would fit. Input and output must not overlap unless stated otherwise. Sizes may be 0.
///
/// A result depends on the arguments only, never on the number of threads: every sum has a fixed tree.
///
/// @param <A> `float[]` or `double[]`
public interface Kernels<A> {
    /// The single-precision kernels.
    static Kernels<float[]> f32() {
        return Simd.F32;
    }

    /// The double-precision kernels.
    static Kernels<double[]> f64() {
        return Simd.F64;
    }

    /// The precision these kernels work in.
    Precision precision();

    /// Matrix product `C = alpha·op(A)·op(B) + beta·C`, with `op(A)` of `m × k`, `op(B)` of `k × n` and `C`
    /// of `m × n`. With `beta = 0`, C is not read (a NaN in it does not spread); with `alpha = 0` or `k = 0`,
    /// neither A nor B is read.
    void gemm(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double alpha,
            A a,
            int aOff,
            int lda,
            A b,
            int bOff,
            int ldb,
            double beta,
            A c,
            int cOff,
            int ldc);

    /// `batch` products of the same shape: item `i` is [#gemm] on A, B, C moved on by `i` times their
    /// strides. A stride of 0 shares A or B among all items; items of C must not overlap.
    void gemmBatched(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double alpha,
            A a,
            int aOff,
            int lda,
            int aStride,
            A b,
            int bOff,
            int ldb,
            int bStride,
            double beta,
            A c,
            int cOff,
            int ldc,
            int cStride,
            int batch);

    /// The product of a linear layer, `C = alpha·op(A)·op(B) + 1·biasᵀ`: [#gemm] that starts from the row
    /// vector `bias[biasOff … biasOff + n)` in every row of C instead of `beta·C`.
    void gemmBias(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double alpha,
            A a,
            int aOff,
            int lda,
            A b,
            int bOff,
            int ldb,
            A c,
            int cOff,
            int ldc,
            A bias,
            int biasOff);

    /// Σᵢ xᵢ.
    double sum(A x, int off, int n);

    /// Σᵢ xᵢ·yᵢ.
    double dot(A x, int xOff, A y, int yOff, int n);

    /// Σᵢ xᵢ².
    double sumSquares(A x, int off, int n);

    /// Column sums: `out[j] = beta·out[j] + Σ_r x[r, j]`. With `beta = 0`, `out` is not read.
    void sumRows(int rows, int cols, A x, int off, int ld, double beta, A out, int outOff);

    /// Whether no element is NaN or infinite.
    default boolean allFinite(A x, int off, int n) {
        return firstNonFinite(x, off, n) < 0;
    }

    /// The position in `0 … n-1` of the first NaN or infinity, or -1 if there is none.
    int firstNonFinite(A x, int off, int n);

    /// `xᵢ = value`.
    void fill(A x, int off, int n, double value);

    /// `y += alpha·x`.
    void axpy(int n, double alpha, A x, int xOff, A y, int yOff);

    /// Plane rotation of every pair of elements: `(x, y) = (cos·x + sin·y, cos·y - sin·x)`.
    void rot(int n, A x, int xOff, A y, int yOff, double cos, double sin);

    /// `x *= alpha`. With `alpha = 0` a NaN stays a NaN.
    void scale(int n, double alpha, A x, int xOff);

    /// `out[c, r] = in[r, c]`, the `cols × rows` transpose of a `rows × cols` matrix.
    void transpose(int rows, int cols, A in, int inOff, int ldIn, A out, int outOff, int ldOut);

    /// Copies every element `[i₀, i₁, …]` of `shape` from `in[inOff + Σ iₖ·inStrides[k]]` to `out[outOff + Σ
    /// iₖ·outStrides[k]]`: permutations, broadcasts (stride 0 in the input), slices and flips. Output
    /// elements must be distinct. Rank 0 copies one element.
    void copyStrided(int[] shape, A in, int inOff, int[] inStrides, A out, int outOff, int[] outStrides);

    /// `out[r, :] = in[index[iOff + r], :]` for `rows` rows of `cols` elements.
    ///
    /// @throws IndexOutOfBoundsException if an index is negative or its row does not lie inside the array
    void gatherRows(int rows, int cols, A in, int inOff, int ldIn, int[] index, int iOff, A out, int outOff, int ldOut);

    /// `out[index[iOff + r], :] += in[r, :]` for `r = 0 … rows-1` in this order.
    ///
    /// @throws IndexOutOfBoundsException if an index is negative or its row does not lie inside the array;
    ///     `out` is unchanged then
    void scatterAddRows(
            int rows, int cols, A in, int inOff, int ldIn, int[] index, int iOff, A out, int outOff, int ldOut);

    /// `x[i] = lo + (hi - lo)·u(counter + i)`, where `u` is the uniform draw of [Rng] under the key.
    void uniform(int key0, int key1, long counter, A x, int off, int n, double lo, double hi);

    /// `x[i] = mean + deviation·z(counter + i)`, where `z` is the standard normal draw of [Rng] under the
    /// key.
    void normal(int key0, int key1, long counter, A x, int off, int n, double mean, double deviation);
}
