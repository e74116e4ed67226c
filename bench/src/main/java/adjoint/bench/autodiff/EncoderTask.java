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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// An encoder forward and backward, its gradients in buffers that are always the same.
final class EncoderTask implements Task {
    private final EncoderPass of;
    private final BufferPool pool = new BufferPool();
    private final Encoder encoder;
    private final List<Tensor> leaves;
    private final Map<Tensor, Tensor> gradients = new IdentityHashMap<>();
    private final Tensor x;
    private final Tensor seed;

    EncoderTask(EncoderPass of) {
        this.of = of;
        encoder = of.encoder();
        leaves = Parameters.of(encoder).all().stream().map(Parameter::value).toList();
        leaves.forEach(
                leaf -> gradients.put(leaf, Tensor.zeros(DType.F32, leaf.shape().dims())));
        x = Tensor.of(of.x(), of.batch(), of.tokens(), of.width());
        seed = Tensor.of(of.weight(), of.batch(), of.tokens(), of.width());
    }

    @Override
    public void call() {
        try (Tape tape = Tape.open(pool)) {
            tape.watch(leaves);
            Pass pass = of.dropout() > 0 ? Pass.training(Rng.of(1), tape) : Pass.evaluation();
            Tensor loss =
                    encoder.forward(x, AttentionMask.none(), pass).mul(seed).sum();
            tape.backward(loss, gradients::get);
        }
    }

    @Override
    public Object result() {
        return gradients.get(leaves.getFirst()).toFloats();
    }
}
