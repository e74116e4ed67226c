package adjoint.data;

/// A training set and a test set of the same channels and classes.
///
/// @param train what the model learns from; every statistic comes from it alone
/// @param test what it is measured on
public record Split(TimeSeries train, TimeSeries test) {

    /// @throws IllegalArgumentException if channels or classes differ
    public Split {
        if (train.channels().size() != test.channels().size()) {
            throw new IllegalArgumentException(
                    "the training set has " + train.channels().size() + " channels, the test set "
                            + test.channels().size());
        }
        if (!train.classNames().equals(test.classNames())) {
            throw new IllegalArgumentException(
                    "the training set has the classes " + train.classNames() + ", the test set " + test.classNames());
        }
    }

    /// Both sets as a model takes them: missing values interpolated ([Interpolate]), each channel standardised by the
    /// training set ([Standardize]).
    public Split prepared() {
        TimeSeries known = Interpolate.linear(train);
        Standardize standardize = Standardize.fit(known);
        return new Split(standardize.apply(known), standardize.apply(Interpolate.linear(test)));
    }
}
