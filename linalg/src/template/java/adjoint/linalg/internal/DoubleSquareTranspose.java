package adjoint.linalg.internal;

/// The generated transpose of a block as wide and high as a vector has lanes; see [TransposeEmitter].
interface DoubleSquareTranspose {
    /// `out[c, r] = in[min(r, rows-1), c]` for `r` and `c` below the number of lanes, in the order of c: columns may be
    /// so near each other that one overwrites the end of the one before it.
    void run(int rows, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut);
}
