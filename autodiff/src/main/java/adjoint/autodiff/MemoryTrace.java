package adjoint.autodiff;

import java.util.HashMap;
import java.util.Map;

/// Follows the buffers taken while a [Profile] is taken, of all pools together, and remembers who had them when there
/// were most.
final class MemoryTrace {
    /// For buffers that are taken outside an operation.
    private static final String OUTSIDE = "outside operations";

    private final Map<String, long[]> held = new HashMap<>();
    private Map<String, long[]> highest = Map.of();
    private long now;
    private long peak;

    synchronized void taken(Storage storage, Profile.Key by) {
        storage.user = by == null ? OUTSIDE : by.toString();
        count(storage, 1);
        if (now > peak) {
            peak = now;
            highest = null;
        }
    }

    synchronized void givenBack(Storage storage) {
        if (storage.user != null) {
            if (highest == null) {
                highest = copy();
            }
            count(storage, -1);
            storage.user = null;
        }
    }

    private void count(Storage storage, int buffers) {
        long[] sum = held.computeIfAbsent(storage.user, _ -> new long[2]);
        sum[0] += buffers;
        sum[1] += buffers * storage.bytes;
        now += buffers * storage.bytes;
    }

    private Map<String, long[]> copy() {
        Map<String, long[]> copy = new HashMap<>();
        held.forEach((user, sum) -> copy.put(user, sum.clone()));
        return copy;
    }

    synchronized Memory atPeak() {
        return Memory.of(peak, peak, highest == null ? held : highest);
    }
}
