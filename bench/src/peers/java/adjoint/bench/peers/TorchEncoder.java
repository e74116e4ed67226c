package adjoint.bench.peers;

import adjoint.bench.Task;
import adjoint.bench.autodiff.EncoderPass;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// A transformer encoder of libtorch's operations, with the parameters of ours.
final class TorchEncoder {
    private final EncoderPass of;
    private final TorchLayers layers;
    private final TensorVector all;
    private final Tensor x;
    private final Tensor weight;

    TorchEncoder(EncoderPass of) {
        this.of = of;
        layers = new TorchLayers(of.encoder());
        all = new TensorVector(layers.all().toArray(Tensor[]::new));
        x = LibTorch.tensor(of.x(), of.batch(), of.tokens(), of.width());
        weight = LibTorch.tensor(of.weight(), of.batch(), of.tokens(), of.width());
    }

    private Tensor forward() {
        Tensor h = x;
        for (int i = 0; i < of.layers(); i++) {
            h = layers.encoderLayer(
                    h,
                    "layers." + i,
                    of.dropout(),
                    (tokens, name) -> layers.attention(tokens, name, of.heads(), of.dropout()));
        }
        return layers.norm(h, "norm");
    }

    /// Gradients of Σ weight·y; the result is that of the first parameter.
    Task gradient() {
        return new Task() {
            private TensorVector gradients;

            @Override
            public void call() {
                if (gradients != null) {
                    gradients.releaseReference();
                }
                try (PointerScope _ = new PointerScope()) {
                    TensorVector loss = new TensorVector(forward().mul(weight).sum());
                    gradients = torch.grad(loss, all, new TensorVector(), new BoolOptional(), false, false);
                    gradients.retainReference();
                }
            }

            @Override
            public Object result() {
                return LibTorch.floats(gradients.get(0));
            }
        };
    }

    /// Training steps with AdamW.
    Runnable training() {
        AdamW optimizer = new AdamW(all, new AdamWOptions(1e-4));
        return () -> {
            try (PointerScope _ = new PointerScope()) {
                Tensor loss = forward().mul(weight).mean();
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
            }
        };
    }
}
