package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A token for each square of `patch`×`patch` pixels, row by row of squares (Dosovitskiy et al., 2021): a convolution
/// whose stride is its width, as one product of matrices. `x` `[B, C, height, width]` becomes
/// `[B, (height/patch)·(width/patch), d]`.
///
/// The parameters are those of PyTorch's `Conv2d`, `proj.weight` `[d, C, patch, patch]` and `proj.bias` `[d]`, and
/// start as there with draws from U(−1/√n, 1/√n), n = C·patch².
public final class PatchEmbedding implements Layer.Pure {
    private final int channels;
    private final int patch;
    private final int width;
    private final Parameter weight;
    private final Parameter bias;

    /// @param channels C
    /// @param width d
    public PatchEmbedding(int channels, int patch, int width, DType dtype, Rng key) {
        if (channels < 1 || patch < 1 || width < 1) {
            throw new IllegalArgumentException("PatchEmbedding needs channels, patch and width ≥ 1, got " + channels
                    + ", " + patch + " and " + width);
        }
        this.channels = channels;
        this.patch = patch;
        this.width = width;
        double bound = 1 / Math.sqrt((double) channels * patch * patch);
        this.weight = Parameter.uniform(key.child("weight"), bound, dtype, width, channels, patch, patch);
        this.bias = Parameter.uniform(key.child("bias"), bound, dtype, width);
    }

    /// @throws ShapeError if `x` is not `[B, C, height, width]` with whole patches
    @Override
    public Tensor forward(Tensor x) {
        if (x.rank() != 4 || x.dim(1) != channels || x.dim(2) % patch != 0 || x.dim(3) % patch != 0) {
            throw new ShapeError("PatchEmbedding needs x [B, " + channels + ", height, width] with multiples of "
                    + patch + ", got " + x.shape());
        }
        int down = x.dim(2) / patch;
        int across = x.dim(3) / patch;
        int pixels = channels * patch * patch;
        Tensor patches = x.reshape(x.dim(0), channels, down, patch, across, patch)
                .permute(0, 2, 4, 1, 3, 5)
                .reshape(x.dim(0), down * across, pixels);
        return patches.linear(weight.value().reshape(width, pixels), bias.value());
    }

    @Override
    public void describe(Parts parts) {
        parts.module("proj", inner -> {
            inner.parameter("weight", weight);
            inner.parameter("bias", bias);
        });
    }
}
