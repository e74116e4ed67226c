package adjoint.linalg.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import adjoint.linalg.Precision;
import adjoint.linalg.Rng;
import adjoint.linalg.Simd;
import adjoint.linalg.internal.TileShape.Kind;
import adjoint.linalg.internal.TileShape.Tile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A stand-in has the bits of the generated tile, around special values as well, and where S is C.
class StandInTileTest {
    private static final int DEPTH = 3;

    /// All tiles of a precision, those that nothing uses included.
    static List<Tile> tiles(TileShape shape) {
        List<Tile> tiles = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (int v = 1; v <= shape.panel(); v++) {
                for (int rows = 1; rows <= shape.rows(kind, v); rows++) {
                    for (boolean plain : new boolean[] {false, true}) {
                        tiles.add(new Tile(kind, rows, v, false, plain));
                        if (v > 1) {
                            tiles.add(new Tile(kind, rows, v, true, plain));
                        }
                    }
                }
            }
        }
        return tiles;
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void hasTheBitsOfTheGeneratedTile(Precision precision) {
        assumeTrue(Simd.provider() == Simd.Provider.SIMD, "tiles are made of vectors");
        TileShape shape = precision == Precision.F32 ? FloatTiles.SHAPE : DoubleTiles.SHAPE;
        for (Tile tile : tiles(shape)) {
            for (boolean inPlace : new boolean[] {false, true}) {
                double[] expected = run(precision, shape, tile, inPlace, false);
                assertArrayEquals(expected, run(precision, shape, tile, inPlace, true), () -> precision + " " + tile);
            }
        }
    }

    /// Also where columns of the result are nearer to each other than they are long.
    @Test
    void transposesAsTheGeneratedCodeDoes() {
        assumeTrue(Simd.provider() == Simd.Provider.SIMD, "blocks are as wide as vectors");
        int n = DoubleTiles.SHAPE.lanes();
        DoubleSquareTranspose generated = TransposeEmitter.transpose(DoubleSquareTranspose.class, ElementType.F64, n);
        double[] in = drawn(1, n * n + 3 * n + 1);
        for (int rows = 1; rows <= n; rows++) {
            for (int ld : new int[] {rows, n, n + 2}) {
                double[] expected = new double[n * (n + 2) + n + 1];
                double[] actual = expected.clone();
                generated.run(rows, in, 1, n + 3, expected, 1, ld);
                new DoubleStandInTranspose().run(rows, in, 1, n + 3, actual, 1, ld);
                assertArrayEquals(expected, actual, rows + " rows, " + ld + " apart");
            }
        }
    }

    /// What the tile makes of C, where S is C or another array.
    private static double[] run(Precision precision, TileShape shape, Tile tile, boolean inPlace, boolean standIn) {
        int width = tile.vectors() * shape.lanes();
        int last = width - shape.lanes() - (tile.tail() ? 1 : 0);
        int lda = tile.kind() == Kind.COLUMNS ? tile.rows() : DEPTH;
        double[] a = drawn(1, tile.rows() * DEPTH + 1);
        double[] b = drawn(2, width * DEPTH + 1);
        double[] c = drawn(3, tile.rows() * width + 1);
        double[] s = inPlace ? c : drawn(4, tile.rows() * width + 1);
        double alpha = tile.plain() ? 1 : 1.25;
        if (precision == Precision.F64) {
            DoubleTile code = standIn ? new DoubleStandInTile(tile) : DoubleTiles.generate(tile);
            code.run(DEPTH, a, 1, lda, b, 1, width, c, 1, width, alpha, s, 1, width, last);
            return c;
        }
        float[] out = floats(c);
        float[] add = inPlace ? out : floats(s);
        FloatTile code = standIn ? new FloatStandInTile(tile) : FloatTiles.generate(tile);
        code.run(DEPTH, floats(a), 1, lda, floats(b), 1, width, out, 1, width, (float) alpha, add, 1, width, last);
        double[] result = new double[out.length];
        for (int i = 0; i < out.length; i++) {
            result[i] = out[i];
        }
        return result;
    }

    private static double[] drawn(int seed, int n) {
        double[] x = new double[n];
        Rng.of(seed).fillNormal(x, 0, n, 0, 1);
        double[] special = {-0.0, Double.NaN, Double.POSITIVE_INFINITY, 1e-30};
        for (int i = 0; i < n / 9; i++) {
            x[9 * i] = special[i % special.length];
        }
        return x;
    }

    private static float[] floats(double[] x) {
        float[] y = new float[x.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = (float) x[i];
        }
        return y;
    }
}
