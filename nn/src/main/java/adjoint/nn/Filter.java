package adjoint.nn;

import adjoint.autodiff.Convolution.Steps;

/// What the filters of a convolution are like.
///
/// ```
/// Filter filter = Filter.of(16, 32, 3).stride(2).padding(1).withoutBias();
/// ```
///
/// @param in channels that come in
/// @param out channels that come out
/// @param rows of a filter; of no meaning along one axis
/// @param cols of a filter: its size along one axis
/// @param down how the filter moves over the rows; of no meaning along one axis
/// @param along how it moves along each row
/// @param groups into how many parts the channels fall, of which each sees its own alone
/// @param bias whether a number per channel is added
public record Filter(int in, int out, int rows, int cols, Steps down, Steps along, int groups, boolean bias) {
    /// @throws IllegalArgumentException if a number is too small, or in or out do not fall into groups of one size
    public Filter {
        if (in < 1 || out < 1 || rows < 1 || cols < 1) {
            throw new IllegalArgumentException("a convolution needs at least one channel in and out and a filter of one"
                    + " element, got " + in + " in, " + out + " out, " + rows + " × " + cols);
        }
        if (groups < 1 || in % groups != 0 || out % groups != 0) {
            throw new IllegalArgumentException("a convolution cannot cut " + in + " channels in and " + out
                    + " out into " + groups + " groups of one size");
        }
    }

    /// Of one size along all axes, one step at a time, in one group, with a bias.
    public static Filter of(int in, int out, int size) {
        return new Filter(in, out, size, size, Steps.ONE, Steps.ONE, 1, true);
    }

    /// With another size.
    public Filter size(int rows, int cols) {
        return new Filter(in, out, rows, cols, down, along, groups, bias);
    }

    /// With other steps.
    public Filter steps(Steps down, Steps along) {
        return new Filter(in, out, rows, cols, down, along, groups, bias);
    }

    /// With steps of that length, along all axes.
    public Filter stride(int stride) {
        return steps(
                new Steps(stride, down.padding(), down.dilation()),
                new Steps(stride, along.padding(), along.dilation()));
    }

    /// With that many zeros in front of all axes and behind them.
    public Filter padding(int padding) {
        return steps(
                new Steps(down.stride(), padding, down.dilation()),
                new Steps(along.stride(), padding, along.dilation()));
    }

    /// With elements that far apart, along all axes.
    public Filter dilation(int dilation) {
        return steps(
                new Steps(down.stride(), down.padding(), dilation),
                new Steps(along.stride(), along.padding(), dilation));
    }

    public Filter groups(int groups) {
        return new Filter(in, out, rows, cols, down, along, groups, bias);
    }

    /// As many groups as channels come in.
    public Filter depthwise() {
        return groups(in);
    }

    public Filter withoutBias() {
        return new Filter(in, out, rows, cols, down, along, groups, false);
    }
}
