package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/// From a set as it is read to what a model takes: [TimeSeries], [Interpolate], [Standardize], [Padding], [Split].
class PreparationTest {
    private static final float NAN = Float.NaN;

    static TimeSeries set(float[][]... cases) {
        return new TimeSeries(
                "set", TsText.channels(cases[0].length), cases, new int[cases.length], List.of("only", "other"));
    }

    private static float[] row(float... values) {
        return values;
    }

    @Test
    void interpolatesAlongTime() {
        TimeSeries filled = Interpolate.linear(set(new float[][] {
            row(NAN, 1, NAN, NAN, 4, NAN, 3, NAN, NAN),
            row(0, 1, 2, 3, 4, 5, 6, 7, 8),
            row(NAN, NAN, NAN, NAN, 7, NAN, NAN, NAN, NAN)
        }));
        assertArrayEquals(row(1, 1, 2, 3, 4, 3.5f, 3, 3, 3), filled.cases()[0][0]);
        assertArrayEquals(row(0, 1, 2, 3, 4, 5, 6, 7, 8), filled.cases()[0][1]);
        assertArrayEquals(row(7, 7, 7, 7, 7, 7, 7, 7, 7), filled.cases()[0][2]);
    }

    @Test
    void interpolatesExtremesWithoutOverflow() {
        TimeSeries filled = Interpolate.linear(set(new float[][] {row(-Float.MAX_VALUE, NAN, Float.MAX_VALUE)}));
        assertEquals(0, filled.cases()[0][0][1]);
    }

    @Test
    void leavesCompleteSetsAndUnknownChannelsAlone() {
        TimeSeries complete = set(new float[][] {row(1, 2)});
        assertSame(complete, Interpolate.linear(complete));
        TimeSeries unknown = set(new float[][] {row(NAN, NAN), row(1, NAN)});
        assertArrayEquals(row(NAN, NAN), Interpolate.linear(unknown).cases()[0][0]);
        assertArrayEquals(row(1, NAN), unknown.cases()[0][1], "the set itself is not changed");
    }

    @Test
    void standardisesByTheTrainingSet() {
        TimeSeries train = set(new float[][] {row(1, 2), row(5, 5)}, new float[][] {row(3, 4, 5), row(5, NAN, 5)});
        Standardize standardize = Standardize.fit(train);
        assertEquals(new Standardize(new double[] {3, 5}, new double[] {Math.sqrt(2.5), 1}), standardize);
        TimeSeries test = standardize.apply(set(new float[][] {row(3, 8, NAN), row(5, 6, NAN)}));
        assertArrayEquals(row(0, (float) (5 / Math.sqrt(2.5)), 0), test.cases()[0][0]);
        assertArrayEquals(row(0, 1, 0), test.cases()[0][1]);
    }

    @Test
    void standardisedTrainingSetHasMeanZeroAndDeviationOne() {
        Split split =
                new Oscillators(30, 15, 20, 0.4, 0.2, 0.4, 0.1).simulate(3).prepared();
        Standardize again = Standardize.fit(split.train());
        for (int c = 0; c < 12; c++) {
            assertEquals(0, again.mean()[c], 1e-6);
            assertEquals(1, again.deviation()[c], 1e-6);
        }
    }

    @Test
    void constantAndUnknownChannelsBecomeZero() {
        float tenth = 0.1f;
        TimeSeries train = set(new float[][] {row(tenth, tenth, tenth), row(NAN, NAN, NAN), row(7, 7, 7)});
        TimeSeries standardised = Standardize.fit(train).apply(train);
        for (int c = 0; c < 3; c++) {
            assertArrayEquals(row(0, 0, 0), standardised.cases()[0][c], 1e-7f);
        }
    }

    @Test
    void standardisesOnlyTheSameChannels() {
        Standardize one = Standardize.fit(set(new float[][] {row(1, 2)}));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> one.apply(set(new float[][] {row(1), row(2)})));
        assertEquals("standardised for 1 channels, but set set has 2", e.getMessage());
    }

    @Test
    void padsAndClips() {
        Padding padding = new Padding(3);
        float[] x = {9, 9, 9, 9, 9, 9, 9, 9};
        assertEquals(2, padding.write(new float[][] {row(1, 2), row(3, 4)}, x, 1));
        assertArrayEquals(row(9, 1, 3, 2, 4, 0, 0, 9), x);
        assertEquals(3, padding.write(new float[][] {row(1, 2, 3, 4), row(5, 6, 7, 8)}, x, 1));
        assertArrayEquals(row(9, 1, 5, 2, 6, 3, 7, 9), x);
        assertEquals(
                3,
                Padding.toLongest(set(new float[][] {row(1)}, new float[][] {row(1, 2, 3)}))
                        .length());
        assertThrows(IllegalArgumentException.class, () -> new Padding(0));
    }

    @Test
    void setsAreWhole() {
        assertRefused("channels of case 0 must have the same length", () -> set(new float[][] {row(1), row(1, 2)}));
        assertRefused(
                "case 1 has 2 channels, expected 1", () -> set(new float[][] {row(1)}, new float[][] {row(1), row(1)}));
        assertRefused(
                "at least one case",
                () -> new TimeSeries("set", List.of("x"), new float[0][][], new int[0], List.of()));
        assertRefused(
                "label 2 of case 0 is not among the 2 classes",
                () -> new TimeSeries("set", List.of("x"), new float[][][] {{{1}}}, new int[] {2}, List.of("a", "b")));
        assertRefused(
                "1 labels are needed",
                () -> new TimeSeries("set", List.of("x"), new float[][][] {{{1}}}, new int[0], List.of("a")));
    }

    @Test
    void splitsFitTogether() {
        TimeSeries one = set(new float[][] {row(1)});
        assertRefused("1 channels, the test set 2", () -> new Split(one, set(new float[][] {row(1), row(1)})));
        TimeSeries other = new TimeSeries("set", one.channels(), one.cases(), one.labels(), List.of("a", "b"));
        assertRefused("the classes [only, other], the test set [a, b]", () -> new Split(one, other));
    }

    private static void assertRefused(String part, Runnable making) {
        String message =
                assertThrows(IllegalArgumentException.class, making::run).getMessage();
        assertTrue(message.contains(part), message);
    }
}
