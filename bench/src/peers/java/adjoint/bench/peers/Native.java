package adjoint.bench.peers;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Arrays outside the heap, as native libraries take them.
final class Native {
    private Native() {}

    /// Room for as many elements as the array has, aligned to cache lines, with a copy of them.
    static MemorySegment copyOf(Object array, Arena arena) {
        MemorySegment source = switch (array) {
            case float[] a -> MemorySegment.ofArray(a);
            case double[] a -> MemorySegment.ofArray(a);
            default -> throw new IllegalArgumentException("no array of numbers: " + array);
        };
        return arena.allocate(source.byteSize(), 64).copyFrom(source);
    }

    static float[] floats(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_FLOAT);
    }

    static double[] doubles(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_DOUBLE);
    }
}
