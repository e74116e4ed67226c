package adjoint.bench.peers;

import adjoint.bench.training.TrainingStep;
import adjoint.bench.training.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Training steps of a model with AdamW, and the first losses.
final class TorchSteps {
    private final TorchModel model;
    private final FusedAdamW optimizer;
    private final Tensor[] x = new Tensor[Workload.BATCHES];
    private final Tensor[] labels = new Tensor[Workload.BATCHES];
    private final List<Float> curve = new ArrayList<>();
    private int taken;

    TorchSteps(TorchModel model, Workload workload) {
        this.model = model;
        optimizer = new FusedAdamW(model.parameters(), workload.rate());
        int[] sample = workload.sample();
        long[] shape = new long[sample.length + 1];
        shape[0] = workload.batch();
        for (int d = 0; d < sample.length; d++) {
            shape[d + 1] = sample[d];
        }
        for (int i = 0; i < x.length; i++) {
            x[i] = LibTorch.tensor(workload.x(i), shape);
            labels[i] = Tensor.create(
                    Arrays.stream(workload.labels(i)).asLongStream().toArray());
        }
    }

    void step() {
        int batch = taken++ % Workload.BATCHES;
        try (PointerScope _ = new PointerScope()) {
            TorchModel.Logits logits = model.forward(x[batch]);
            Tensor loss = torch.cross_entropy_loss(logits.values(), labels[batch]);
            Tensor total = logits.own() == null ? loss : loss.add(logits.own());
            optimizer.zeroGrad();
            total.backward();
            optimizer.step();
            // A trainer looks at the loss of each step; ours does.
            float value = loss.item_float();
            if (curve.size() < TrainingStep.CURVE) {
                curve.add(value);
            }
        }
    }

    /// The losses of the first steps; those not yet taken are.
    float[] curve() {
        while (curve.size() < TrainingStep.CURVE) {
            step();
        }
        float[] losses = new float[curve.size()];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = curve.get(i);
        }
        return losses;
    }
}
