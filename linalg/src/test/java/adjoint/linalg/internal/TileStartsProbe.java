package adjoint.linalg.internal;

import adjoint.linalg.Allocated;
import adjoint.linalg.Precision;
import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Has a share of the register tiles compiled, and prints those that go on allocating: `TileStartsProbe share shares`.
final class TileStartsProbe {
    public static void main(String[] args) throws InterruptedException {
        int share = Integer.parseInt(args[0]);
        int shares = Integer.parseInt(args[1]);
        Map<String, Runnable> calls = new LinkedHashMap<>();
        int i = 0;
        for (Precision precision : Precision.values()) {
            for (Tile tile : tiles(precision == Precision.F32 ? FloatTiles.SHAPE : DoubleTiles.SHAPE)) {
                if (i++ % shares == share) {
                    WarmUp.start(new Kept(precision, tile, calls));
                }
            }
        }
        WarmUp.await();
        System.out.println("given up " + WarmUp.givenUp());
        calls.forEach((name, call) -> {
            long bytes = Allocated.least(call);
            if (bytes > 0) {
                System.out.println(name + ": " + bytes + " bytes");
            }
        });
        System.out.println("checked " + calls.size());
    }

    /// A trial whose call is kept.
    private static final class Kept extends WarmUp.Trial {
        private final String name;
        private final WarmUp.Trial trial;
        private final Map<String, Runnable> calls;

        Kept(Precision precision, Tile tile, Map<String, Runnable> calls) {
            this.name = tile + " in " + precision;
            this.trial = precision == Precision.F32 ? new FloatTileTrial(tile) : new DoubleTileTrial(tile);
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

    /// Those that something uses: of packed ones only what attention does.
    static List<Tile> tiles(TileShape shape) {
        List<Tile> tiles = new ArrayList<>(StandInTileTest.tiles(shape));
        tiles.removeIf(tile -> tile.kind() == Kind.PACKED && (tile.vectors() != 2 || tile.tail() || tile.plain()));
        return tiles;
    }
}
