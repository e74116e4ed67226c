package adjoint.linalg.internal;

import adjoint.linalg.Precision;
import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;
import jdk.incubator.vector.DoubleVector;

/// The generated code of one precision's matrix products, with stand-ins for what is not compiled yet.
public final class DoubleTiles {
    static final TileShape SHAPE = TileShape.ofMachine(
            DoubleVector.SPECIES_PREFERRED.vectorBitSize(), DoubleVector.SPECIES_PREFERRED.length());

    /// By code.
    private static final DoubleTile[] TILES = new DoubleTile[SHAPE.tiles()];

    private static DoubleSquareTranspose transpose = new DoubleStandInTranspose();

    /// How many tiles are compiled.
    private static volatile int compiled;

    /// Whether a high tile was slow although it had all the time to be compiled: it may take more registers than there
    /// are. Bits do not change with the height of a tile.
    private static volatile boolean lowered;

    private DoubleTiles() {}

    /// The most rows of a tile of `vectors` vectors.
    static int rows(Kind kind, int vectors) {
        int rows = SHAPE.rows(kind, vectors);
        return lowered ? (rows + 1) / 2 : rows;
    }

    /// The tiles of full panels, and what is known about how they run.
    public static String describe() {
        String state = lowered ? ", lowered, since they were slow" : compiled == 0 ? ", none compiled yet" : "";
        return "tiles of " + rows(Kind.ROWS, SHAPE.panel()) + " × " + SHAPE.panel() + " vectors" + state;
    }

    static DoubleSquareTranspose transpose() {
        return transpose;
    }

    static void setTranspose(DoubleSquareTranspose generated) {
        transpose = generated;
    }

    static DoubleTile tile(Kind kind, int rows, int vectors, boolean tail, boolean plain) {
        int code = SHAPE.code(kind, rows, vectors, tail, plain);
        DoubleTile tile = TILES[code];
        return tile != null ? tile : standIn(code, new Tile(kind, rows, vectors, tail, plain));
    }

    private static synchronized DoubleTile standIn(int code, Tile tile) {
        if (TILES[code] == null) {
            TILES[code] = new DoubleStandInTile(tile);
        }
        return TILES[code];
    }

    static DoubleTile generate(Tile tile) {
        return TileEmitter.tile(DoubleTile.class, ElementType.of(Precision.F64), SHAPE.lanes(), tile);
    }

    /// The end of a tile's trial: here it is, compiled, or null, if it stayed slow.
    static synchronized void end(Tile tile, DoubleTile generated) {
        if (generated != null) {
            TILES[SHAPE.code(tile)] = generated;
            compiled++;
        } else if (2 * tile.rows() > SHAPE.rows(tile.kind(), tile.vectors()) + 1) {
            lowered = true;
        }
    }
}
