package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void everyIndexIsVisitedOnce(int threads) {
        try (Parallel.Scope _ = Parallel.with(threads)) {
            for (int n : new int[] {0, 1, 2, 7, 100, 1000}) {
                for (int grain : new int[] {1, 3, 100, 5000}) {
                    AtomicIntegerArray visits = new AtomicIntegerArray(n);
                    Parallel.range(n, grain, (from, to) -> {
                        for (int i = from; i < to; i++) {
                            visits.incrementAndGet(i);
                        }
                    });
                    for (int i = 0; i < n; i++) {
                        assertEquals(1, visits.get(i));
                    }
                }
            }
        }
    }

    @Test
    void piecesAreTheSameForAnyNumberOfThreads() {
        List<Set<String>> pieces = new ArrayList<>();
        for (int threads : new int[] {1, 2, 5}) {
            Set<String> seen = new ConcurrentSkipListSet<>();
            try (Parallel.Scope _ = Parallel.with(threads)) {
                Parallel.range(103, 10, (from, to) -> seen.add(from + "-" + to));
            }
            pieces.add(new TreeSet<>(seen));
        }
        assertEquals(11, pieces.getFirst().size());
        assertEquals(1, Set.copyOf(pieces).size());
    }

    @Test
    void anInnerRegionRunsOnTheThreadThatOpensIt() {
        try (Parallel.Scope _ = Parallel.with(4)) {
            Parallel.tasks(8, _ -> {
                Thread outer = Thread.currentThread();
                AtomicInteger inner = new AtomicInteger();
                Parallel.tasks(5, _ -> {
                    assertSame(outer, Thread.currentThread());
                    inner.incrementAndGet();
                });
                assertEquals(5, inner.get());
            });
        }
    }

    @Test
    void moreThanOneThreadWorks() {
        try (Parallel.Scope _ = Parallel.with(2)) {
            // Each task waits for the other: one thread alone would never finish.
            CountDownLatch both = new CountDownLatch(2);
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            Parallel.tasks(2, _ -> {
                threads.add(Thread.currentThread());
                both.countDown();
                try {
                    both.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertEquals(2, threads.size());
            assertTrue(threads.contains(Thread.currentThread()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void theExceptionOfTheLowestIndexIsThrown(int threads) {
        try (Parallel.Scope _ = Parallel.with(threads)) {
            for (int round = 0; round < 200; round++) {
                IllegalStateException e = assertThrows(
                        IllegalStateException.class,
                        () -> Parallel.tasks(50, i -> {
                            if (i % 10 == 3) {
                                throw new IllegalStateException("task " + i);
                            }
                        }));
                assertEquals("task 3", e.getMessage());
            }
            assertThrows(
                    StackOverflowError.class,
                    () -> Parallel.tasks(4, _ -> {
                        throw new StackOverflowError();
                    }));
            // And the threads are fit for more.
            AtomicInteger sum = new AtomicInteger();
            Parallel.tasks(100, sum::addAndGet);
            assertEquals(4950, sum.get());
        }
    }

    @Test
    void scopesNestAndAreUndone() {
        int before = Parallel.threads();
        Parallel.Scope outer = Parallel.with(3);
        assertEquals(3, Parallel.threads());
        try (Parallel.Scope _ = Parallel.with(1)) {
            assertEquals(1, Parallel.threads());
        }
        assertEquals(3, Parallel.threads());
        outer.close();
        assertEquals(before, Parallel.threads());
        outer.close();
        assertEquals(before, Parallel.threads());
    }

    @Test
    void manyCallersAtOnce() throws InterruptedException {
        List<Long> sums = Collections.synchronizedList(new ArrayList<>());
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (Parallel.Scope _ = Parallel.with(3)) {
            List<Thread> callers = new ArrayList<>();
            for (int c = 0; c < 6; c++) {
                callers.add(Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, e) -> failure.set(e))
                        .start(() -> {
                            for (int round = 0; round < 100; round++) {
                                long[] parts = new long[64];
                                Parallel.range(6400, 100, (from, to) -> {
                                    for (int i = from; i < to; i++) {
                                        parts[from / 100] += i;
                                    }
                                });
                                long sum = 0;
                                for (long part : parts) {
                                    sum += part;
                                }
                                sums.add(sum);
                            }
                        }));
            }
            for (Thread caller : callers) {
                caller.join();
            }
        }
        assertEquals(null, failure.get());
        assertEquals(600, sums.size());
        assertEquals(Set.of(6399L * 3200), Set.copyOf(sums));
    }

    @Test
    void theLargestRangeDoesNotOverflow() {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        Parallel.range(Integer.MAX_VALUE, 1 << 30, (from, to) -> seen.add(from + "-" + to));
        Collections.sort(seen);
        assertArrayEquals(new String[] {"0-1073741824", "1073741824-2147483647"}, seen.toArray());
    }

    @Test
    void wrongArgumentsAreNamed() {
        assertEquals(
                "range: n must be ≥ 0 and grain ≥ 1, got -1 and 4",
                assertThrows(IllegalArgumentException.class, () -> Parallel.range(-1, 4, (_, _) -> {}))
                        .getMessage());
        assertEquals(
                "the number of threads must be ≥ 1, got 0",
                assertThrows(IllegalArgumentException.class, () -> Parallel.with(0))
                        .getMessage());
    }
}
