package adjoint.cli;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleReference;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.tool.JavaShellToolBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `adjoint shell`: JShell with Adjoint on the class path and imported, by the start-up script `docs/start.jsh`.
@Command(
        name = "shell",
        description = "Opens JShell with Adjoint imported; runs the files given first.",
        mixinStandardHelpOptions = true)
final class ShellCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "FILE", description = "JShell scripts to run, '-' for standard input.", arity = "0..*")
    private List<String> files = new ArrayList<>();

    ShellCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        for (String file : files) {
            if (!file.equals("-") && !Files.isReadable(Path.of(file))) {
                throw new NoSuchFileException(file);
            }
        }
        Path start = Files.createTempFile("adjoint-start", ".jsh");
        try {
            copyStart(start);
            List<String> arguments =
                    new ArrayList<>(List.of("--class-path", classPath(), "--startup", start.toString()));
            if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
                arguments.add("-R--add-modules=jdk.incubator.vector");
            }
            arguments.addAll(files);
            if (files.isEmpty() && !console.terminal()) {
                arguments.add("-");
            }
            return JavaShellToolBuilder.builder()
                    .out(console.out(), console.out(), console.out())
                    .start(arguments.toArray(String[]::new));
        } finally {
            Files.delete(start);
        }
    }

    private static void copyStart(Path to) throws IOException {
        try (InputStream script = ShellCommand.class.getResourceAsStream("start.jsh")) {
            Files.copy(script, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// The jars and folders that this process runs from, whether as modules or on the class path.
    static String classPath() {
        Stream<String> modules = ModuleLayer.boot().configuration().modules().stream()
                .map(ResolvedModule::reference)
                .flatMap((ModuleReference module) -> module.location().stream())
                .filter(location -> location.getScheme().equals("file"))
                .map((URI location) -> Path.of(location).toString());
        Stream<String> path = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator));
        return Stream.concat(modules, path)
                .filter(entry -> !entry.isEmpty())
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
    }
}
