package adjoint.bench;

import adjoint.cli.report.Figures;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the figures were measured on.
///
/// @param processor its name, as the system knows it
/// @param avx512 whether it has the AVX-512 instructions that matter here
record Machine(String processor, int cores, double memory, boolean avx512) {
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    static Machine here() {
        List<String> lines = processors();
        String name = field(lines, "model name");
        List<String> flags = List.of(field(lines, "flags").split(" "));
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new Machine(
                name.isEmpty() ? System.getProperty("os.arch") : name,
                Runtime.getRuntime().availableProcessors(),
                system.getTotalMemorySize(),
                flags.containsAll(List.of("avx512f", "avx512dq", "avx512bw", "avx512vl")));
    }

    private static List<String> processors() {
        try {
            return Files.isReadable(PROCESSORS) ? Files.readAllLines(PROCESSORS) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String field(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("");
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("processor", processor);
        map.put("cores", cores);
        map.put("memory", Figures.bytes(memory));
        map.put("avx512", avx512);
        map.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        map.put(
                "jdk",
                Runtime.version() + ", " + System.getProperty("java.vm.name") + ", "
                        + System.getProperty("java.vendor"));
        return map;
    }

    @Override
    public String toString() {
        return processor + ", " + cores + (cores == 1 ? " core" : " cores") + (avx512 ? " with AVX-512" : "") + ", "
                + Figures.bytes(memory);
    }
}
