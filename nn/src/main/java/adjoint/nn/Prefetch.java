package adjoint.nn;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/// See [Batches#prefetched].
record Prefetch<B>(Batches<B> source, int ahead) implements Batches<B> {
    Prefetch {
        if (ahead < 1) {
            throw new IllegalArgumentException("at least one batch must be prepared ahead, got " + ahead);
        }
    }

    @Override
    public Iterable<B> epoch(int epoch) {
        return epoch(epoch, 0);
    }

    @Override
    public Iterable<B> epoch(int epoch, int first) {
        return () -> new Ahead<>(source.epoch(epoch, first), ahead);
    }

    /// Ends the thread behind an iterator, if there is one.
    static void close(Iterator<?> batches) {
        if (batches instanceof Ahead<?> prepared) {
            prepared.close();
        }
    }

    private sealed interface Item<B> {
        record Prepared<B>(B batch) implements Item<B> {}

        record Failed<B>(Throwable cause) implements Item<B> {}

        record End<B>() implements Item<B> {}
    }

    private static final class Ahead<B> implements Iterator<B>, AutoCloseable {
        private final BlockingQueue<Item<B>> ready = new LinkedBlockingQueue<>();
        private final Semaphore room;
        private final Thread thread;
        private Item<B> next;

        Ahead(Iterable<B> source, int ahead) {
            room = new Semaphore(ahead);
            thread = Thread.ofVirtual().name("adjoint-batches").start(() -> prepare(source));
        }

        private void prepare(Iterable<B> source) {
            Iterator<B> batches = null;
            try {
                room.acquire();
                batches = source.iterator();
                while (batches.hasNext()) {
                    ready.add(new Item.Prepared<>(batches.next()));
                    room.acquire();
                }
                ready.add(new Item.End<>());
            } catch (InterruptedException e) {
                // Closed: no one waits for more.
                Thread.currentThread().interrupt();
            } catch (Throwable e) {
                ready.add(new Item.Failed<>(e));
            } finally {
                Prefetch.close(batches);
            }
        }

        @Override
        public boolean hasNext() {
            return switch (peek()) {
                case Item.Prepared<B> _ -> true;
                case Item.End<B> _ -> false;
                case Item.Failed<B>(RuntimeException cause) -> throw cause;
                case Item.Failed<B>(Error cause) -> throw cause;
                case Item.Failed<B>(Throwable cause) -> throw new IllegalStateException(cause);
            };
        }

        @Override
        public B next() {
            if (!hasNext() || !(next instanceof Item.Prepared<B>(B batch))) {
                throw new NoSuchElementException("the epoch has no more batches");
            }
            next = null;
            room.release();
            return batch;
        }

        private Item<B> peek() {
            if (next == null) {
                try {
                    next = ready.take();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while waiting for a batch", e);
                }
            }
            return next;
        }

        /// Ends the thread, and waits until it has let go of its source.
        @Override
        public void close() {
            thread.interrupt();
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
