package adjoint.bench.peers;

import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.Type;

/// AdamW in one pass over the memory: the operation behind Python's `AdamW(…, fused=True)`, which is faster than the
/// `torch::optim::AdamW` of C++ with its separate passes. The presets have no method for it, so it is called by its
/// name.
final class FusedAdamW {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double DECAY = 0.01;
    private static final double EPSILON = 1e-8;

    private final OperatorHandle operation = Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adamw_", "");
    private final Type.TypePtr element = new Type.TypePtr(TensorType.get());
    private final Scalar one = new Scalar(1.0f);
    private final Tensor[] parameters;
    private final Tensor[] steps;
    private final IValue values;
    private final IValue means;
    private final IValue squares;
    private final IValue none;
    private final IValue counts;
    private final double rate;

    FusedAdamW(List<Tensor> all, double rate) {
        this.rate = rate;
        parameters = all.toArray(Tensor[]::new);
        steps = Stream.of(parameters)
                .map(_ -> LibTorch.tensor(new float[1]).reshape())
                .toArray(Tensor[]::new);
        values = list(parameters);
        means = list(zeros());
        squares = list(zeros());
        none = list();
        counts = list(steps);
    }

    private Tensor[] zeros() {
        return Stream.of(parameters)
                .map(parameter -> parameter.detach().clone().zero_())
                .toArray(Tensor[]::new);
    }

    private IValue list(Tensor... tensors) {
        GenericList list = new GenericList(element);
        for (Tensor tensor : tensors) {
            list.push_back(new IValue(tensor));
        }
        return new IValue(list);
    }

    void zeroGrad() {
        for (Tensor parameter : parameters) {
            parameter.mutable_grad().reset();
        }
    }

    void step() {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            for (Tensor count : steps) {
                count.add_(one);
            }
            IValue gradients = list(Stream.of(parameters).map(Tensor::grad).toArray(Tensor[]::new));
            IValue[] arguments = {
                values,
                gradients,
                means,
                squares,
                none,
                counts,
                new IValue(rate),
                new IValue(BETA1),
                new IValue(BETA2),
                new IValue(DECAY),
                new IValue(EPSILON),
                new IValue(false),
                new IValue(false),
                new IValue(),
                new IValue()
            };
            IValueVector stack = new IValueVector();
            for (IValue argument : arguments) {
                stack.push_back(argument);
            }
            operation.callBoxed(stack);
        }
    }
}
