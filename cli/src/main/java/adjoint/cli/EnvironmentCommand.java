package adjoint.cli;

import adjoint.cli.report.Figures;
import adjoint.linalg.Parallel;
import adjoint.linalg.Simd;
import com.sun.management.OperatingSystemMXBean;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `adjoint env`: what Adjoint runs on.
@Command(
        name = "env",
        description = "Shows what Adjoint runs on: JDK, SIMD kernels, cores, memory.",
        mixinStandardHelpOptions = true)
final class EnvironmentCommand implements Callable<Integer> {
    private final Console console;

    EnvironmentCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Runtime runtime = Runtime.getRuntime();
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        PrintStream out = console.out();
        out.println("adjoint  " + Versions.adjoint());
        out.println("JDK      " + Runtime.version() + ", " + System.getProperty("java.vm.name") + ", "
                + System.getProperty("java.vendor") + ", in " + System.getProperty("java.home"));
        out.println("SIMD     " + Simd.describe());
        out.println("cores    " + runtime.availableProcessors() + ", threads used by default " + Parallel.threads());
        out.println("memory   heap up to " + Figures.bytes(runtime.maxMemory()) + " of "
                + Figures.bytes(system.getTotalMemorySize()) + " in the machine");
        out.println("system   " + System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                + System.getProperty("os.arch"));
        return 0;
    }
}
