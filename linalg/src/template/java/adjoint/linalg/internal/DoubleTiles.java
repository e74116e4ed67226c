package adjoint.linalg.internal;

import adjoint.linalg.Precision;
import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;
import jdk.incubator.vector.DoubleVector;

/// The generated code of one precision's matrix products, each tile being made when it is first asked for.
public final class DoubleTiles {
    static final TileShape SHAPE = TileShape.ofMachine(
            DoubleVector.SPECIES_PREFERRED.vectorBitSize(), DoubleVector.SPECIES_PREFERRED.length());

    static final DoubleSquareTranspose TRANSPOSE =
            TransposeEmitter.transpose(DoubleSquareTranspose.class, ElementType.of(Precision.F64), SHAPE.lanes());

    /// By code. A race makes a tile twice, and either is right.
    private static final DoubleTile[] TILES = new DoubleTile[SHAPE.tiles()];

    static final TileCheck CHECK = new TileCheck();

    private DoubleTiles() {}

    /// The most rows of a tile of `vectors` vectors.
    static int rows(Kind kind, int vectors) {
        int rows = SHAPE.rows(kind, vectors);
        return CHECK.slow() ? (rows + 1) / 2 : rows;
    }

    /// The tiles of full panels, and what is known about how they run.
    public static String describe() {
        return "tiles of " + rows(Kind.ROWS, SHAPE.panel()) + " × " + SHAPE.panel() + " vectors, " + CHECK.describe();
    }

    static DoubleTile tile(Kind kind, int rows, int vectors, boolean tail, boolean plain) {
        int code = SHAPE.code(kind, rows, vectors, tail, plain);
        DoubleTile tile = TILES[code];
        return tile != null ? tile : make(code, new Tile(kind, rows, vectors, tail, plain));
    }

    private static DoubleTile make(int code, Tile tile) {
        DoubleTile made = TileEmitter.tile(DoubleTile.class, ElementType.of(Precision.F64), SHAPE.lanes(), tile);
        TILES[code] = made;
        return made;
    }
}
