package adjoint.linalg.internal;

import adjoint.linalg.Precision;

/// Compiles the generated transpose, which then takes the place of its stand-in.
final class DoubleTransposeTrial extends WarmUp.Trial {
    /// It has no loop: the number of its calls must be what makes C2 compile it.
    private static final int BLOCKS = 8;

    private DoubleSquareTranspose generated;

    @Override
    Runnable open() {
        int lanes = DoubleTiles.SHAPE.lanes();
        generated = TransposeEmitter.transpose(DoubleSquareTranspose.class, ElementType.of(Precision.F64), lanes);
        double[] in = new double[lanes * lanes];
        double[] out = new double[lanes * lanes];
        return () -> {
            for (int i = 0; i < BLOCKS; i++) {
                generated.run(i % 2 == 0 ? lanes : 1, in, 0, lanes, out, 0, lanes);
            }
        };
    }

    @Override
    long operations() {
        int lanes = DoubleTiles.SHAPE.lanes();
        return (long) BLOCKS * lanes * (2 + Integer.numberOfTrailingZeros(lanes));
    }

    @Override
    void end(boolean atSpeed) {
        if (atSpeed) {
            DoubleTiles.setTranspose(generated);
        }
    }
}
