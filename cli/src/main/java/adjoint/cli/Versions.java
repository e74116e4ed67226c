package adjoint.cli;

import adjoint.linalg.Simd;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.IVersionProvider;

/// What a run was made with.
final class Versions {
    /// The answer to `--version`.
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"adjoint " + adjoint(), "Java " + Runtime.version()};
        }
    }

    private Versions() {}

    /// Adjoint's own version, as the build wrote it beside this class.
    static String adjoint() {
        try (InputStream in = Versions.class.getResourceAsStream("version.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// All that may bear on a run's figures.
    static Map<String, String> all() {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("adjoint", adjoint());
        versions.put("java", Runtime.version().toString());
        versions.put("vm", System.getProperty("java.vm.name"));
        versions.put("kernels", Simd.describe());
        versions.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return versions;
    }
}
