package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// Multi-head softmax attention with PyTorch's parameters, written for these tests alone.
final class SelfAttention implements Attention {
    private final int heads;
    private final int width;
    private final Parameter projection;
    private final Parameter projectionBias;
    private final Linear output;

    SelfAttention(int width, int heads, DType dtype, Rng key) {
        this.width = width;
        this.heads = heads;
        this.projection = Parameter.uniform(key.child("in_proj_weight"), 0.5, dtype, 3 * width, width);
        this.projectionBias = Parameter.uniform(key.child("in_proj_bias"), 0.5, dtype, 3 * width);
        this.output = new Linear(width, width, dtype, key.child("out_proj"));
    }

    @Override
    public Tensor attend(Tensor x, AttentionMask mask, Pass pass) {
        int batch = x.dim(0);
        int length = x.dim(1);
        Tensor qkv = x.linear(projection.value(), projectionBias.value())
                .reshape(batch, length, 3, heads, width / heads)
                .permute(2, 0, 3, 1, 4);
        Tensor scores = qkv.select(0, 0).matmul(qkv.select(0, 1).transpose(-1, -2));
        Tensor weights = scores.mul(1 / Math.sqrt((double) width / heads)).softmax(-1);
        if (pass.probing()) {
            pass.probe("weights", weights);
        }
        Tensor heard = weights.matmul(qkv.select(0, 2));
        return output.forward(heard.transpose(1, 2).reshape(batch, length, width));
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("in_proj_weight", projection);
        parts.parameter("in_proj_bias", projectionBias);
        parts.module("out_proj", output);
    }
}
