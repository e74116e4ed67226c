package adjoint.bench.peers;

import adjoint.bench.training.Images;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// The twin of an [Images] model.
final class TorchImages implements TorchModel {
    private final Images of;
    private final TorchLayers layers;

    TorchImages(Images of) {
        this.of = of;
        layers = new TorchLayers(of.network().module());
    }

    @Override
    public List<Tensor> parameters() {
        return layers.all();
    }

    @Override
    public Logits forward(Tensor x) {
        long[] stride = {of.patch(), of.patch()};
        Tensor h = torch.conv2d(
                        x,
                        layers.parameter("patch_embed.proj.weight"),
                        new TensorOptional(layers.parameter("patch_embed.proj.bias")),
                        stride,
                        new long[] {0, 0},
                        new long[] {1, 1},
                        1)
                .flatten(2, 3)
                .transpose(1, 2);
        h = TorchLayers.dropout(h.add(layers.parameter("pos_embed.pe").squeeze(1)), of.dropout());
        for (int i = 0; i < Images.LAYERS; i++) {
            h = layers.encoderLayer(
                    h,
                    "encoder.layers." + i,
                    of.dropout(),
                    (tokens, name) -> layers.attention(tokens, name, Images.HEADS, of.dropout()));
        }
        return new Logits(layers.linear(layers.norm(h, "encoder.norm").mean(1), "head"), null);
    }
}
