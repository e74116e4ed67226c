package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;

/// A residual network for small images (He et al., 2016, §4.2): a convolution of 3 × 3, three stages of blocks, each
/// but the first at half the resolution and twice the width of the one before, the mean over all positions, and a
/// linear layer. `[N, channels, rows, cols]` to logits `[N, classes]`.
///
/// With BASIC blocks it has 6·blocks + 2 layers with weights: ResNet-20 is three blocks a stage of width 16. Shortcuts
/// between stages are convolutions of 1 × 1 (option B). Parts are called as in torchvision: `conv1`, `bn1`, `layer1.0`,
/// …, `fc`.
public final class ResNet implements Layer {
    private static final int STAGES = 3;

    private final Conv2d convolution;
    private final BatchNorm norm;
    private final List<Sequential> stages = new ArrayList<>();
    private final Linear head;

    /// @param channels of an image
    /// @param blocks per stage
    /// @param width of the first stage
    public record Config(int channels, int classes, ResidualBlock.Kind kind, int blocks, int width, DType dtype) {
        public Config {
            if (channels < 1 || classes < 1 || blocks < 1 || width < 1) {
                throw new IllegalArgumentException("ResNet needs channels, classes, blocks and width ≥ 1, got "
                        + channels + ", " + classes + ", " + blocks + " and " + width);
            }
        }
    }

    public ResNet(Config config, Rng key) {
        DType dtype = config.dtype();
        this.convolution = ResidualBlock.convolution(
                Filter.of(config.channels(), config.width(), 3).padding(1), dtype, key.child("conv1"));
        this.norm = new BatchNorm(config.width(), dtype);
        int in = config.width();
        for (int stage = 0; stage < STAGES; stage++) {
            int width = config.width() << stage;
            List<ResidualBlock> blocks = new ArrayList<>();
            for (int i = 0; i < config.blocks(); i++) {
                int stride = stage > 0 && i == 0 ? 2 : 1;
                Rng own = key.child("layer" + (stage + 1)).child(i);
                blocks.add(new ResidualBlock(config.kind(), in, width, stride, dtype, own));
                in = config.kind().out(width);
            }
            stages.add(new Sequential(blocks));
        }
        this.head = new Linear(in, config.classes(), dtype, key.child("fc"));
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Tensor y = norm.forward(convolution.forward(x), pass).relu();
        for (int i = 0; i < stages.size(); i++) {
            try (var _ = pass.scope("layer" + (i + 1))) {
                y = stages.get(i).forward(y, pass);
            }
        }
        return head.forward(y.mean(-2, -1));
    }

    @Override
    public void describe(Parts parts) {
        parts.module("conv1", convolution);
        parts.module("bn1", norm);
        for (int i = 0; i < stages.size(); i++) {
            parts.module("layer" + (i + 1), stages.get(i));
        }
        parts.module("fc", head);
    }
}
