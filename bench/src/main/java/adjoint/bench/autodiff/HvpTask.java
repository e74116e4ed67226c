package adjoint.bench.autodiff;

import adjoint.autodiff.BufferPool;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.bench.Task;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Encoder;
import adjoint.nn.Parameter;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import java.util.ArrayList;
import java.util.List;

/// The Hessian of an encoder's loss by its parameters, times a vector: the gradient of its slope along the vector,
/// reverse mode over forward mode.
final class HvpTask implements Task {
    private final BufferPool pool = new BufferPool();
    private final Encoder encoder;
    private final List<Tensor> leaves;
    private final List<Tensor> vector = new ArrayList<>();
    private final Tensor x;
    private final Tensor seed;
    private float[] result;

    HvpTask(EncoderPass of) {
        encoder = of.encoder();
        leaves = Parameters.of(encoder).all().stream().map(Parameter::value).toList();
        for (int i = 0; i < leaves.size(); i++) {
            vector.add(Tensor.normal(
                    Rng.of(9).child(i), 0, 1, DType.F32, leaves.get(i).shape().dims()));
        }
        x = Tensor.of(of.x(), of.batch(), of.tokens(), of.width());
        seed = Tensor.of(of.weight(), of.batch(), of.tokens(), of.width());
    }

    @Override
    public void call() {
        try (Tape tape = Tape.open(pool)) {
            tape.watch(leaves);
            Tensor loss = encoder.forward(x, AttentionMask.none(), Pass.evaluation())
                    .mul(seed)
                    .sum();
            Tensor slope = tape.tangent(loss, leaves, vector);
            result = tape.backward(slope).of(leaves.getFirst()).toFloats();
        }
    }

    @Override
    public Object result() {
        return result;
    }
}
