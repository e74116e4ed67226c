package adjoint.cli;

import adjoint.linalg.Simd;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs commands in this process.
final class Cli {
    /// What a command left behind.
    record Outcome(int status, String out, String err) {}

    /// A model and a data set so small that an epoch is over at once.
    static final List<String> TINY = List.of(
            "--set=data.train=48",
            "--set=data.test=15",
            "--set=data.steps=12",
            "--set=model.width=8",
            "--set=model.heads=2",
            "--set=model.feedForward=8",
            "--set=model.attention.rank=3",
            "--set=training.batch=8");

    private Cli() {}

    static Outcome run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
        int status = Main.run(console, arguments);
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// `adjoint train` on a tiny problem.
    static Outcome train(Object... arguments) {
        return run(tiny(arguments).toArray(String[]::new));
    }

    static List<String> tiny(Object... arguments) {
        List<String> all = new ArrayList<>(List.of("train"));
        all.addAll(TINY);
        for (Object argument : arguments) {
            all.add(argument.toString());
        }
        return all;
    }

    /// The command line in a process of its own, with the classes and kernels of this one.
    static List<String> java(List<String> arguments) {
        String modules = System.getProperty("jdk.module.path", "");
        String path = modules + System.getProperty("path.separator") + System.getProperty("java.class.path");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m"));
        if (Simd.provider() == Simd.Provider.SIMD) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(List.of("-cp", path, Main.class.getName()));
        command.addAll(arguments);
        return command;
    }
}
