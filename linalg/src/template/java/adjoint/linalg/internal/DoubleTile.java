package adjoint.linalg.internal;

/// A generated register tile of one precision; [TileEmitter] says what it computes.
interface DoubleTile {
    /// `c = alpha·a·b + s`, or `c = a·b` if the tile is plain. The last vector of a tail starts `last` columns behind
    /// the first.
    void run(
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
}
