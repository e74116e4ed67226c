package adjoint.cli;

import adjoint.cli.config.ConfigException;
import adjoint.cli.config.Nearest;
import adjoint.cli.report.Figures;
import adjoint.cli.run.RunException;
import adjoint.data.FormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command `adjoint`. Whatever goes wrong is told in one line on standard error; the exit status says the rest.
///
/// | status | |
/// |---|---|
/// | 0 | done |
/// | 1 | the work began and could not be finished |
/// | 2 | the input cannot be used: a command, an option, a setting, a file |
/// | 70 | a fault in Adjoint itself |
/// | 130 | interrupted by Ctrl-C |
@Command(
        name = "adjoint",
        description = "Trains transformers whose attention is a kernel machine, on time series, images and text.",
        versionProvider = Versions.Provider.class,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {"", "'adjoint train' without an experiment trains on a simulated physical system."})
public final class Main implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int FAULT = 70;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "If something goes wrong, show where in the program.")
    private boolean debug;

    private final Console console;
    private final Object bench;

    private Main(Console console, Object bench) {
        this.console = console;
        this.bench = bench;
    }

    public static void main(String[] args) {
        System.exit(run(Console.ofProcess(), args));
    }

    /// Runs one command and returns its exit status.
    static int run(Console console, String... args) {
        return run(console, new BenchCommand(), args);
    }

    /// Runs one command, of which `bench` is that of a module above, and returns its exit status.
    public static int run(Console console, Object bench, String... args) {
        Main main = new Main(console, bench);
        try {
            return main.commandLine().execute(args);
        } catch (OutOfMemoryError e) {
            String heap = Figures.bytes(Runtime.getRuntime().maxMemory());
            return main.complain(
                    "not enough memory: the heap has " + heap + "; give Java a larger one, e.g."
                            + " JDK_JAVA_OPTIONS=-Xmx8g, or take a smaller model or --batch",
                    e,
                    FAILED);
        }
    }

    private CommandLine commandLine() {
        return new CommandLine(this)
                .addSubcommand(new TrainCommand(console))
                .addSubcommand(new CompareCommand(console))
                .addSubcommand(new ListCommand(console))
                .addSubcommand(new EvaluateCommand(console))
                .addSubcommand(new GenerateCommand(console))
                .addSubcommand(new DiagnoseCommand(console))
                .addSubcommand(new ExplainCommand(console))
                .addSubcommand(new ReportCommand(console))
                .addSubcommand(new EnvironmentCommand(console))
                .addSubcommand(new ShellCommand(console))
                .addSubcommand(new OperationsCommand(console))
                .addSubcommand(new ExperimentCommand(console))
                .addSubcommand(bench)
                .setOut(new PrintWriter(console.out(), true))
                .setErr(new PrintWriter(console.err(), true))
                .setParameterExceptionHandler((fault, _) -> complain(usage(fault), fault, USAGE))
                .setExecutionExceptionHandler((fault, _, _) -> failed(fault));
    }

    @Override
    public Integer call() {
        CommandLine.usage(this, console.out());
        return 0;
    }

    private int failed(Exception fault) {
        return switch (fault) {
            case ConfigException wrong -> complain(wrong.getMessage(), wrong, USAGE);
            case RunException wrong -> complain(wrong.getMessage(), wrong, USAGE);
            case FormatException wrong -> complain(wrong.getMessage(), wrong, USAGE);
            case StoppedException wrong -> complain(wrong.getMessage(), wrong, FAILED);
            case IOException wrong -> complain(reason(wrong), wrong, FAILED);
            case UncheckedIOException wrong -> complain(reason(wrong.getCause()), wrong, FAILED);
            default -> complain("a fault in Adjoint, --debug shows where: " + fault, fault, FAULT);
        };
    }

    private int complain(String message, Throwable fault, int status) {
        console.err().println("adjoint: " + message.lines().findFirst().orElse(""));
        if (debug) {
            fault.printStackTrace(console.err());
        }
        return status;
    }

    /// What is wrong with the words on the command line, with the word that was most likely meant.
    private static String usage(ParameterException fault) {
        CommandLine command = fault.getCommandLine();
        if (fault instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().getFirst();
            boolean option = word.startsWith("-");
            Collection<String> known = option
                    ? command.getCommandSpec().optionsMap().keySet()
                    : command.getSubcommands().keySet();
            return (option ? "unknown option " : known.isEmpty() ? "unexpected argument " : "unknown command ") + "'"
                    + word + "'" + Nearest.hint(word.replaceFirst("=.*", ""), known) + " (see 'adjoint "
                    + (command.getParent() == null ? "" : command.getCommandName() + " ") + "--help')";
        }
        return fault.getMessage();
    }

    private static String reason(IOException fault) {
        return switch (fault) {
            case NoSuchFileException missing -> "there is no file " + missing.getFile();
            case AccessDeniedException denied -> "no permission to use " + denied.getFile();
            case FileSystemException system -> system.getFile() + ": " + system.getReason();
            default -> String.valueOf(fault.getMessage());
        };
    }
}
