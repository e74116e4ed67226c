package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.run.RunException;
import adjoint.data.DataFolder;
import adjoint.data.FormatException;
import adjoint.data.Oscillators;
import adjoint.data.Padding;
import adjoint.data.Split;
import adjoint.data.TimeSeries;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/// A classification problem as a model takes it: series prepared by the training set's statistics, and their common
/// length, that of the longest training series.
record Problem(TimeSeries train, TimeSeries test, Padding padding) {
    /// Reads or simulates the data of a configuration.
    ///
    /// @throws FormatException if a file is malformed or a test set does not fit its training set
    /// @throws RunException if a data set is not found or cannot be read
    static Problem of(Config.Data data) throws FormatException {
        Split split = switch (data) {
            case Config.Uea uea -> read(uea);
            case Config.Oscillators simulated -> simulate(simulated);
        };
        Split prepared = split.prepared();
        return new Problem(prepared.train(), prepared.test(), Padding.toLongest(prepared.train()));
    }

    private static Split simulate(Config.Oscillators data) {
        return new Oscillators(
                        data.train(),
                        data.test(),
                        data.steps(),
                        data.interval(),
                        data.weakest(),
                        data.strongest(),
                        data.noise())
                .simulate(data.seed());
    }

    private static Split read(Config.Uea uea) throws FormatException {
        try {
            return folder(uea.folder()).find("uea/" + uea.name()).read();
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

    int channels() {
        return train.channels().size();
    }

    int length() {
        return padding.length();
    }

    int classes() {
        return train.classNames().size();
    }

    /// The test case that is shown in the report: the first of the longest, so that as little as can be is padding.
    int example() {
        int longest = 0;
        for (int i = 1; i < test.size(); i++) {
            if (test.length(i) > test.length(longest)) {
                longest = i;
            }
        }
        return longest;
    }

    /// One test case alone.
    TimeSeries testCase(int index) {
        return new TimeSeries(
                test.name(),
                test.channels(),
                Arrays.copyOfRange(test.cases(), index, index + 1),
                Arrays.copyOfRange(test.labels(), index, index + 1),
                test.classNames());
    }
}
