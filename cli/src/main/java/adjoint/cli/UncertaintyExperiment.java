package adjoint.cli;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.cli.config.Config;
import adjoint.cli.config.Settings;
import adjoint.cli.report.Document;
import adjoint.cli.report.Element;
import adjoint.cli.report.Figures;
import adjoint.cli.report.Tables;
import adjoint.cli.run.AtomicFile;
import adjoint.cli.run.Json;
import adjoint.data.Batch;
import adjoint.data.Interpolate;
import adjoint.data.Loader;
import adjoint.data.Padding;
import adjoint.data.Split;
import adjoint.data.Standardize;
import adjoint.data.TimeSeries;
import adjoint.duality.KepSvgpAttention;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.nn.Pass;
import adjoint.nn.StepListener;
import adjoint.nn.Trainer;
import adjoint.nn.metrics.BinaryScores;
import adjoint.nn.metrics.Brier;
import adjoint.nn.metrics.CalibrationError;
import adjoint.nn.metrics.Confusion;
import adjoint.nn.metrics.Likelihood;
import adjoint.nn.metrics.SelectiveRisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/// How well the probabilities of classifiers of time series say what they do not know: KEP-SVGP in the last layer, and
/// softmax attention, as it is and with its logits divided by a temperature that is fitted to held out series (Guo,
/// Pleiss, Sun, Weinberger, 2017).
///
/// A quarter of the training series of each class, drawn anew for each seed, is held out, and trains no model. Measured
/// after the last epoch, on the test series: accuracy, negative log-likelihood, calibration error (15 bins), Brier
/// score, area under the risk–coverage curve; and how well a series of another set, which belongs to no class, is told
/// from a test series, as the area under the ROC curve of the predictive entropy, and of the largest probability.
/// The other set's series are stretched to the length of the training series by linear interpolation, since padding
/// would give them away, and standardised by the training series.
///
/// @param settings of all models, for a set of the archive; the attention and the seed are set here
/// @param other series that belong to no class
/// @param draws of the Gaussian process
record UncertaintyExperiment(Settings settings, Split split, TimeSeries other, int seeds, int draws) {
    private static final int BINS = 15;
    private static final double SMALLEST = 0.01;
    private static final double LARGEST = 100;

    /// The figures of a row, one for each seed.
    private static final List<String> TITLES =
            List.of("accuracy %", "NLL", "ECE %", "Brier", "AURC %", "AUROC % by entropy", "AUROC % by largest p");

    private static final List<String> KEYS =
            List.of("accuracy", "nll", "ece", "brier", "aurc", "auroc_entropy", "auroc_probability");
    private static final boolean[] PERCENT = {true, false, true, false, true, true, true};

    /// What is trained and measured, with a line for each training.
    Table run(Consumer<String> out) {
        Map<String, List<double[]>> rows = new LinkedHashMap<>();
        List<Double> temperatures = new ArrayList<>();
        for (int seed = 1; seed <= seeds; seed++) {
            Parts parts = Parts.of(split, other, Rng.of(seed).child("held out"));
            Trained softmax = train(Config.Attention.Kind.SOFTMAX, parts, seed, out);
            double temperature = temperature(softmax.plain(parts.validation), labels(parts.validation));
            temperatures.add(temperature);
            Tensor test = softmax.plain(parts.test);
            Tensor foreign = softmax.plain(parts.other);
            add(rows, "softmax", measure(test, foreign, parts));
            add(rows, "softmax, temperature", measure(test.div(temperature), foreign.div(temperature), parts));
            Trained kep = train(Config.Attention.Kind.KEP, parts, seed, out);
            add(rows, "KEP-SVGP, mean", measure(kep.plain(parts.test), kep.plain(parts.other), parts));
            Rng key = Rng.of(seed).child("draws");
            add(
                    rows,
                    "KEP-SVGP, " + draws + (draws == 1 ? " draw" : " draws"),
                    measure(kep.drawn(parts.test, key), kep.drawn(parts.other, key), parts));
        }
        return new Table(config(Config.Attention.Kind.KEP, 1), other.name(), rows, temperatures);
    }

    private Config config(Config.Attention.Kind kind, int seed) {
        Config config = Config.of(settings.under(Settings.of("model.attention.kind", kind.word(), "the experiment"))
                .under(Settings.of("training.seed", Integer.toString(seed), "--seeds")));
        int threads = config.training().threads();
        return config.withThreads(threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
    }

    private static void add(Map<String, List<double[]>> rows, String row, double[] figures) {
        rows.computeIfAbsent(row, _ -> new ArrayList<>()).add(figures);
    }

    /// The parts of the data, standardised by what trains.
    record Parts(TimeSeries train, TimeSeries validation, TimeSeries test, TimeSeries other) {
        static Parts of(Split split, TimeSeries other, Rng key) {
            TimeSeries known = Interpolate.linear(split.train());
            List<Integer> train = new ArrayList<>();
            List<Integer> held = new ArrayList<>();
            int[] seen = new int[known.classNames().size()];
            for (int i : key.permutation(known.size())) {
                (seen[known.labels()[i]]++ % 4 == 1 ? held : train).add(i);
            }
            TimeSeries trains = some(known, train);
            Standardize standardize = Standardize.fit(trains);
            int length = trains.maxLength();
            return new Parts(
                    standardize.apply(trains),
                    standardize.apply(some(known, held)),
                    standardize.apply(Interpolate.linear(split.test())),
                    standardize.apply(stretched(Interpolate.linear(other), length)));
        }

        private static TimeSeries some(TimeSeries all, List<Integer> chosen) {
            return new TimeSeries(
                    all.name(),
                    all.channels(),
                    chosen.stream().map(i -> all.cases()[i]).toArray(float[][][]::new),
                    chosen.stream().mapToInt(i -> all.labels()[i]).toArray(),
                    all.classNames());
        }

        /// Each channel at `length` evenly spaced places from its first step to its last.
        static TimeSeries stretched(TimeSeries series, int length) {
            float[][][] cases = new float[series.size()][series.channels().size()][length];
            for (int i = 0; i < cases.length; i++) {
                for (int c = 0; c < cases[i].length; c++) {
                    float[] x = series.cases()[i][c];
                    for (int t = 0; t < length; t++) {
                        double at = (double) t * (x.length - 1) / Math.max(1, length - 1);
                        int left = (int) at;
                        int right = Math.min(left + 1, x.length - 1);
                        cases[i][c][t] = (float) (x[left] + (at - left) * (x[right] - x[left]));
                    }
                }
            }
            return series.withCases(cases);
        }
    }

    /// A model after its training.
    private record Trained(SeriesTask task, Padding padding, int draws, int threads) {
        /// Logits by the mean of what is random.
        Tensor plain(TimeSeries series) {
            return logits(series, batch -> task.logits(batch, 0, batch.size(), Pass.evaluation()));
        }

        /// Logarithms of the mean of the probabilities over draws.
        Tensor drawn(TimeSeries series, Rng key) {
            int[] done = new int[1];
            return logits(
                    series,
                    batch -> KepSvgpAttention.predictive(
                            pass -> task.logits(batch, 0, batch.size(), pass), draws, key.child(done[0]++)));
        }

        private Tensor logits(TimeSeries series, Function<Batch, Tensor> model) {
            List<Tensor> all = new ArrayList<>();
            try (Parallel.Scope _ = Parallel.with(threads)) {
                for (Batch batch : Loader.inOrder(series, padding, 32).epoch(0)) {
                    all.add(model.apply(batch).detach());
                }
            }
            return Tensor.concat(0, all.toArray(Tensor[]::new));
        }
    }

    private Trained train(Config.Attention.Kind kind, Parts parts, int seed, Consumer<String> out) {
        long begun = System.nanoTime();
        Config config = config(kind, seed);
        Config.Training training = config.training();
        Padding padding = Padding.toLongest(parts.train);
        SeriesTask task = SeriesTask.of(
                config.model(),
                seed,
                parts.train.channels().size(),
                padding.length(),
                parts.train.classNames().size(),
                parts.train.size());
        int batch = Math.min(training.batch(), parts.train.size());
        Loader loader =
                Loader.shuffled(parts.train, padding, batch, Rng.of(seed).child("batches"));
        Trainer<Batch> trainer =
                new Trainer<>(task.model(), task, TrainerRecipe.of(config, task.model(), loader.batches()));
        double loss = Double.NaN;
        try (Parallel.Scope _ = Parallel.with(training.threads())) {
            for (int epoch = 1; epoch <= training.epochs(); epoch++) {
                loss = trainer.train(loader::epoch, StepListener.NONE)
                        .metrics()
                        .loss()
                        .value();
                if (epoch % Math.max(1, training.epochs() / 4) == 0 && epoch < training.epochs()) {
                    out.accept(line(config, epoch, loss, begun));
                }
            }
        }
        out.accept(line(config, training.epochs(), loss, begun));
        return new Trained(task, padding, draws, training.threads());
    }

    private String line(Config config, int epoch, double loss, long begun) {
        return String.format(
                Locale.ROOT,
                "seed %d of %d, %s: epoch %d of %d, loss %.4f, %s",
                config.training().seed(),
                seeds,
                config.model().attention().kind().word(),
                epoch,
                config.training().epochs(),
                loss,
                Figures.seconds((System.nanoTime() - begun) / 1e9));
    }

    /// T in [0.01, 100] that minimises the mean of −log softmax(z/T)[label], a convex function of 1/T: where its slope
    /// `Σ p_c z_c − z_label` is 0, by bisection in log T.
    static double temperature(Tensor logits, Tensor labels) {
        Tensor z = logits.to(DType.F64);
        double chosen = z.mul(labels.oneHot(z.dim(1), z.dtype())).sum().item();
        double low = Math.log(SMALLEST);
        double high = Math.log(LARGEST);
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            double expected = z.div(Math.exp(middle)).softmax(-1).mul(z).sum().item();
            if (expected > chosen) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.exp((low + high) / 2);
    }

    private static Tensor labels(TimeSeries series) {
        return Tensor.ofInts(series.labels(), series.size());
    }

    /// In the order of [#KEYS].
    private static double[] measure(Tensor test, Tensor foreign, Parts parts) {
        Tensor labels = labels(parts.test);
        Confusion confusion = new Confusion(test.dim(1));
        Likelihood likelihood = new Likelihood();
        CalibrationError calibration = new CalibrationError(BINS);
        Brier brier = new Brier();
        SelectiveRisk risk = new SelectiveRisk();
        confusion.add(test, labels);
        likelihood.add(test, labels);
        calibration.add(test, labels);
        brier.add(test, labels);
        risk.add(test, labels);
        return new double[] {
            confusion.accuracy(),
            likelihood.negativeLogLikelihood(),
            calibration.value(),
            brier.value(),
            risk.aurc(),
            told(entropy(test), entropy(foreign)),
            told(probability(test).neg(), probability(foreign).neg())
        };
    }

    private static double told(Tensor test, Tensor foreign) {
        BinaryScores scores = new BinaryScores();
        Arrays.stream(test.toDoubles()).forEach(score -> scores.add(score, false));
        Arrays.stream(foreign.toDoubles()).forEach(score -> scores.add(score, true));
        return scores.auroc();
    }

    private static Tensor entropy(Tensor logits) {
        Tensor z = logits.to(DType.F64);
        return z.softmax(-1).mul(z.logSoftmax(-1)).sum(-1).neg();
    }

    private static Tensor probability(Tensor logits) {
        return logits.to(DType.F64).softmax(-1).max(-1);
    }

    /// @param rows the figures of each seed
    /// @param temperatures of softmax, of each seed
    record Table(Config config, String other, Map<String, List<double[]>> rows, List<Double> temperatures) {
        private List<String> titles() {
            List<String> titles = new ArrayList<>(List.of("attention"));
            titles.addAll(TITLES);
            return titles;
        }

        private List<List<String>> cells() {
            List<List<String>> cells = new ArrayList<>();
            rows.forEach((name, seeds) -> {
                List<String> row = new ArrayList<>(List.of(name));
                for (int f = 0; f < PERCENT.length; f++) {
                    row.add(spread(column(seeds, f), PERCENT[f]));
                }
                cells.add(row);
            });
            return cells;
        }

        private static double[] column(List<double[]> seeds, int figure) {
            return seeds.stream().mapToDouble(all -> all[figure]).toArray();
        }

        private static String spread(double[] values, boolean percent) {
            return Comparison.spread(values, percent ? "%.1f" : "%.3f", percent ? 100 : 1);
        }

        private String note() {
            double[] t = temperatures.stream().mapToDouble(Double::doubleValue).toArray();
            return "Means over " + t.length + (t.length == 1 ? " seed" : " seeds") + " ± standard deviation, after "
                    + config.training().epochs() + " epochs; the other set is " + other + "; temperature "
                    + Comparison.spread(t, "%.2f", 1) + ".";
        }

        List<String> lines() {
            List<String> lines = new ArrayList<>(Comparison.lines(titles(), cells()));
            lines.add(note());
            return lines;
        }

        /// Writes `result.json` and `uncertainty.html`.
        ///
        /// @return the page
        Path write(Path folder) throws IOException {
            Files.createDirectories(folder);
            AtomicFile.write(folder.resolve("result.json"), toJson());
            Path page = folder.resolve("uncertainty.html");
            AtomicFile.write(
                    page,
                    new Document(config.experiment() + ", uncertainty · Adjoint")
                            .add(
                                    Element.of("h1", config.experiment() + ": what probabilities know"),
                                    Element.of("p", note()),
                                    Tables.of(titles(), cells()))
                            .toHtml());
            return page;
        }

        private String toJson() {
            Map<String, Object> all = new LinkedHashMap<>();
            rows.forEach((name, seeds) -> {
                Map<String, Object> figures = new LinkedHashMap<>();
                IntStream.range(0, KEYS.size())
                        .forEach(f -> figures.put(
                                KEYS.get(f),
                                Arrays.stream(column(seeds, f)).boxed().toList()));
                all.put(name, figures);
            });
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("experiment", config.experiment());
            json.put("other", other);
            json.put("epochs", config.training().epochs());
            json.put("temperatures", temperatures);
            json.put("rows", all);
            return Json.write(json) + "\n";
        }
    }
}
