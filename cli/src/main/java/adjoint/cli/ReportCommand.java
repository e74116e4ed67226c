package adjoint.cli;

import adjoint.cli.report.Page;
import adjoint.cli.run.AtomicFile;
import adjoint.cli.run.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `adjoint report`: writes a run's page again, from what the run recorded.
@Command(
        name = "report",
        description = "Writes the report of a run again, from the files in its folder.",
        mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "RUN", description = "The folder of a run.")
    private Path run;

    ReportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        RunFolder folder = RunFolder.existing(run);
        AtomicFile.write(folder.report(), Page.of(folder).toHtml());
        console.out().println(folder.report().toAbsolutePath().normalize());
        return 0;
    }
}
