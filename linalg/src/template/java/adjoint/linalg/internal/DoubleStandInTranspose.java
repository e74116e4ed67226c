package adjoint.linalg.internal;

/// The transpose of a square block element by element, until the generated one is compiled; see [WarmUp].
final class DoubleStandInTranspose implements DoubleSquareTranspose {
    private long work;
    private volatile boolean tried;

    @Override
    public void run(int rows, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        int lanes = DoubleTiles.SHAPE.lanes();
        int last = inOff + (rows - 1) * ldIn;
        for (int c = 0; c < lanes; c++) {
            int to = outOff + c * ldOut;
            for (int r = 0; r < rows; r++) {
                out[to + r] = in[inOff + r * ldIn + c];
            }
            for (int r = rows; r < lanes; r++) {
                out[to + r] = in[last + c];
            }
        }
        // An element takes as long as a vector operation.
        work += lanes * lanes;
        if (work >= WarmUp.WORTH_A_TRIAL && !tried) {
            tryGenerated();
        }
    }

    private synchronized void tryGenerated() {
        if (!tried) {
            tried = true;
            WarmUp.start(new DoubleTransposeTrial());
        }
    }
}
