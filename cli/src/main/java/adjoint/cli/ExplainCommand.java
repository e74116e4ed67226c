package adjoint.cli;

import adjoint.autodiff.Tensor;
import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.cli.report.Explanation;
import adjoint.cli.report.Figures;
import adjoint.cli.run.AtomicFile;
import adjoint.cli.run.RunException;
import adjoint.cli.run.RunFolder;
import adjoint.duality.AttentionReport;
import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import adjoint.linalg.Svd;
import adjoint.nn.Pass;
import adjoint.nn.files.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `adjoint explain`: what each head of a run's model attends to in one test case.
@Command(
        name = "explain",
        description = "Shows what each head attends to in a test case: the singular functions of its kernel.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ExplainCommand implements Callable<Integer> {
    private final Console console;

    @picocli.CommandLine.Parameters(paramLabel = "RUN", description = "The folder of a run.")
    private Path run;

    @Option(names = "--case", paramLabel = "N", description = "Which test case, from 1 (default: that of the report).")
    private Integer number;

    @Option(names = "--layer", paramLabel = "L", description = "Which layer, from 1 (default: all).")
    private Integer layer;

    @Option(names = "--out", paramLabel = "DIR", description = "Folder for the page (default: that of the run).")
    private Path out;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data sets (else that of the run).")
    private String data;

    ExplainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        RunFolder folder = RunFolder.existing(run);
        Config recorded = folder.readConfig();
        Config config = data == null ? recorded : recorded.withDataFolder(data);
        SafeTensors state = folder.readModel();
        if (layer != null) {
            require("--layer", layer, config.model().layers(), "the model has");
        }
        try (Parallel.Scope _ = Parallel.with(config.training().threads())) {
            Explanation explanation = explanation(config, Problem.of(config), folder, state);
            explanation.lines().forEach(console.out()::println);
            Path target = out == null ? run : Files.createDirectories(out);
            Path page = target.resolve("explain-" + explanation.of().number() + ".html");
            AtomicFile.write(page, explanation.toHtml());
            console.out().println("page: " + page.toAbsolutePath().normalize());
        }
        return 0;
    }

    private static void require(String option, int number, int count, String there) {
        if (number < 1 || number > count) {
            throw new ConfigException(option + ": expected a whole number from 1 to " + count + ", as many as " + there
                    + ", got '" + number + "'");
        }
    }

    private <B> Explanation explanation(Config config, Problem<B> problem, RunFolder folder, SafeTensors state) {
        if (number != null) {
            require("--case", number, problem.testSize(), "there are test " + problem.cases());
        }
        Task<B> task = problem.task(config.model(), config.training().seed());
        folder.load(state, task.model());
        Problem.Example<B> example = problem.example(number == null ? problem.exampleIndex() : number - 1);
        Tensor logits = task.logits(example.batch(), 0, 1, Pass.evaluation());
        if (logits.isFinite().all().item() == 0) {
            throw new RunException("the model in " + folder.path() + " answers with numbers that are not finite: its"
                    + " training has diverged, and nothing is to be explained");
        }
        List<String> tokens = problem.tokens(config.model(), example);
        var of = new Explanation.Case(
                example.index() + 1,
                problem.testSize(),
                tokens,
                config.model().input() instanceof Config.Patches patches
                        ? ((ImageProblem) problem).test().width() / patches.size()
                        : 0,
                answer(logits, task.labels(example.batch(), 0, 1), problem.classNames()));
        List<AttentionReport.Layer> layers = AttentionReport.of(pass -> task.logits(example.batch(), 0, 1, pass))
                .layers();
        return new Explanation(
                config.data(),
                of,
                IntStream.rangeClosed(1, layers.size())
                        .filter(one -> layer == null || layer == one)
                        .mapToObj(one -> new Explanation.Layer(
                                one,
                                layers.get(one - 1).heads().stream()
                                        .map(ExplainCommand::head)
                                        .toList()))
                        .toList());
    }

    /// The last of the answers, and of several how many are right.
    private static String answer(Tensor logits, Tensor labels, List<String> classes) {
        int rows = logits.dim(0);
        int[] said = logits.argmax(-1).toInts();
        int[] truth = labels.toInts();
        double sure = logits.softmax(-1).get(rows - 1, said[rows - 1]);
        long right = IntStream.range(0, rows).filter(i -> said[i] == truth[i]).count();
        String last = "the model says " + classes.get(said[rows - 1]) + " (" + Figures.percent(sure)
                + "), the truth is " + classes.get(truth[rows - 1]);
        return rows == 1 ? last : "of what follows " + last + "; " + right + " of " + rows + " answers are right";
    }

    /// The scores e and r of a primal mechanism, singular vectors of the kernel of another.
    private static Explanation.Head head(AttentionReport.Head head) {
        int n = head.kernel().dim(0);
        int m = head.kernel().dim(1);
        double[] kernel = head.kernel().toDoubles();
        boolean learned = head.scores().isPresent();
        List<Explanation.Pair> pairs = new ArrayList<>();
        if (learned) {
            Tensor scores = head.scores().get();
            for (int i = 0; i < scores.dim(2); i++) {
                Tensor e = scores.select(2, i).select(0, 0);
                Tensor r = scores.select(2, i).select(0, 1);
                pairs.add(pair(kernel, e.toDoubles(), r.toDoubles()));
            }
        } else {
            Svd<double[]> svd = Svd.thin(Kernels.f64(), n, m, kernel);
            int k = svd.s().length;
            for (int i = 0; i < Math.min(k, Explanation.SHOWN); i++) {
                double[] u = new double[n];
                double[] v = new double[m];
                for (int j = 0; j < n; j++) {
                    u[j] = svd.u()[j * k + i];
                }
                System.arraycopy(svd.vt(), i * m, v, 0, m);
                pairs.add(pair(kernel, u, v));
            }
        }
        pairs.sort(Comparator.comparingDouble(pair -> -Math.abs(pair.strength())));
        return new Explanation.Head(Inside.head(head), learned, pairs);
    }

    /// Of u and v made long 1, with Σu ≥ 0; what is 0 stays 0.
    private static Explanation.Pair pair(double[] kernel, double[] u, double[] v) {
        double sum = 0;
        for (double x : u) {
            sum += x;
        }
        scale(u, sum < 0 ? -1 : 1);
        scale(v, sum < 0 ? -1 : 1);
        double strength = 0;
        double energy = 0;
        for (int i = 0; i < u.length; i++) {
            for (int j = 0; j < v.length; j++) {
                double k = kernel[i * v.length + j];
                strength += u[i] * k * v[j];
                energy += k * k;
            }
        }
        return new Explanation.Pair(strength, energy == 0 ? 0 : strength * strength / energy, u, v);
    }

    private static void scale(double[] x, double sign) {
        double squares = 0;
        for (double each : x) {
            squares += each * each;
        }
        for (int i = 0; squares > 0 && i < x.length; i++) {
            x[i] *= sign / Math.sqrt(squares);
        }
    }
}
