package adjoint.bench;

import java.lang.management.ManagementFactory;

/// The JVM's heap.
public final class Heap {
    private Heap() {}

    /// Bytes of the objects that are in use.
    public static double alive() {
        System.gc();
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
