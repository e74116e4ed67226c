package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.cli.run.RunException;
import adjoint.cli.run.RunFolder;
import adjoint.data.Vocabulary;
import adjoint.linalg.Rng;
import adjoint.nn.Sampling;
import adjoint.nn.files.SafeTensors;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `adjoint generate`: goes on with a text as a run's model would.
@Command(
        name = "generate",
        description = "Goes on with a text, character by character, as the model of a run on text would.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class GenerateCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "RUN", description = "The folder of a run on text, such as 'adjoint train shakespeare'.")
    private Path run;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            defaultValue = "\n",
            description = "What the text begins with (default: a new line).")
    private String prompt;

    @Option(
            names = "--length",
            paramLabel = "N",
            defaultValue = "500",
            description = "Characters to go on with (default: 500).")
    private int length;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0.8",
            description = "Below 1 likely characters are preferred, 0 takes the likeliest always (default: 0.8).")
    private double temperature;

    @Option(names = "--top-k", paramLabel = "K", description = "Of the K likeliest characters only.")
    private int topK = Integer.MAX_VALUE;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Of the likeliest characters only, as few as have the probability P together.")
    private double topP = 1;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Decides the draws (default: 1).")
    private long seed;

    GenerateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        RunFolder folder = RunFolder.existing(run);
        Config config = folder.readConfig();
        if (!(config.model().input() instanceof Config.Tokens input)) {
            throw new RunException(
                    "the run in " + run + " is " + config.experiment() + "; only a run on text can go on with a text");
        }
        Sampling sampling = sampling();
        SafeTensors state = folder.readModel();
        String characters = state.metadata().get(TextProblem.VOCABULARY);
        if (characters == null) {
            throw new RunException(folder.model() + " does not say which characters it was trained on");
        }
        Vocabulary vocabulary = Vocabulary.of(characters);
        TextTask task = TextTask.of(config.model(), input, vocabulary.size(), seed);
        folder.load(state, task.model());
        PrintStream out = console.out();
        out.print(prompt);
        task.model().generate(encoded(vocabulary), length, sampling, Rng.of(seed), token -> {
            out.print(vocabulary.decode(token));
            out.flush();
        });
        out.println();
        return 0;
    }

    private Sampling sampling() {
        if (length < 0) {
            throw new ConfigException("--length: expected a whole number of at least 0, got '" + length + "'");
        }
        try {
            return new Sampling(temperature, topK, topP);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    private int[] encoded(Vocabulary vocabulary) {
        if (prompt.isEmpty()) {
            throw new ConfigException("--prompt: expected at least one character, got ''");
        }
        try {
            return vocabulary.encode(prompt);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("--prompt: " + e.getMessage());
        }
    }
}
