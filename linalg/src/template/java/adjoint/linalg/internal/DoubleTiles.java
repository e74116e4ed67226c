package adjoint.linalg.internal;

/// The generated register tiles of one precision; see [TileEmitter] and [TransposeEmitter] for what they
/// compute.
interface DoubleTiles {
    /// `c = alpha·a·b + s` for the tile that [TileShape#code] names, whose last vector starts `last` columns behind
    /// the first.
    void tile(
            int code,
            int kc,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double[] c,
            int cOff,
            int ldc,
            double alpha,
            double[] s,
            int sOff,
            int lds,
            int last);

    /// `out[c, r] = in[min(r, rows-1), c]` for `r` and `c` below the number of lanes.
    void transpose(int rows, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut);
}
