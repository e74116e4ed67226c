package adjoint.bench.training;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Dropout;
import adjoint.nn.Encoder;
import adjoint.nn.LearnedPositions;
import adjoint.nn.Linear;
import adjoint.nn.Module;
import adjoint.nn.Parts;
import adjoint.nn.Pass;

/// `x [B, N, C] → project_inp(x) + positions → dropout → encoder → mean over the tokens → output_layer`.
final class PooledClassifier implements Module {
    private final Linear projection;
    private final LearnedPositions positions;
    private final Encoder encoder;
    private final Dropout dropout;
    private final Linear output;

    PooledClassifier(
            int channels,
            int tokens,
            int classes,
            int layers,
            Encoder.Config config,
            Attention.Factory attention,
            Rng key) {
        projection = new Linear(channels, config.width(), config.dtype(), key.child("project_inp"));
        positions = new LearnedPositions(tokens, config.width(), config.dtype(), key.child("pos_enc"));
        encoder = new Encoder(config, layers, attention, key.child("transformer_encoder"));
        dropout = new Dropout(config.dropout());
        output = new Linear(config.width(), classes, config.dtype(), key.child("output_layer"));
    }

    Tensor forward(Tensor x, Pass pass) {
        Tensor h = dropout.forward(positions.forward(projection.forward(x)), pass);
        return output.forward(encoder.forward(h, AttentionMask.none(), pass).mean(1));
    }

    @Override
    public void describe(Parts parts) {
        parts.module("project_inp", projection);
        parts.module("pos_enc", positions);
        parts.module("transformer_encoder", encoder);
        parts.module("output_layer", output);
    }
}
