package adjoint.linalg.internal;

import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;

/// Compiles a generated tile, which then takes the place of its stand-in.
final class DoubleTileTrial extends WarmUp.Trial {
    /// So deep that calls and turns of the loop together are what makes C2 compile the tile, and neither are by
    /// themselves: turns alone make it compile a loop that is under way, which takes it several times as long.
    private static final int DEPTH = 24;

    private final Tile tile;
    private DoubleTile generated;

    DoubleTileTrial(Tile tile) {
        this.tile = tile;
    }

    @Override
    Runnable open() {
        generated = DoubleTiles.generate(tile);
        int rows = tile.rows();
        int width = tile.vectors() * DoubleTiles.SHAPE.lanes();
        int last = width - DoubleTiles.SHAPE.lanes();
        int lda = tile.kind() == Kind.COLUMNS ? rows : DEPTH;
        double[] a = new double[rows * DEPTH];
        double[] b = new double[DEPTH * width];
        double[] c = new double[rows * width];
        return () -> generated.run(DEPTH, a, 0, lda, b, 0, width, c, 0, width, 1, c, 0, width, last);
    }

    @Override
    long operations() {
        return (long) DEPTH * tile.rows() * tile.vectors();
    }

    @Override
    void end(boolean atSpeed) {
        DoubleTiles.end(tile, atSpeed ? generated : null);
    }
}
