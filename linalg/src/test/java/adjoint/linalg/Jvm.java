package adjoint.linalg;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts JVMs of their own, on the class path, for what is decided once per JVM or hangs on how it warms up.
public final class Jvm {
    private Jvm() {}

    /// What the program, a class of these tests, says on either stream.
    public static String run(Class<?> program, List<String> options, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classes(Kernels.class) + java.io.File.pathSeparator + classes(program)));
        command.add(program.getName());
        command.addAll(List.of(arguments));
        Path said = Files.createTempFile("jvm", ".txt");
        try {
            new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start()
                    .waitFor();
            return Files.readString(said);
        } finally {
            Files.delete(said);
        }
    }

    private static Path classes(Class<?> type) {
        // A patched module keeps its tests in a folder of their own, which only the class file's own address tells.
        String file = type.getName().replace('.', '/') + ".class";
        String url = ClassLoader.getSystemResource(file).toString();
        return Path.of(URI.create(url.substring(0, url.length() - file.length())));
    }
}
