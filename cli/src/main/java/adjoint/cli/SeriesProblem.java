package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.report.Figures;
import adjoint.data.Batch;
import adjoint.data.LinearClassifier;
import adjoint.data.Loader;
import adjoint.data.Oscillators;
import adjoint.data.Padding;
import adjoint.data.Split;
import adjoint.data.TimeSeries;
import adjoint.linalg.Rng;
import adjoint.nn.Batches;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Time series of several classes, prepared by the training set's statistics, and their common length, that of the
/// longest training series.
record SeriesProblem(Config.Data data, TimeSeries train, TimeSeries test, Padding padding) implements Problem<Batch> {
    /// A data set of the archive.
    ///
    /// @throws FormatException if a file is malformed or a test set does not fit its training set
    /// @throws IOException if a file is not there or cannot be read
    static SeriesProblem read(Config.Uea data) throws IOException {
        return prepared(
                data, Problem.folder(data.folder()).find("uea/" + data.name()).read());
    }

    static SeriesProblem simulated(Config.Oscillators data) {
        Oscillators system = new Oscillators(
                data.train(),
                data.test(),
                data.steps(),
                data.interval(),
                data.weakest(),
                data.strongest(),
                data.noise());
        return prepared(data, system.simulate(data.seed()));
    }

    private static SeriesProblem prepared(Config.Data data, Split split) {
        Split prepared = split.prepared();
        return new SeriesProblem(data, prepared.train(), prepared.test(), Padding.toLongest(prepared.train()));
    }

    @Override
    public int trainSize() {
        return train.size();
    }

    @Override
    public int testSize() {
        return test.size();
    }

    @Override
    public int channels() {
        return train.channels().size();
    }

    @Override
    public int length() {
        return padding.length();
    }

    @Override
    public List<String> classNames() {
        return test.classNames();
    }

    @Override
    public String summary() {
        return Figures.count(trainSize()) + " training and " + Figures.count(testSize()) + " test series, " + channels()
                + " channels, " + length() + " steps, " + classes() + " classes";
    }

    @Override
    public Batches<Batch> training(int batch, Rng key) {
        Loader loader = Loader.shuffled(train, padding, batch, key).takingTurns(2);
        Batches<Batch> batches = new Batches<>() {
            @Override
            public Iterable<Batch> epoch(int epoch) {
                return loader.epoch(epoch);
            }

            @Override
            public Iterable<Batch> epoch(int epoch, int first) {
                return loader.epoch(epoch, first);
            }
        };
        return batches.prefetched(1);
    }

    @Override
    public Batches<Batch> testing(int batch) {
        return Loader.inOrder(test, padding, batch)::epoch;
    }

    @Override
    public Task<Batch> task(Config.Model model, long seed) {
        return SeriesTask.of(model, seed, channels(), length(), classes(), trainSize());
    }

    @Override
    public MemoryEstimate.Outside outside(Config.Model model) {
        double d = model.width();
        double n = length();
        double embedding = (channels() + 1) * d + n * d;
        return new MemoryEstimate.Outside(length(), embedding + (n * d + 1) * classes(), n * (channels() + 1));
    }

    /// The first of the longest test cases, so that as little as can be is padding.
    @Override
    public int exampleIndex() {
        int longest = 0;
        for (int i = 1; i < test.size(); i++) {
            if (test.length(i) > test.length(longest)) {
                longest = i;
            }
        }
        return longest;
    }

    @Override
    public Example<Batch> example(int index) {
        Batch batch =
                Loader.inOrder(testCase(index), padding, 1).epoch(0).iterator().next();
        String name = classNames().get(test.labels()[index]);
        return new Example<>(index, name, Math.min(test.length(index), length()), batch);
    }

    @Override
    public List<String> tokens(Config.Model model, Example<Batch> example) {
        return IntStream.rangeClosed(1, length())
                .mapToObj(step -> step <= example.length() ? "step " + step : "padding " + step)
                .toList();
    }

    private TimeSeries testCase(int index) {
        return new TimeSeries(
                test.name(),
                test.channels(),
                Arrays.copyOfRange(test.cases(), index, index + 1),
                Arrays.copyOfRange(test.labels(), index, index + 1),
                test.classNames());
    }

    /// Asked of the simulated system only, which is made so that it is little.
    @Override
    public Optional<Double> linearAccuracy() {
        return data instanceof Config.Oscillators simulated
                ? Optional.of(LinearClassifier.measure(
                                new Split(train, test), Rng.of(simulated.seed()).child("linear"))
                        .accuracy())
                : Optional.empty();
    }
}
