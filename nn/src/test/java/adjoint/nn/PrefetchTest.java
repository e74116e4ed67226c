package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PrefetchTest {
    private static final Batches<Integer> NUMBERS =
            epoch -> IntStream.range(0, 20).map(i -> 100 * epoch + i).boxed().toList();

    /// Counts what it prepares; `at` tells of each before it is handed on.
    private record Source(int size, java.util.function.IntConsumer at) implements Iterable<Integer> {
        @Override
        public Iterator<Integer> iterator() {
            return new Iterator<>() {
                private int next;

                @Override
                public boolean hasNext() {
                    return next < size;
                }

                @Override
                public Integer next() {
                    at.accept(next);
                    return next++;
                }
            };
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 50})
    void theSameBatchesInTheSameOrder(int ahead) {
        List<Integer> seen = new ArrayList<>();
        NUMBERS.prefetched(ahead).epoch(3).forEach(seen::add);
        assertEquals(NUMBERS.epoch(3), seen);
        List<Integer> rest = new ArrayList<>();
        NUMBERS.prefetched(ahead).epoch(3, 17).forEach(rest::add);
        assertEquals(List.of(317, 318, 319), rest);
    }

    @Test
    void anEmptyEpochEndsAtOnce() {
        Iterator<Integer> none =
                ((Batches<Integer>) _ -> List.of()).prefetched(1).epoch(0).iterator();
        assertFalse(none.hasNext());
        assertEquals(
                "the epoch has no more batches",
                assertThrows(NoSuchElementException.class, none::next).getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void noMoreThanAllowedArePreparedAndTheyAreWhileTheConsumerWorks(int ahead) throws Exception {
        AtomicInteger prepared = new AtomicInteger();
        CountDownLatch first = new CountDownLatch(1 + ahead);
        Batches<Integer> source = _ -> new Source(9, _ -> {
            prepared.incrementAndGet();
            first.countDown();
        });
        Iterator<Integer> batches = source.prefetched(ahead).epoch(0).iterator();
        assertEquals(0, batches.next());
        // The consumer does nothing, and the next ones are prepared all the same.
        assertTrue(first.await(30, TimeUnit.SECONDS));
        Thread.sleep(20);
        assertEquals(1 + ahead, prepared.get());
        for (int i = 1; i < 9; i++) {
            assertTrue(batches.hasNext());
            assertTrue(prepared.get() <= i + ahead, "waiting for a batch takes no room");
            assertEquals(i, batches.next());
        }
        assertFalse(batches.hasNext());
    }

    @Test
    void aFailureComesInItsPlace() {
        IllegalArgumentException failure = new IllegalArgumentException("case 2 is damaged");
        Batches<Integer> source = _ -> new Source(5, i -> {
            if (i == 2) {
                throw failure;
            }
        });
        Iterator<Integer> batches = source.prefetched(2).epoch(0).iterator();
        assertEquals(0, batches.next());
        assertEquals(1, batches.next());
        assertSame(failure, assertThrows(IllegalArgumentException.class, batches::hasNext));
        assertSame(failure, assertThrows(IllegalArgumentException.class, batches::next));
        Batches<Integer> tooFew = _ -> List.of(1, 2);
        assertEquals(
                "epoch 4 now has 2 batches, but 3 were already trained on",
                assertThrows(
                                IllegalArgumentException.class,
                                tooFew.prefetched(1).epoch(4, 3).iterator()::hasNext)
                        .getMessage());
        Iterator<Integer> fatal = ((Batches<Integer>) _ -> new Source(1, _ -> {
                    throw new OutOfMemoryError("a batch");
                }))
                .prefetched(1)
                .epoch(0)
                .iterator();
        assertThrows(OutOfMemoryError.class, fatal::next);
    }

    @Test
    void closingEndsTheThreadThatPrepares() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        Batches<Integer> source = _ -> new Source(5, i -> {
            if (i == 1) {
                try {
                    stuck.countDown();
                    Thread.sleep(60_000);
                } catch (InterruptedException e) {
                    ended.set(true);
                    Thread.currentThread().interrupt();
                }
            }
        });
        Iterator<Integer> batches = source.prefetched(1).epoch(0).iterator();
        assertEquals(0, batches.next());
        assertTrue(stuck.await(30, TimeUnit.SECONDS));
        Prefetch.close(batches);
        assertTrue(ended.get(), "closing waits for the end");
        Prefetch.close(batches);
        Prefetch.close(List.of().iterator());
    }

    @Test
    void atLeastOneIsPreparedAhead() {
        assertEquals(
                "at least one batch must be prepared ahead, got 0",
                assertThrows(IllegalArgumentException.class, () -> NUMBERS.prefetched(0))
                        .getMessage());
    }
}
