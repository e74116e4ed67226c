package adjoint.linalg.internal;

import adjoint.linalg.Precision;
import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;
import jdk.incubator.vector.DoubleVector;

/// The generated code of one precision's matrix products, each tile being made when it is first asked for.
final class DoubleTiles {
    static final TileShape SHAPE = TileShape.ofMachine(
            DoubleVector.SPECIES_PREFERRED.vectorBitSize(), DoubleVector.SPECIES_PREFERRED.length());

    static final DoubleSquareTranspose TRANSPOSE =
            TransposeEmitter.transpose(DoubleSquareTranspose.class, ElementType.of(Precision.F64), SHAPE.lanes());

    /// By code. A race makes a tile twice, and either is right.
    private static final DoubleTile[] TILES = new DoubleTile[SHAPE.tiles()];

    private DoubleTiles() {}

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
