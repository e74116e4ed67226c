package adjoint.bench.peers;

import java.security.CodeSource;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which version of a library runs.
final class Versions {
    private static final Pattern JAR = Pattern.compile("-([0-9][^/]*)\\.jar$");

    private Versions() {}

    /// The version in the name of the jar that `type` comes from.
    static String of(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        Matcher matcher = JAR.matcher(source == null ? "" : source.getLocation().getPath());
        return matcher.find() ? matcher.group(1) : "of unknown version";
    }
}
