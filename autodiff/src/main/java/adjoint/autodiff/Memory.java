package adjoint.autodiff;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Buffers that are held, by what they hold: the results of an operation, or `gradients`.
///
/// @param held bytes held at the moment that is described
/// @param peak the most bytes held at once so far
/// @param holders the largest first
public record Memory(long held, long peak, List<Holder> holders) {
    /// The buffers of one operation.
    public record Holder(String operation, int buffers, long bytes) {}

    /// What the pool's buffers hold for the calls of a tape.
    static Memory of(Ledger ledger, BufferPool pool) {
        Set<Storage> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Map<String, long[]> byOperation = new HashMap<>();
        for (int i = 0; i < ledger.size(); i++) {
            Call call = ledger.call(i);
            for (int k = 0; call.op != null && k < call.outputs(); k++) {
                count(call.out(k), call.op.name(), pool, seen, byOperation);
            }
            if (call.gradient != null) {
                count(call.gradient, "gradients", pool, seen, byOperation);
            }
        }
        return of(pool.heldBytes(), pool.peakBytes(), byOperation);
    }

    private static void count(
            Tensor tensor, String holder, BufferPool pool, Set<Storage> seen, Map<String, long[]> byOperation) {
        Storage storage = tensor.storage;
        if (tensor.isAlive() && storage.taken && storage.pool == pool && seen.add(storage)) {
            long[] sum = byOperation.computeIfAbsent(holder, _ -> new long[2]);
            sum[0]++;
            sum[1] += storage.bytes;
        }
    }

    /// From buffers and bytes by operation.
    static Memory of(long held, long peak, Map<String, long[]> byOperation) {
        List<Holder> holders = new ArrayList<>();
        byOperation.forEach((name, sum) -> {
            if (sum[0] > 0) {
                holders.add(new Holder(name, (int) sum[0], sum[1]));
            }
        });
        holders.sort(Comparator.comparingLong(Holder::bytes).reversed().thenComparing(Holder::operation));
        return new Memory(held, peak, List.copyOf(holders));
    }

    /// A line in all, and one per operation.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("held ")
                .append(size(held))
                .append(", at most ")
                .append(size(peak))
                .append('\n');
        for (Holder holder : holders) {
            text.append(String.format(
                    Locale.ROOT, "  %10s in %d × %s%n", size(holder.bytes), holder.buffers, holder.operation));
        }
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    private static String size(long bytes) {
        return bytes < 10_000
                ? bytes + " B"
                : bytes < 10_000_000
                        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
