package adjoint.bench.peers;

import adjoint.bench.Task;
import adjoint.bench.autodiff.EncoderPass;
import adjoint.nn.Parameters;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// A transformer encoder of libtorch's operations, with the parameters of ours.
final class TorchEncoder {
    private final EncoderPass of;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final TensorVector all;
    private final Tensor x;
    private final Tensor weight;

    TorchEncoder(EncoderPass of) {
        this.of = of;
        Parameters ours = Parameters.of(of.encoder());
        for (String name : ours.names()) {
            adjoint.autodiff.Tensor value = ours.get(name).value();
            long[] shape = new long[value.rank()];
            for (int d = 0; d < shape.length; d++) {
                shape[d] = value.dim(d);
            }
            // A copy, as a view of the same values is no leaf.
            parameters.put(
                    name,
                    LibTorch.tensor(value.toFloats(), shape).clone().detach().set_requires_grad(true));
        }
        all = new TensorVector(parameters.values().toArray(Tensor[]::new));
        x = LibTorch.tensor(of.x(), of.batch(), of.tokens(), of.width());
        weight = LibTorch.tensor(of.weight(), of.batch(), of.tokens(), of.width());
    }

    private TensorOptional optional(String name) {
        return new TensorOptional(parameters.get(name));
    }

    private Tensor linear(Tensor h, String name) {
        return torch.linear(h, parameters.get(name + ".weight"), optional(name + ".bias"));
    }

    private Tensor norm(Tensor h, String name) {
        long[] row = {of.width()};
        return torch.layer_norm(h, row, optional(name + ".weight"), optional(name + ".bias"), 1e-5, false);
    }

    private Tensor dropout(Tensor h) {
        return of.dropout() == 0 ? h : torch.dropout(h, of.dropout(), true);
    }

    private Tensor attention(Tensor h, String name) {
        Tensor qkv = torch.linear(h, parameters.get(name + ".in_proj_weight"), optional(name + ".in_proj_bias"))
                .view(of.batch(), of.tokens(), 3, of.heads(), of.width() / of.heads())
                .permute(2, 0, 3, 1, 4);
        Tensor out = torch.scaled_dot_product_attention(
                qkv.select(0, 0),
                qkv.select(0, 1),
                qkv.select(0, 2),
                new TensorOptional(),
                of.dropout(),
                false,
                new DoubleOptional(),
                false);
        return linear(out.transpose(1, 2).reshape(of.batch(), of.tokens(), of.width()), name + ".out_proj");
    }

    private Tensor forward() {
        Tensor h = x;
        for (int i = 0; i < of.layers(); i++) {
            String layer = "layers." + i + ".";
            h = h.add(dropout(attention(norm(h, layer + "norm1"), layer + "self_attn")));
            Tensor hidden = dropout(torch.gelu(linear(norm(h, layer + "norm2"), layer + "linear1")));
            h = h.add(dropout(linear(hidden, layer + "linear2")));
        }
        return norm(h, "norm");
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
