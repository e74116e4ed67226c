package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunException;
import adjoint.data.DataFolder;
import adjoint.data.FormatException;
import adjoint.linalg.Rng;
import adjoint.nn.Batches;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What there is to learn: the data of a configuration as a model takes them.
///
/// @param <B> what a batch is
sealed interface Problem<B> permits SeriesProblem, ImageProblem, TextProblem {
    /// Reads or simulates the data of a configuration.
    ///
    /// @throws FormatException if a file is malformed or does not fit the others
    /// @throws RunException if a data set is not found or cannot be read
    static Problem<?> of(Config config) throws FormatException {
        try {
            return switch (config.data()) {
                case Config.Uea data -> SeriesProblem.read(data);
                case Config.Oscillators data -> SeriesProblem.simulated(data);
                case Config.Mnist data ->
                    ImageProblem.read(data, (Config.Patches) config.model().input());
                case Config.Text data ->
                    TextProblem.read(data, (Config.Tokens) config.model().input());
            };
        } catch (FormatException e) {
            throw e;
        } catch (IOException e) {
            throw new RunException(e.getMessage());
        }
    }

    /// Where data sets are looked for.
    ///
    /// @param named the folder that the user named, or empty for the usual places
    static DataFolder folder(String named) {
        return DataFolder.of(named.isEmpty() ? null : Path.of(named), System.getenv());
    }

    /// The number of training cases in an epoch.
    int trainSize();

    int testSize();

    int channels();

    /// The steps of a series, the pixels of an image, the characters of a window.
    int length();

    List<String> classNames();

    default int classes() {
        return classNames().size();
    }

    /// What its cases are called.
    default String cases() {
        return "series";
    }

    /// By what an epoch is the best one.
    default Result.Measure measure() {
        return Result.Measure.ACCURACY;
    }

    /// What there is, in a line.
    String summary();

    /// What a state file of a model has to say beside the weights.
    default Map<String, String> metadata() {
        return Map.of();
    }

    /// The training cases in batches, in an order drawn anew for each epoch.
    Batches<B> training(int batch, Rng key);

    /// The test cases in their order.
    Batches<B> testing(int batch);

    /// A model with its initial weights.
    Task<B> task(Config.Model model, long seed);

    /// What a model takes beside its layers.
    MemoryEstimate.Outside outside(Config.Model model);

    /// Which test case is shown in the report, from 0.
    int exampleIndex();

    /// A test case, from 0.
    Example<B> example(int index);

    /// The test case that is shown in the report.
    default Example<B> example() {
        return example(exampleIndex());
    }

    /// What the layers of a model compare of a test case, in their order.
    List<String> tokens(Config.Model model, Example<B> example);

    /// What a linear classifier reaches on the same split, where that is asked for.
    default Optional<Double> linearAccuracy() {
        return Optional.empty();
    }

    /// A test case.
    ///
    /// @param index which one, from 0
    /// @param className its class, or empty if it has none
    /// @param length its steps, pixels or characters
    /// @param batch it alone
    record Example<B>(int index, String className, int length, B batch) {}
}
