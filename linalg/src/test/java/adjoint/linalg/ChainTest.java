package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.internal.ChainCompiler;
import adjoint.linalg.internal.Interpreter;
import adjoint.linalg.internal.RowKernel;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ChainTest {
    private static final double[] NO_SCALARS = {};

    /// Every operation of [Expr] at once, on values with NaN, infinities and both zeros among them.
    @Test
    void everyOperationEqualsItsDefinition() {
        Chain chain = Chain.define("operations", c -> {
            Expr x = c.in();
            Expr y = c.in();
            Expr r = c.perRow();
            c.out(x.add(y).sub(r).mul(x).div(y.add(2)));
            c.out(x.fma(y, r).neg().abs().sqrt());
            c.out(x.min(y).max(-0.5).add(x.max(y).min(c.columns())));
            c.out(x.lt(y).where(x, y).add(x.le(r).where(1, y)).add(x.gt(y).where(x, 2)));
            c.out(x.ge(y)
                    .where(1, 0.0)
                    .add(x.eq(y).where(10, 0.0))
                    .add(x.isNaN().where(100, 0.0)));
            c.out(r.lt(1).where(x, y).mul(y.reciprocal()).add(x.square()));
            c.out(x.exp()
                    .add(y.exp().log())
                    .add(x.tanh())
                    .add(y.erf())
                    .add(x.sigmoid())
                    .add(y.mul(3).expm1())
                    .add(x.abs().log1p()));
            c.outRow(x.max(0)
                    .min(3)
                    .isNaN()
                    .where(0, x.max(0).min(3))
                    .sumRow()
                    .add(r.exp().log()));
            c.outRow(x.isNaN().where(0, x).maxRow());
        });
        double[] special = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0, -0.0, 1, -1, 1e-30};
        for (Precision precision : Precision.values()) {
            for (boolean simd : simd()) {
                RowKernel kernel = ChainCompiler.compile("operations", chain.graph(), precision, simd);
                int cols = 83;
                double[] x = new double[2 * cols];
                double[] y = new double[2 * cols];
                Rng.of(1).fillNormal(x, 0, x.length, 0, 2);
                Rng.of(2).fillNormal(y, 0, y.length, 0, 2);
                for (int i = 0; i < special.length * special.length; i++) {
                    x[cols + i] = special[i / special.length];
                    y[cols + i] = special[i % special.length];
                }
                Object[] mine = arrays(precision, x, y, cols);
                Object[] theirs = arrays(precision, x, y, cols);
                int[] strides = {cols, cols, 1, cols, cols, cols, cols, cols, cols, cols, 1, 1};
                kernel.run(2, cols, mine, new int[12], strides, NO_SCALARS);
                new Interpreter(chain.graph()).run(2, cols, theirs, new int[12], strides, NO_SCALARS);
                if (simd) {
                    Object[] standIn = arrays(precision, x, y, cols);
                    ChainCompiler.standIn("operations", chain.graph(), precision, _ -> {})
                            .run(2, cols, standIn, new int[12], strides, NO_SCALARS);
                    for (int k = 3; k < 12; k++) {
                        assertArrayEquals(Provided.doubles(mine[k]), Provided.doubles(standIn[k]), "out " + k);
                    }
                }
                for (int k = 3; k < 12; k++) {
                    double[] expected = Provided.doubles(theirs[k]);
                    double[] actual = Provided.doubles(mine[k]);
                    for (int i = 0; i < expected.length; i++) {
                        double tolerance = precision == Precision.F32 ? 3e-6 : 1e-14;
                        String where = precision + " simd " + simd + " out " + k + " at " + i + ": x " + x[i];
                        boolean finite = Double.isFinite(expected[i]);
                        assertEquals(
                                expected[i], actual[i], finite ? tolerance * (1 + Math.abs(expected[i])) : 0, where);
                    }
                }
            }
        }
    }

    private static boolean[] simd() {
        return Simd.provider() == Simd.Provider.SIMD ? new boolean[] {false, true} : new boolean[] {false};
    }

    private static Object[] arrays(Precision precision, double[] x, double[] y, int cols) {
        Object[] arrays = new Object[12];
        for (int k = 0; k < arrays.length; k++) {
            arrays[k] = precision.allocate(2 * cols);
            for (int i = 0; i < 2 * cols; i++) {
                double value = k == 0 ? x[i] : k == 1 ? y[i] : 0.75 * (i + 1);
                if (arrays[k] instanceof float[] f) {
                    f[i] = (float) value;
                } else {
                    ((double[]) arrays[k])[i] = value;
                }
            }
        }
        return arrays;
    }

    @Test
    void inPlaceIsAsOutOfPlace() {
        int cols = 100;
        float[] x = new float[3 * cols];
        Rng.of(3).fillNormal(x, 0, x.length, 0, 1);
        float[] y = new float[x.length];
        Chains.SOFTMAX.run(Precision.F32, 3, cols, new Object[] {x, y}, new int[2], new int[] {cols, cols}, NO_SCALARS);
        Chains.SOFTMAX.run(Precision.F32, 3, cols, new Object[] {x, x}, new int[2], new int[] {cols, cols}, NO_SCALARS);
        assertArrayEquals(y, x);
    }

    @Test
    void anAccumulatedRowIsTheSumOverRows() {
        Chain columnSums = Chain.define("columnSums", c -> c.accumulate(c.in()));
        int rows = 5;
        int cols = 21;
        double[] x = new double[rows * cols];
        for (int i = 0; i < x.length; i++) {
            x[i] = i;
        }
        double[] sums = new double[cols];
        sums[0] = 1000;
        columnSums.run(Precision.F64, rows, cols, new Object[] {x, sums}, new int[2], new int[] {cols, 0}, NO_SCALARS);
        assertEquals(1000 + 21 * (1 + 2 + 3 + 4), sums[0]);
        assertEquals(5 * 20 + 21 * (1 + 2 + 3 + 4), sums[20]);
    }

    /// The value of a row does not depend on which rows are run with it.
    @Test
    void aRowDoesNotDependOnItsNeighbours() {
        int rows = 9;
        int cols = 77;
        float[] x = new float[rows * cols];
        Rng.of(4).fillNormal(x, 0, x.length, 0, 1);
        float[] whole = new float[x.length];
        float[] parts = new float[x.length];
        Object[] toWhole = {x, whole};
        Object[] toParts = {x, parts};
        int[] strides = {cols, cols};
        Chains.LOG_SOFTMAX.run(Precision.F32, rows, cols, toWhole, new int[2], strides, NO_SCALARS);
        for (int r = 0; r < rows; r++) {
            int[] offsets = {r * cols, r * cols};
            Chains.LOG_SOFTMAX.run(Precision.F32, 1, cols, toParts, offsets, strides, NO_SCALARS);
        }
        assertArrayEquals(whole, parts);
    }

    @Test
    void emptySizes() {
        Chain sums = Chain.define("sums", c -> {
            Expr x = c.in();
            c.outRow(x.sumRow());
            c.outRow(x.maxRow());
        });
        double[] sum = {5, 5};
        double[] max = {5, 5};
        Object[] arrays = {new double[0], sum, max};
        sums.run(Precision.F64, 0, 3, arrays, new int[3], new int[] {3, 1, 1}, NO_SCALARS);
        assertArrayEquals(new double[] {5, 5}, sum);
        sums.run(Precision.F64, 2, 0, arrays, new int[3], new int[] {0, 1, 1}, NO_SCALARS);
        assertArrayEquals(new double[] {0, 0}, sum);
        assertEquals(Double.NEGATIVE_INFINITY, max[1]);
    }

    /// Scalars are combined in double precision before they are rounded: 1 − 0.999 in single would be off by 1e-5.
    @Test
    void scalarArithmeticIsDouble() {
        Chain chain = Chain.define("complement", c -> {
            Expr x = c.in();
            Expr beta = c.scalar();
            c.out(x.mul(c.constant(1).sub(beta)));
        });
        float[] x = {1, 1};
        chain.run(Precision.F32, 1, 2, new Object[] {x, x}, new int[2], new int[2], new double[] {0.999});
        assertEquals((float) (1 - 0.999), x[0]);
    }

    @Test
    void wrongArgumentsAreNamed() {
        float[] x = new float[6];
        int[] two = {0, 0};
        assertMessage(
                "chain relu takes 2 arrays, got 1",
                () -> Chains.RELU.run(Precision.F32, 1, 6, new Object[] {x}, two, two, NO_SCALARS));
        assertMessage(
                "chain relu takes 0 scalars, got 1",
                () -> Chains.RELU.run(Precision.F32, 1, 6, new Object[] {x, x}, two, two, new double[1]));
        assertMessage(
                "chain relu in F64: array 0 is float[]",
                () -> Chains.RELU.run(Precision.F64, 1, 6, new Object[] {x, x}, two, two, NO_SCALARS));
        String shortArray = assertThrows(
                        IndexOutOfBoundsException.class,
                        () -> Chains.RELU.run(
                                Precision.F32, 2, 4, new Object[] {x, x}, two, new int[] {4, 4}, NO_SCALARS))
                .getMessage();
        assertTrue(shortArray.contains("array 0 of length 6 is too short for 2 rows of 4"), shortArray);
        assertMessage(
                "cross a multiple of 2^32",
                () -> Chains.DROPOUT.run(
                        Precision.F32, 1, 6, new Object[] {x, x}, two, two, new double[] {0.1, 1, 2, (1L << 32) - 3}));
    }

    /// Rows of an output that overlap each other would depend on the order in which they are written.
    @Test
    void rowsOfAnOutputDoNotOverlap() {
        double[] x = new double[12];
        double[] y = new double[12];
        Object[] arrays = {x, y};
        int[] offsets = new int[2];
        for (int stride : new int[] {0, 3}) {
            int[] strides = {4, stride};
            assertMessage(
                    "chain relu: the row stride of array 1 is " + stride + ", must be ≥ 4, or rows of this output"
                            + " overlap; 0 is for sums over rows, or for what is an input, too",
                    () -> Chains.RELU.run(Precision.F64, 3, 4, arrays, offsets, strides, NO_SCALARS));
        }
        assertMessage(
                "chain sumRow: the row stride of array 1 is 0, must be ≥ 1, ",
                () -> Chains.SUM_ROW.run(Precision.F64, 3, 4, arrays, offsets, new int[] {4, 0}, NO_SCALARS));
        assertMessage(
                "chain columnSum: the row stride of array 1 is 2, must be ≥ 4, ",
                () -> Chains.COLUMN_SUM.run(Precision.F64, 3, 4, arrays, offsets, new int[] {4, 2}, NO_SCALARS));
        // An input at the same place, but of rows of its own, is not what an output goes on from.
        Object[] shared = {x, y, y};
        assertMessage(
                "chain columnMax: the row stride of array 2 is 0",
                () -> Chains.COLUMN_MAX.run(Precision.F64, 3, 4, shared, new int[3], new int[] {4, 4, 0}, NO_SCALARS));
        // One row, rows of one array that serve all, and no columns.
        Chains.RELU.run(Precision.F64, 1, 4, arrays, offsets, new int[] {0, 0}, NO_SCALARS);
        Chains.RELU.run(Precision.F64, 3, 4, arrays, offsets, new int[] {1, 4}, NO_SCALARS);
        Chains.RELU.run(Precision.F64, 3, 0, arrays, offsets, new int[] {0, 0}, NO_SCALARS);
        for (int i = 0; i < 12; i++) {
            x[i] = i % 5;
        }
        Arrays.fill(y, -1);
        Chains.COLUMN_MAX.run(Precision.F64, 3, 4, shared, new int[3], new int[] {4, 0, 0}, NO_SCALARS);
        assertArrayEquals(new double[] {4, 4, 2, 3}, Arrays.copyOf(y, 4));
    }

    @Test
    void wrongDefinitionsAreNamed() {
        assertMessage("chain nothing has no output", () -> Chain.define("nothing", c -> c.in()));
        assertMessage("does not vary along the row", () -> Chain.define("rows", c -> c.outRow(c.in())));
        Expr[] foreign = new Expr[1];
        Chain.define("first", c -> {
            foreign[0] = c.in();
            c.out(foreign[0]);
        });
        assertMessage("of one chain was used in", () -> Chain.define("second", c -> c.out(c.in().add(foreign[0]))));
    }

    private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
