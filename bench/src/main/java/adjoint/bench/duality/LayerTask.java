package adjoint.bench.duality;

import adjoint.autodiff.BufferPool;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.bench.Heap;
import adjoint.bench.Task;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Parameter;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// A layer forward and backward, its gradients in buffers that are always the same.
final class LayerTask implements Task {
    private final LayerPass of;
    private final String mechanism;
    private final double floor;
    private final BufferPool pool = new BufferPool();
    private final Attention layer;
    private final Tensor x;
    private final Tensor seed;
    private final List<Tensor> leaves = new ArrayList<>();
    private final Map<Tensor, Tensor> gradients = new IdentityHashMap<>();

    LayerTask(LayerPass of, String mechanism) {
        this(of, mechanism, DType.F32);
    }

    private LayerTask(LayerPass of, String mechanism, DType dtype) {
        this.of = of;
        this.mechanism = mechanism;
        floor = of.aspect() == LayerPass.Aspect.MEMORY ? Heap.alive() : 0;
        layer = of.layer(mechanism, dtype);
        x = Tensor.of(of.x(), of.dims()).to(dtype);
        seed = Tensor.of(of.weight(), of.dims()).to(dtype);
        leaves.add(x);
        parameters(layer).forEach(parameter -> leaves.add(parameter.value()));
        leaves.forEach(
                leaf -> gradients.put(leaf, Tensor.zeros(dtype, leaf.shape().dims())));
    }

    private static List<Parameter> parameters(Attention layer) {
        return Parameters.of(layer).all();
    }

    @Override
    public void call() {
        try (Tape tape = Tape.open(pool)) {
            tape.watch(leaves);
            Pass pass = Pass.training(Rng.of(1), tape);
            Tensor out = layer.attend(x, AttentionMask.none(), pass);
            tape.backward(pass.total(out.mul(seed).sum()), gradients::get);
        }
    }

    @Override
    public Object result() {
        return of.aspect() == LayerPass.Aspect.MEMORY ? null : new double[] {error()};
    }

    /// Of the gradient by x, in single precision beside double precision.
    private double error() {
        LayerTask single = new LayerTask(of.checked(), mechanism, DType.F32);
        LayerTask exact = new LayerTask(of.checked(), mechanism, DType.F64);
        List<Parameter> from = parameters(single.layer);
        List<Parameter> to = parameters(exact.layer);
        for (int i = 0; i < to.size(); i++) {
            to.get(i).set(from.get(i).value().to(DType.F64));
        }
        Tensor target = exact.gradient();
        Tensor difference = single.gradient().to(DType.F64).sub(target);
        return Math.sqrt(
                difference.square().sum().item() / target.square().sum().item());
    }

    private Tensor gradient() {
        call();
        return gradients.get(x);
    }

    @Override
    public OptionalDouble work() {
        if (of.aspect() == LayerPass.Aspect.TIME) {
            return OptionalDouble.empty();
        }
        call();
        call();
        return OptionalDouble.of(Heap.alive() - floor);
    }
}
