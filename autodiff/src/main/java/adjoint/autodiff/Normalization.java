package adjoint.autodiff;

import java.util.Arrays;

/// Normalisation of images, sequences and vectors with channels, `[batch, channels, …]`:
///
/// ```
/// y = (x − mean)/√(variance + eps)·gamma + beta
/// ```
///
/// `gamma` and `beta` hold a number per channel, or are null for 1 and 0; the variance is divided by n. What mean and
/// variance are taken over is what the methods differ in. [Tensor#layerNorm] and [Tensor#rmsNorm] work on the last
/// axis.
public final class Normalization {
    private Normalization() {}

    /// What batch normalisation leaves behind: the result, and mean and variance of each channel, the variance divided
    /// by n − 1, for running averages. These have no gradient, and like the result live as long as the tape.
    public record Batch(Tensor output, Tensor mean, Tensor variance) {}

    /// In training: per channel, over the batch and all positions.
    ///
    /// @throws ShapeError if there are no channels to be seen, a parameter is not `[channels]`, or there are fewer than
    ///     two numbers per channel
    public static Batch batchNorm(Tensor x, Tensor gamma, Tensor beta, double eps) {
        int channels = channels("batchNorm", x, gamma, beta);
        int each = channels == 0 ? 0 : x.size() / channels;
        if (each < 2) {
            throw new ShapeError("batchNorm: needs two numbers or more per channel to learn from, got shape "
                    + x.shape() + "; in evaluation, pass mean and variance");
        }
        Tensor byChannel = x.transpose(0, 1);
        Tensor rows = byChannel.reshape(channels, each);
        Tensor normal =
                rows.layerNorm(null, null, eps).reshape(byChannel.shape()).transpose(0, 1);
        Tensor values = rows.detach();
        Tensor mean = values.mean(true, -1);
        Tensor variance = values.sub(mean).square().sum(-1).div(each - 1);
        return new Batch(scaled(normal, gamma, beta), mean.squeeze(-1), variance);
    }

    /// In evaluation: with the given mean and variance, `[channels]` each.
    ///
    /// @throws ShapeError if there are no channels to be seen, or one of the vectors is not `[channels]`
    public static Tensor batchNorm(Tensor x, Tensor mean, Tensor variance, Tensor gamma, Tensor beta, double eps) {
        int channels = channels("batchNorm", x, gamma, beta);
        requireVector("batchNorm", "mean", mean, channels, x);
        requireVector("batchNorm", "variance", variance, channels, x);
        Tensor deviation = variance.add(eps).sqrt();
        Tensor scale = gamma == null ? deviation.reciprocal() : gamma.div(deviation);
        Tensor shift = mean.mul(scale).neg();
        return scaled(x, scale, beta == null ? shift : shift.add(beta));
    }

    /// Per example and group of neighbouring channels, over the group's channels and all positions.
    ///
    /// @throws ShapeError if there are no channels to be seen, a parameter is not `[channels]`, or the channels do not
    ///     make `groups` groups
    public static Tensor groupNorm(Tensor x, int groups, Tensor gamma, Tensor beta, double eps) {
        int channels = channels("groupNorm", x, gamma, beta);
        if (groups < 1 || channels % groups != 0) {
            throw new ShapeError("groupNorm: " + channels + " channels of shape " + x.shape() + " do not make " + groups
                    + " groups of equal size");
        }
        return grouped(x, groups, gamma, beta, eps);
    }

    /// Per example and channel, over all positions.
    ///
    /// @throws ShapeError if there are no channels to be seen, or a parameter is not `[channels]`
    public static Tensor instanceNorm(Tensor x, Tensor gamma, Tensor beta, double eps) {
        return grouped(x, channels("instanceNorm", x, gamma, beta), gamma, beta, eps);
    }

    private static Tensor grouped(Tensor x, int groups, Tensor gamma, Tensor beta, double eps) {
        int each = x.size() == 0 ? 0 : x.size() / x.dim(0) / groups;
        Tensor rows = x.reshape(x.dim(0), groups, each).layerNorm(null, null, eps);
        return scaled(rows.reshape(x.shape()), gamma, beta);
    }

    /// x·gamma + beta per channel.
    private static Tensor scaled(Tensor x, Tensor gamma, Tensor beta) {
        int[] dims = new int[x.rank() - 1];
        Arrays.fill(dims, 1);
        dims[0] = x.dim(1);
        Tensor scaled = gamma == null ? x : x.mul(gamma.reshape(dims));
        return beta == null ? scaled : scaled.add(beta.reshape(dims));
    }

    private static int channels(String op, Tensor x, Tensor gamma, Tensor beta) {
        if (x.rank() < 2) {
            throw new ShapeError(op + ": x must be [batch, channels, …], got " + x.shape());
        }
        requireVector(op, "gamma", gamma, x.dim(1), x);
        requireVector(op, "beta", beta, x.dim(1), x);
        return x.dim(1);
    }

    private static void requireVector(String op, String name, Tensor vector, int channels, Tensor x) {
        if (vector != null && (vector.rank() != 1 || vector.dim(0) != channels)) {
            throw new ShapeError(op + ": " + name + " must be [" + channels + "] for x of shape " + x.shape() + ", got "
                    + vector.shape());
        }
    }
}
