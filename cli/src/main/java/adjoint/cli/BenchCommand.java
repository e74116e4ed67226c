package adjoint.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `adjoint bench` where the module `bench`, which has the command, is not there: it stands on this one, on the class
/// path, and the launcher at the project's root starts it.
@Command(name = "bench", description = "Measures Adjoint beside other libraries, in the same run.")
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(hidden = true)
    private List<String> ignored = List.of();

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(), "bench needs a clone of the project: start ./adjoint bench at its root");
    }
}
