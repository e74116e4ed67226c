package adjoint.linalg.internal;

import jdk.incubator.vector.DoubleVector;

/// Transposes in square blocks as wide as a vector, each in registers; see [TransposeEmitter].
public final class DoubleTransposes {
    private static final int LANES = DoubleVector.SPECIES_PREFERRED.length();

    private DoubleTransposes() {}

    /// Whether a `rows × cols` matrix has a block in it.
    public static boolean fit(int rows, int cols) {
        return rows >= LANES && cols >= LANES;
    }

    /// `out[c, r] = in[r, c]` for a `rows × cols` matrix that [#fit]s. The last block of a side is moved back to end
    /// at the edge, where it writes again what is there already.
    public static void blocks(
            int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        for (int r = 0; r < rows; r += LANES) {
            int row = Math.min(r, rows - LANES);
            for (int c = 0; c < cols; c += LANES) {
                int col = Math.min(c, cols - LANES);
                int from = inOff + row * ldIn + col;
                DoubleTiles.transpose().run(LANES, in, from, ldIn, out, outOff + col * ldOut + row, ldOut);
            }
        }
    }
}
