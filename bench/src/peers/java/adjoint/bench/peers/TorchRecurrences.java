package adjoint.bench.peers;

import adjoint.bench.training.Recurrences;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// The twin of a [Recurrences] model: libtorch's LSTM of a whole sequence.
final class TorchRecurrences implements TorchModel {
    private final TorchLayers layers;
    private final TensorVector weights;
    private final TensorVector zeros;

    TorchRecurrences(Recurrences of) {
        layers = new TorchLayers(of.network().module());
        weights = new TensorVector(
                layers.parameter("lstm.weight_ih_l0"),
                layers.parameter("lstm.weight_hh_l0"),
                layers.parameter("lstm.bias_ih_l0"),
                layers.parameter("lstm.bias_hh_l0"));
        Tensor zero = LibTorch.tensor(new float[of.batch() * of.width()], 1, of.batch(), of.width());
        zeros = new TensorVector(zero, zero);
    }

    @Override
    public List<Tensor> parameters() {
        return layers.all();
    }

    @Override
    public Logits forward(Tensor x) {
        Tensor last =
                torch.lstm(x, zeros, weights, true, 1, 0, true, false, true).get1();
        return new Logits(layers.linear(last.select(0, 0), "output_layer"), null);
    }
}
