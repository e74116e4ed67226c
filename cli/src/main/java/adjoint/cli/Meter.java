package adjoint.cli;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the process uses.
final class Meter {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Meter() {}

    /// Bytes that all threads together have allocated on the heap since the process began.
    static long allocatedBytes() {
        return THREADS.getTotalThreadAllocatedBytes();
    }

    /// The most memory the process has held so far, in MiB: resident, where the system tells (`VmHWM` on Linux);
    /// elsewhere the sum of the peaks of the JVM's memory pools.
    static double peakMemoryMb() {
        if (Files.isReadable(STATUS)) {
            try {
                for (String line : Files.readAllLines(STATUS)) {
                    if (line.startsWith("VmHWM:")) {
                        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
                    }
                }
            } catch (IOException e) {
                System.getLogger("adjoint.cli").log(System.Logger.Level.DEBUG, "cannot read " + STATUS, e);
            }
        }
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                        .map(MemoryPoolMXBean::getPeakUsage)
                        .mapToLong(MemoryUsage::getUsed)
                        .sum()
                / 1048576.0;
    }
}
