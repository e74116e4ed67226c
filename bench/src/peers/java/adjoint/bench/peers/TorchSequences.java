package adjoint.bench.peers;

import adjoint.bench.training.Sequences;
import adjoint.bench.training.Sequences.Head;
import adjoint.bench.training.Sequences.Mechanism;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// The twin of a [Sequences] model.
final class TorchSequences implements TorchModel {
    private final Sequences of;
    private final TorchLayers layers;

    TorchSequences(Sequences of) {
        this.of = of;
        layers = new TorchLayers(of.networkBeside().module());
    }

    @Override
    public List<Tensor> parameters() {
        return layers.all();
    }

    @Override
    public Logits forward(Tensor x) {
        boolean flat = of.head() == Head.FLATTEN;
        Tensor h = layers.linear(x, "project_inp");
        h = flat ? h.mul(new Scalar((float) Math.sqrt(of.width()))) : h;
        h = TorchLayers.dropout(h.add(layers.parameter("pos_enc.pe").squeeze(1)), of.dropout());
        Tensor[] objective = new Tensor[1];
        for (int i = 0; i < of.layers(); i++) {
            h = layers.encoderLayer(
                    h,
                    "transformer_encoder.layers." + i,
                    of.dropout(),
                    (tokens, name) -> attend(tokens, name, objective));
        }
        h = layers.norm(h, "transformer_encoder.norm");
        if (flat) {
            h = TorchLayers.dropout(torch.gelu(h), of.dropout());
            h = h.reshape(of.batch(), (long) of.tokens() * of.width());
        } else {
            h = h.mean(1);
        }
        Tensor own = objective[0] == null
                ? null
                : objective[0].mul(new Scalar((float) (Sequences.OBJECTIVE_WEIGHT / of.layers())));
        return new Logits(layers.linear(h, "output_layer"), own);
    }

    /// Adds the layer's own loss to `objective`.
    private Tensor attend(Tensor h, String name, Tensor[] objective) {
        if (of.beside() == Mechanism.SOFTMAX) {
            return layers.attention(h, name, of.heads(), of.attentionDropout());
        }
        TorchPrimal primal = new TorchPrimal(layers, name, of.heads(), of.samples());
        Tensor out = primal.attend(h);
        objective[0] = objective[0] == null ? primal.objective() : objective[0].add(primal.objective());
        return out;
    }
}
