package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class LoaderTest {
    /// Ten cases of two channels; case i has 1 + i % 3 steps, all of value i in channel 1 and −i in channel 2.
    private static TimeSeries ten() {
        float[][][] cases = new float[10][2][];
        int[] labels = new int[10];
        for (int i = 0; i < 10; i++) {
            for (int c = 0; c < 2; c++) {
                cases[i][c] = new float[1 + i % 3];
                Arrays.fill(cases[i][c], c == 0 ? i : -i);
            }
            labels[i] = i % 4;
        }
        return new TimeSeries("ten", TsText.channels(2), cases, labels, List.of("a", "b", "c", "d"));
    }

    private static Loader shuffled(long seed) {
        return Loader.shuffled(ten(), new Padding(2), 4, Rng.of(seed));
    }

    private static List<Integer> order(Iterable<Batch> batches) {
        List<Integer> order = new ArrayList<>();
        for (Batch batch : batches) {
            for (int b = 0; b < batch.size(); b++) {
                order.add(batch.cases()[b]);
            }
        }
        return order;
    }

    @Test
    void batchesHoldTheirCases() {
        Loader loader = shuffled(1);
        assertEquals(3, loader.batches());
        List<Integer> sizes = new ArrayList<>();
        for (Batch batch : loader.epoch(5)) {
            assertEquals(sizes.size(), batch.index());
            assertEquals(5, batch.epoch());
            sizes.add(batch.size());
            for (int b = 0; b < batch.size(); b++) {
                int i = batch.cases()[b];
                assertEquals(i % 4, batch.labels()[b]);
                float second = i % 3 == 0 ? 0 : 1;
                assertArrayEquals(
                        new float[] {i, -i, second * i, -second * i},
                        Arrays.copyOfRange(batch.x(), 4 * b, 4 * b + 4),
                        0);
                assertArrayEquals(new float[] {1, second}, Arrays.copyOfRange(batch.mask(), 2 * b, 2 * b + 2));
            }
        }
        assertEquals(List.of(4, 4, 2), sizes);
    }

    @Test
    void anEpochHasEachCaseOnceInItsOwnOrder() {
        List<Integer> first = order(shuffled(1).epoch(0));
        assertEquals(
                List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), first.stream().sorted().toList());
        assertEquals(first, order(shuffled(1).epoch(0)));
        assertNotEquals(first, order(shuffled(1).epoch(1)));
        assertNotEquals(first, order(shuffled(2).epoch(0)));
        assertEquals(
                List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
                order(Loader.inOrder(ten(), new Padding(2), 3).epoch(7)));
    }

    @Test
    void goesOnFromAnyBatch() {
        List<Integer> whole = order(shuffled(3).epoch(9));
        Loader later = shuffled(3);
        assertEquals(whole.subList(4, 10), order(later.epoch(9, 1)));
        assertEquals(whole.subList(8, 10), order(later.epoch(9, 2)));
        assertEquals(List.of(), order(later.epoch(9, 3)));
        assertThrows(IllegalArgumentException.class, () -> later.epoch(9, 4));
        assertThrows(IllegalArgumentException.class, () -> later.epoch(-1));
    }

    @Test
    void usesTheSameBuffersAgain() {
        Loader loader = shuffled(1);
        Batch before = loader.epoch(0).iterator().next();
        float[] x = before.x();
        for (Batch batch : loader.epoch(1)) {
            assertSame(before, batch);
            assertSame(x, batch.x());
        }
    }

    @Test
    void setsOfBuffersTakeTurns() {
        Loader loader = shuffled(1).takingTurns(2);
        List<Integer> expected = order(shuffled(1).epoch(0));
        Iterator<Batch> batches = loader.epoch(0).iterator();
        Batch first = batches.next();
        List<Integer> kept = order(List.of(first));
        Batch second = batches.next();
        assertNotSame(first, second);
        assertEquals(kept, order(List.of(first)), "still valid");
        assertSame(first, batches.next());
        assertEquals(expected, order(loader.epoch(0)));
        assertEquals(
                "a loader needs at least one set of buffers, got 0",
                assertThrows(IllegalArgumentException.class, () -> loader.takingTurns(0))
                        .getMessage());
        Loader large = Loader.inOrder(ten(), new Padding(2), 4);
        String message = assertThrows(IllegalArgumentException.class, () -> large.takingTurns(1 << 30))
                .getMessage();
        assertTrue(
                message.startsWith("1073741824 batches of 4 cases × 2 steps × 2 channels need 172032 MiB; "), message);
    }

    @Test
    void onePassAtATime() {
        Loader loader = shuffled(1);
        Iterator<Batch> first = loader.epoch(0).iterator();
        first.next();
        Iterator<Batch> second = loader.epoch(0).iterator();
        assertThrows(IllegalStateException.class, first::next);
        for (int i = 0; i < 3; i++) {
            second.next();
        }
        assertFalse(second.hasNext());
        assertThrows(NoSuchElementException.class, second::next);
    }

    @Test
    void saysHowMuchMemoryABatchNeeds() {
        assertEquals(4 * (4 * 2 * 2 + 4 * 2 + 2 * 4 + 10), Loader.bytesNeeded(ten(), new Padding(2), 4));
        String message = refused(ten(), new Padding(1 << 20), 1 << 20);
        assertTrue(
                message.startsWith("a batch of 1048576 cases × 1048576 steps × 2 channels needs 12582920 MiB; "),
                message);
    }

    @Test
    void refusesWhatCannotBeLearnt() {
        TimeSeries gap = PreparationTest.set(new float[][] {{1, Float.NaN}});
        assertTrue(refused(gap, new Padding(2), 1).contains("1 missing values"));
        TimeSeries plain = new TimeSeries("plain", List.of("x"), new float[][][] {{{1}}}, new int[0], List.of());
        assertEquals("set plain has no classes to learn", refused(plain, new Padding(2), 1));
        assertEquals("the batch size must be ≥ 1, got 0", refused(ten(), new Padding(2), 0));
    }

    private static String refused(TimeSeries data, Padding padding, int batchSize) {
        return assertThrows(IllegalArgumentException.class, () -> Loader.inOrder(data, padding, batchSize))
                .getMessage();
    }
}
