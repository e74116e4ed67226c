package adjoint.bench.peers;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Primal-Attention with the paper's objective: queries and keys in one projection, their scores in two batched
/// products.
final class TorchPrimal {
    private static final ScalarTypeOptional SAME = new ScalarTypeOptional();

    private final TorchLayers layers;
    private final String name;
    private final int heads;
    private final int samples;
    private Tensor objective;

    TorchPrimal(TorchLayers layers, String name, int heads, int samples) {
        this.layers = layers;
        this.name = name;
        this.heads = heads;
        this.samples = samples;
    }

    /// Of `[B, N, d]` to the same.
    Tensor attend(Tensor x) {
        long batch = x.size(0);
        long tokens = x.size(1);
        long width = x.size(2) / heads;
        Tensor qk = torch.linear(x, part("in_proj_weight"), new TensorOptional(part("in_proj_bias")));
        Tensor unit = normalized(qk.view(batch, tokens, 2, heads, width)).permute(2, 0, 3, 1, 4);
        Tensor chosen = samples == tokens ? x : x.index_select(1, evenlySpaced(tokens));
        Tensor sampled = chosen.reshape(batch, samples, heads, width).permute(0, 2, 3, 1);
        Tensor queryWeights = sampled.matmul(part("We"));
        Tensor keyWeights = sampled.matmul(part("Wr"));
        Tensor e = unit.select(0, 0).matmul(queryWeights);
        Tensor r = unit.select(0, 1).matmul(keyWeights);
        objective = objective(e, r, queryWeights.mul(keyWeights));
        Tensor both = torch.cat(new TensorVector(e, r), -1).transpose(1, 2);
        Tensor out = layers.linear(both, name + ".score_proj").reshape(batch, tokens, heads * width);
        return layers.linear(out, name + ".out_proj");
    }

    /// The batch mean of J², after [#attend].
    Tensor objective() {
        return objective;
    }

    private Tensor objective(Tensor e, Tensor r, Tensor overlap) {
        long tokens = e.size(2);
        long rank = e.size(3);
        Tensor energy = e.square().sum(2).add(r.square().sum(2));
        Tensor score = energy.mul(part("log_lambda").exp()).sum(2).mul(new Scalar(1f / (2f * rank * tokens)));
        Tensor trace = overlap.sum(2, 3).mul(new Scalar(1f / rank));
        return score.sub(trace).mean(1).square().mean();
    }

    private static Tensor normalized(Tensor x) {
        Tensor norm = x.square().sum(new long[] {-1}, true, SAME).sqrt();
        return x.div(norm.clamp_min(new Scalar(1e-12f)));
    }

    private Tensor evenlySpaced(long tokens) {
        return Tensor.create(IntStream.range(0, samples)
                .mapToLong(i -> samples == 1 ? 0 : i * (tokens - 1) / (samples - 1))
                .toArray());
    }

    private Tensor part(String part) {
        return layers.parameter(name + "." + part);
    }
}
