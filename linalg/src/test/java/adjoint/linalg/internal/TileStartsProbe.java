package adjoint.linalg.internal;

import adjoint.linalg.Allocated;
import adjoint.linalg.Precision;
import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Has register tiles and the transpose compiled, and prints those that go on allocating: `TileStartsProbe share
/// shares`. The common ones are in each share, every other tile is in two neighbouring ones.
final class TileStartsProbe {
    public static void main(String[] args) throws InterruptedException {
        int share = Integer.parseInt(args[0]);
        int shares = Integer.parseInt(args[1]);
        Map<String, Runnable> calls = new LinkedHashMap<>();
        int i = 0;
        for (Precision precision : Precision.values()) {
            for (Tile tile : tiles(precision)) {
                boolean mine = isCommon(precision, tile) || i % shares == share || (i + 1) % shares == share;
                if (mine) {
                    WarmUp.start(new Kept(tile + " in " + precision, trial(precision, tile), calls));
                }
                i++;
            }
            WarmUp.Trial transpose =
                    precision == Precision.F32 ? new FloatTransposeTrial() : new DoubleTransposeTrial();
            WarmUp.start(new Kept("Transpose in " + precision, transpose, calls));
        }
        WarmUp.await();
        System.out.println("given up " + WarmUp.givenUp());
        calls.forEach((name, call) -> {
            long bytes = Allocated.least(call);
            if (bytes > 0) {
                System.out.println("Allocates: " + name + ", " + bytes + " bytes");
            }
        });
        System.out.println("checked " + calls.size());
    }

    /// A trial whose call is kept.
    private static final class Kept extends WarmUp.Trial {
        private final String name;
        private final WarmUp.Trial trial;
        private final Map<String, Runnable> calls;

        Kept(String name, WarmUp.Trial trial, Map<String, Runnable> calls) {
            this.name = name;
            this.trial = trial;
            this.calls = calls;
        }

        @Override
        Runnable open() {
            Runnable call = trial.open();
            calls.put(name, call);
            return call;
        }

        @Override
        long operations() {
            return trial.operations();
        }

        @Override
        void end(boolean atSpeed) {
            trial.end(atSpeed);
        }
    }

    private static WarmUp.Trial trial(Precision precision, Tile tile) {
        return precision == Precision.F32 ? new FloatTileTrial(tile) : new DoubleTileTrial(tile);
    }

    private static TileShape shape(Precision precision) {
        return precision == Precision.F32 ? FloatTiles.SHAPE : DoubleTiles.SHAPE;
    }

    /// The vectors of a panel of attention.
    private static int packedVectors(Precision precision) {
        return precision == Precision.F32 ? FloatSimdAttentionBlocks.VECTORS : DoubleSimdAttentionBlocks.VECTORS;
    }

    /// Those that something uses: of packed ones only what attention does.
    static List<Tile> tiles(Precision precision) {
        List<Tile> tiles = new ArrayList<>(StandInTileTest.tiles(shape(precision)));
        tiles.removeIf(tile -> tile.kind() == Kind.PACKED
                && (tile.vectors() != packedVectors(precision) || tile.tail() || tile.plain()));
        return tiles;
    }

    /// Full panels of full height, which do most of the work of products and of attention.
    static boolean isCommon(Precision precision, Tile tile) {
        TileShape shape = shape(precision);
        int vectors = tile.kind() == Kind.PACKED ? packedVectors(precision) : shape.panel();
        return tile.vectors() == vectors && !tile.tail() && tile.rows() == shape.rows(tile.kind(), vectors);
    }
}
