package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;

/// Convolutions with batch norms inside a residual connection (He, Zhang, Ren, Sun, *Deep residual learning for image
/// recognition*, 2016): `[N, in, rows, cols]` to `[N, out, rows/stride, cols/stride]`, rounded up.
///
/// ```
/// y = relu(bnₖ(convₖ(… relu(bn₁(conv₁(x))))) + downsample(x))
/// ```
///
/// Parts are called as in torchvision: `conv1`, `bn1`, `conv2`, …, and where shapes differ `downsample.0`, a
/// convolution of 1 × 1, and `downsample.1`, its norm. Filters start with draws of variance 2/(fan out).
public final class ResidualBlock implements Layer {
    private static final Initializer START =
            new Initializer.VarianceScaling(2, Initializer.Fan.OUT, Initializer.Form.NORMAL);

    private final List<Conv2d> convolutions = new ArrayList<>();
    private final List<BatchNorm> norms = new ArrayList<>();
    private final Sequential downsample;

    /// The kinds of blocks.
    public enum Kind {
        /// Two convolutions of 3 × 3, the first with the stride: torchvision's `BasicBlock`.
        BASIC(1),
        /// Convolutions of 1 × 1, 3 × 3, with the stride, and 1 × 1 to four times the width: `Bottleneck`.
        BOTTLENECK(4);

        private final int expansion;

        Kind(int expansion) {
            this.expansion = expansion;
        }

        /// How many channels come out of a block of that width.
        public int out(int width) {
            return expansion * width;
        }
    }

    /// @param width the channels inside
    public ResidualBlock(Kind kind, int in, int width, int stride, DType dtype, Rng key) {
        int out = kind.out(width);
        switch (kind) {
            case BASIC -> {
                add(Filter.of(in, width, 3).padding(1).stride(stride), dtype, key);
                add(Filter.of(width, out, 3).padding(1), dtype, key);
            }
            case BOTTLENECK -> {
                add(Filter.of(in, width, 1), dtype, key);
                add(Filter.of(width, width, 3).padding(1).stride(stride), dtype, key);
                add(Filter.of(width, out, 1), dtype, key);
            }
        }
        this.downsample = in == out && stride == 1
                ? null
                : Sequential.of(
                        convolution(Filter.of(in, out, 1).stride(stride), dtype, key.child("downsample")),
                        new BatchNorm(out, dtype));
    }

    private void add(Filter filter, DType dtype, Rng key) {
        convolutions.add(convolution(filter, dtype, key.child("conv" + (convolutions.size() + 1))));
        norms.add(new BatchNorm(filter.out(), dtype));
    }

    static Conv2d convolution(Filter filter, DType dtype, Rng key) {
        Conv2d convolution = new Conv2d(filter.withoutBias(), dtype, key);
        START.apply(convolution, (_, _) -> true, key);
        return convolution;
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Tensor y = x;
        int last = convolutions.size() - 1;
        for (int i = 0; i <= last; i++) {
            y = norms.get(i).forward(convolutions.get(i).forward(y), pass);
            y = i < last ? y.relu() : y;
        }
        return y.add(shortcut(x, pass)).relu();
    }

    private Tensor shortcut(Tensor x, Pass pass) {
        if (downsample == null) {
            return x;
        }
        try (var _ = pass.scope("downsample")) {
            return downsample.forward(x, pass);
        }
    }

    @Override
    public void describe(Parts parts) {
        for (int i = 0; i < convolutions.size(); i++) {
            parts.module("conv" + (i + 1), convolutions.get(i));
            parts.module("bn" + (i + 1), norms.get(i));
        }
        if (downsample != null) {
            parts.module("downsample", downsample);
        }
    }
}
