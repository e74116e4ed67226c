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

    /// [#gemm], and then the epilogue while the result is in the cache.
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
            int ldc,
            Epilogue<A> epilogue);

    /// Packs the right operand `op(B)` of `k × n` for products that use it again.
    PackedMatrix<A> pack(Transpose tb, int k, int n, A b, int bOff, int ldb);

    /// [#gemm] with an op(B) that was packed, of [PackedMatrix#rows] `k` and [PackedMatrix#cols] `n`: the same bits as
    /// with an epilogue and without packing, sooner. The plain product has them too, unless m or n is 1: then it is a
    /// [#gemv], which adds up in another order.
    void gemm(
            Transpose ta,
            int m,
            double alpha,
            A a,
            int aOff,
            int lda,
            PackedMatrix<A> b,
            double beta,
            A c,
            int cOff,
            int ldc,
            Epilogue<A> epilogue);

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

    /// Product of a matrix and a vector, `y = alpha·op(A)·x + beta·y`, with A of `m × n` *as it is stored*: x has n
    /// and y has m elements, or x has m and y has n where A enters transposed. Element i of a vector is
    /// `x[xOff + i·incX]`; increments are at least 1. With `beta = 0`, y is not read; with `alpha = 0`, neither A
    /// nor x is.
    void gemv(
            Transpose ta,
            int m,
            int n,
            double alpha,
            A a,
            int aOff,
            int lda,
            A x,
            int xOff,
            int incX,
            double beta,
            A y,
            int yOff,
            int incY);

    /// [#gemv] for a symmetric A of order n, of which one triangle is stored.
    void symv(
            Triangle triangle,
            int n,
            double alpha,
            A a,
            int aOff,
            int lda,
            A x,
            int xOff,
            int incX,
            double beta,
            A y,
            int yOff,
            int incY);

    /// Rank-one update `A += alpha·x·yᵀ` with A of `m × n`; increments are at least 1. With `alpha = 0`, nothing is
    /// read.
    void ger(int m, int n, double alpha, A x, int xOff, int incX, A y, int yOff, int incY, A a, int aOff, int lda);

    /// Symmetric product `C = alpha·op(A)·op(A)ᵀ + beta·C`, with op(A) of `n × k`: one triangle of C, of order n, is
    /// written, and where `beta ≠ 0` read. Half the work of the same [#gemm].
    void syrk(
            Triangle triangle,
            Transpose ta,
            int n,
            int k,
            double alpha,
            A a,
            int aOff,
            int lda,
            double beta,
            A c,
            int cOff,
            int ldc);

    /// Product with a triangular matrix A, in place: `B = alpha·op(A)·B` with A of order m, or `B = alpha·B·op(A)`
    /// with A of order n, for B of `m × n`. What lies in the other triangle of A is not read. With `alpha = 0`,
    /// neither A nor B is read.
    void trmm(
            Side side,
            Triangle triangle,
            Transpose ta,
            Diagonal diagonal,
            int m,
            int n,
            double alpha,
            A a,
            int aOff,
            int lda,
            A b,
            int bOff,
            int ldb);

    /// Solves `op(A)·X = alpha·B`, or `X·op(A) = alpha·B`, for a triangular matrix A as in [#trmm]; X takes the place
    /// of B. A zero on the diagonal of A gives infinities and NaN, no exception.
    ///
    /// Each column x of X (each row, on the right) is the exact solution for a matrix A + E with
    /// `|E| ≤ c·order·ε·|A|` element by element: N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd
    /// edition, theorem 8.5.
    void trsm(
            Side side,
            Triangle triangle,
            Transpose ta,
            Diagonal diagonal,
            int m,
            int n,
            double alpha,
            A a,
            int aOff,
            int lda,
            A b,
            int bOff,
            int ldb);

    /// Σᵢ xᵢ.
    double sum(A x, int off, int n);

    /// Σᵢ xᵢ·yᵢ.
    double dot(A x, int xOff, A y, int yOff, int n);

    /// Σᵢ xᵢ².
    double sumSquares(A x, int off, int n);

    /// Column sums: `out[j] = beta·out[j] + Σ_r x[r, j]`, pairwise over blocks of rows. With `beta = 0`, `out` is not
    /// read.
    void sumRows(int rows, int cols, A x, int off, int ld, double beta, A out, int outOff);

    /// A reduction over one axis, or over several neighbouring ones, of a dense row-major array seen as
    /// `outer × n × inner`, where `n` is the product of the sizes of the axes that are reduced, `outer` and `inner` of
    /// those before and behind them: `out[o, i]` is made of `in[o, 0 … n-1, i]`. The order of the additions depends on
    /// the sizes alone.
    ///
    /// ```
    /// kernels.reduce(Reduction.MAX, 2, 3, 4, in, 0, out, 0);    // a 2 × 3 × 4 array to the 2 × 4 maxima
    /// ```
    void reduce(Reduction reduction, int outer, int n, int inner, A in, int inOff, A out, int outOff);

    /// Cumulative sums along each row, `out[r, c] = Σ in[r, j]` over `j ≤ c`, or over `j ≥ c` if `reverse`. Added up
    /// one by one in double precision; `out` may be `in`.
    void cumulativeSum(int rows, int cols, boolean reverse, A in, int inOff, int ldIn, A out, int outOff, int ldOut);

    /// Cumulative sums down each column, `out[r, c] = Σ in[i, c]` over `i ≤ r`, or over `i ≥ r` if `reverse`. Added up
    /// one by one in double precision; `out` may be `in`.
    void cumulativeSumRows(
            int rows, int cols, boolean reverse, A in, int inOff, int ldIn, A out, int outOff, int ldOut);

    /// `out[outOff + r]` is the column of the largest element of row r: of the first among equals, and a NaN is larger
    /// than any number.
    ///
    /// @throws IllegalArgumentException if there are rows, and they have no columns
    void argMax(int rows, int cols, A in, int inOff, int ldIn, int[] out, int outOff);

    /// As [#argMax], of the smallest element; a NaN is smaller than any number.
    ///
    /// @throws IllegalArgumentException if there are rows, and they have no columns
    void argMin(int rows, int cols, A in, int inOff, int ldIn, int[] out, int outOff);

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
    /// elements must be distinct: each stride of the output is greater than what the axes with smaller strides reach
    /// together, whether axes that cross each other would meet or not. Rank 0 copies one element.
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

    /// `x[i] = lo + (hi - lo)·u(counter + i)`, where `u` is the uniform draw of [Rng] under the key; what would be
    /// rounded to hi is the number below it.
    ///
    /// @throws IllegalArgumentException if `lo > hi`, or `lo`, `hi` or `hi - lo` is not finite in this precision
    void uniform(int key0, int key1, long counter, A x, int off, int n, double lo, double hi);

    /// `x[off + i]` = the draw of `counter + i` from the distribution under the key, see [Distribution].
    void draw(Distribution distribution, int key0, int key1, long counter, A x, int off, int n);

    /// `x[i] = mean + deviation·z(counter + i)`, where `z` is the standard normal draw of [Rng] under the
    /// key.
    ///
    /// @throws IllegalArgumentException if the deviation is negative, or it or the mean is not finite in this precision
    void normal(int key0, int key1, long counter, A x, int off, int n, double mean, double deviation);
}
