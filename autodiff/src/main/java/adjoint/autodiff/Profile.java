package adjoint.autodiff;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// What a computation spends its time on, by operation, and what its tapes held when they held most.
///
/// ```
/// Profile.of(() -> step(model, batch));       // prints a table
/// ```
///
/// Operations of all threads count while the body runs. `backward` is the gradients of an operation; its cost counts
/// as that of the operation, once for each gradient. Time is that of the kernels; what is between them is in no line.
public final class Profile {
    private final Map<Key, Sum> sums = new HashMap<>();
    private final MemoryTrace memory = new MemoryTrace();
    private long elapsed;

    private Profile() {}

    /// An operation, forward or backward.
    record Key(String operation, boolean backward) {
        @Override
        public String toString() {
            return backward ? operation + " backward" : operation;
        }
    }

    private static final class Sum {
        private long calls;
        private long nanos;
        private Op.Cost cost = new Op.Cost(0, 0);
    }

    /// All calls of one operation, forward or backward.
    public record Entry(String operation, boolean backward, long calls, long nanos, Op.Cost cost) {
        /// Billions of floating point operations per second.
        public double gigaflops() {
            return nanos == 0 ? 0 : (double) cost.flops() / nanos;
        }

        /// Billions of bytes read and written per second.
        public double gigabytes() {
            return nanos == 0 ? 0 : (double) cost.bytes() / nanos;
        }
    }

    /// Runs the body and prints the table.
    ///
    /// @throws IllegalStateException if a profile is being taken already
    public static Profile of(Runnable body) {
        Profile profile = measure(() -> {
            body.run();
            return null;
        });
        System.out.print(profile);
        return profile;
    }

    /// Runs the body and prints nothing.
    ///
    /// @throws IllegalStateException if a profile is being taken already
    public static Profile measure(Supplier<?> body) {
        Profile profile = new Profile();
        synchronized (Profile.class) {
            if (Meter.profile != null) {
                throw new IllegalStateException("a profile is being taken already; there is one at a time");
            }
            Meter.profile = profile;
        }
        long start = System.nanoTime();
        try {
            body.get();
        } finally {
            profile.elapsed = System.nanoTime() - start;
            Meter.profile = null;
        }
        return profile;
    }

    synchronized void add(Key key, long nanos, Op.Cost cost) {
        Sum sum = sums.computeIfAbsent(key, _ -> new Sum());
        sum.calls++;
        sum.nanos += nanos;
        sum.cost = sum.cost.plus(cost);
    }

    MemoryTrace memoryTrace() {
        return memory;
    }

    /// By operation, those that took longest first.
    public synchronized List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        sums.forEach((key, sum) -> entries.add(new Entry(key.operation, key.backward, sum.calls, sum.nanos, sum.cost)));
        entries.sort(Comparator.comparingLong(Entry::nanos)
                .reversed()
                .thenComparing(Entry::operation)
                .thenComparing(Entry::backward));
        return entries;
    }

    /// The time the body took.
    public long nanos() {
        return elapsed;
    }

    /// The buffers of all tapes opened in the body, when these held most.
    public Memory memory() {
        return memory.atPeak();
    }

    /// The table.
    @Override
    public String toString() {
        List<Entry> entries = entries();
        long sum = entries.stream().mapToLong(Entry::nanos).sum();
        long calls = entries.stream().mapToLong(Entry::calls).sum();
        int width = Math.max(
                12,
                entries.stream().mapToInt(entry -> name(entry).length()).max().orElse(0));
        StringBuilder text = new StringBuilder();
        line(text, width, "operation", "calls", "time", "share", "GFLOP/s", "GB/s");
        for (Entry entry : entries) {
            line(
                    text,
                    width,
                    name(entry),
                    Long.toString(entry.calls),
                    time(entry.nanos),
                    String.format(Locale.ROOT, "%.1f %%", 100.0 * entry.nanos / Math.max(1, sum)),
                    String.format(Locale.ROOT, "%.2f", entry.gigaflops()),
                    String.format(Locale.ROOT, "%.2f", entry.gigabytes()));
        }
        line(text, width, "all", Long.toString(calls), time(sum), "100.0 %", "", "");
        text.append("elapsed ").append(time(elapsed)).append('\n');
        return text.append(memory()).toString();
    }

    private static String name(Entry entry) {
        return new Key(entry.operation, entry.backward).toString();
    }

    private static void line(StringBuilder text, int width, String name, String... columns) {
        StringBuilder line = new StringBuilder(name).repeat(' ', width - name.length());
        for (String column : columns) {
            line.repeat(' ', Math.max(1, 11 - column.length())).append(column);
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private static String time(long nanos) {
        return nanos < 1_000_000
                ? String.format(Locale.ROOT, "%.1f µs", nanos / 1e3)
                : String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
    }
}
