package adjoint.bench.peers;

import adjoint.nn.Module;
import adjoint.nn.Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/// The layers of a model of libtorch's operations, by the names of the parameters: what `torch::nn`'s modules call.
final class TorchLayers {
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();

    /// With the parameters of a module of ours, and their values.
    TorchLayers(Module module) {
        Parameters ours = Parameters.of(module);
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
    }

    /// All parameters, in order.
    List<Tensor> all() {
        return List.copyOf(parameters.values());
    }

    Tensor parameter(String name) {
        return parameters.get(name);
    }

    private TensorOptional optional(String name) {
        return new TensorOptional(parameters.get(name));
    }

    Tensor linear(Tensor h, String name) {
        return torch.linear(h, parameters.get(name + ".weight"), optional(name + ".bias"));
    }

    Tensor norm(Tensor h, String name) {
        Tensor weight = parameters.get(name + ".weight");
        long[] row = {weight.size(0)};
        return torch.layer_norm(h, row, new TensorOptional(weight), optional(name + ".bias"), 1e-5, false);
    }

    static Tensor dropout(Tensor h, double p) {
        return p == 0 ? h : torch.dropout(h, p, true);
    }

    /// Softmax attention, of `[B, N, d]` to the same, as `multi_head_attention_forward` computes it where nobody asks
    /// for the weights.
    Tensor attention(Tensor h, String name, int heads, double p) {
        long batch = h.size(0);
        long tokens = h.size(1);
        long width = h.size(2);
        Tensor qkv = torch.linear(h, parameters.get(name + ".in_proj_weight"), optional(name + ".in_proj_bias"))
                .view(batch, tokens, 3, heads, width / heads)
                .permute(2, 0, 3, 1, 4);
        Tensor out = torch.scaled_dot_product_attention(
                qkv.select(0, 0),
                qkv.select(0, 1),
                qkv.select(0, 2),
                new TensorOptional(),
                p,
                false,
                new DoubleOptional(),
                false);
        return linear(out.transpose(1, 2).reshape(batch, tokens, width), name + ".out_proj");
    }

    /// How tokens attend to each other.
    interface Attention {
        Tensor attend(Tensor h, String name);
    }

    /// An encoder layer with GELU and the norms first.
    Tensor encoderLayer(Tensor h, String name, double p, Attention attention) {
        Tensor y = h.add(dropout(attention.attend(norm(h, name + ".norm1"), name + ".self_attn"), p));
        Tensor hidden = dropout(torch.gelu(linear(norm(y, name + ".norm2"), name + ".linear1")), p);
        return y.add(dropout(linear(hidden, name + ".linear2"), p));
    }
}
