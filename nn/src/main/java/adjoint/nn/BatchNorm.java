package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Normalization;
import adjoint.autodiff.Tensor;
import java.util.OptionalDouble;
import java.util.function.BinaryOperator;

/// `y = (x − mean)/√(var + eps)·weight + bias` per channel (Ioffe, Szegedy, 2015). `x` is `[N, channels]`,
/// `[N, channels, length]` or `[N, channels, rows, cols]`: PyTorch's `BatchNorm1d` and `BatchNorm2d`.
///
/// In training mean and variance are those of the batch, or in a [Trainer] of the shard, over samples and positions.
/// They are averaged in the buffers `running_mean` and `running_var` (the variance divided by n − 1), which take their
/// place in evaluation:
///
/// ```
/// running ← (1 − momentum)·running + momentum·now
/// ```
///
/// What shards find is averaged, weighted with their sizes. `num_batches_tracked` counts the batches.
public final class BatchNorm extends Normalizer {
    private final OptionalDouble momentum;
    private final Buffer mean;
    private final Buffer variance;
    private final Buffer batches;

    /// What batch norms may do differently.
    ///
    /// @param momentum the share of the new batch in the averages; if there is none, all batches count the same
    /// @param track false for no buffers: then mean and variance are those of the batch in evaluation, too
    public record Config(double eps, OptionalDouble momentum, Affine affine, boolean track) {
        /// PyTorch's: eps 10⁻⁵, momentum 0.1, weight and bias, tracked.
        public static final Config DEFAULT = new Config(1e-5, OptionalDouble.of(0.1), Affine.WEIGHT_AND_BIAS, true);

        public Config {
            momentum.ifPresent(m -> {
                if (!(m >= 0 && m <= 1)) {
                    throw new IllegalArgumentException("BatchNorm needs a momentum in [0, 1], got " + m);
                }
            });
        }
    }

    public BatchNorm(int channels, DType dtype) {
        this(channels, Config.DEFAULT, dtype);
    }

    public BatchNorm(int channels, Config config, DType dtype) {
        super(channels, config.eps(), config.affine(), dtype);
        this.momentum = config.momentum();
        this.mean = config.track() ? Buffer.of(Tensor.zeros(dtype, channels)) : null;
        this.variance = config.track() ? Buffer.of(Tensor.ones(dtype, channels)) : null;
        this.batches = config.track() ? Buffer.of(Tensor.scalar(0, DType.I64)) : null;
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        requireChannels(x);
        if (mean != null && !pass.training()) {
            return Normalization.batchNorm(x, mean.value(), variance.value(), gamma(), beta(), eps);
        }
        Normalization.Batch batch = Normalization.batchNorm(x, gamma(), beta(), eps);
        if (mean != null) {
            BinaryOperator<Tensor> average = (old, now) -> old.add(now.sub(old).mul(share()));
            pass.update(batches, count -> Tensor.scalar(count.item() + 1, DType.I64));
            pass.update(mean, batch.mean(), average);
            pass.update(variance, batch.variance(), average);
        }
        return batch.output();
    }

    /// Of the batch that was counted last.
    private double share() {
        return momentum.orElseGet(() -> 1 / batches.value().item());
    }

    @Override
    public void describe(Parts parts) {
        super.describe(parts);
        if (mean != null) {
            parts.buffer("running_mean", mean);
            parts.buffer("running_var", variance);
            parts.buffer("num_batches_tracked", batches);
        }
    }
}
