package adjoint.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Gradients of functions, as functions.
///
/// ```
/// UnaryOperator<Tensor> slope = Autodiff.grad(x -> x.tanh().sum());
/// UnaryOperator<Tensor> curvature = Autodiff.grad(x -> slope.apply(x).sum());
/// ```
///
/// Nestable to any order: inside another differentiation, or inside an open [Tape], the gradient is itself recorded.
/// Elsewhere the results are ordinary tensors, which depend on no tape. Functions must be pure.
public final class Autodiff {

    private Autodiff() {}

    /// The gradient of a function with a scalar value.
    public static UnaryOperator<Tensor> grad(Function<Tensor, Tensor> f) {
        Function<Tensor, ValueAndGrad> both = valueAndGrad(f);
        return x -> both.apply(x).gradient();
    }

    /// Value and gradient of a function with a scalar value.
    public static Function<Tensor, ValueAndGrad> valueAndGrad(Function<Tensor, Tensor> f) {
        Function<List<Tensor>, ValueAndGrads> both = valueAndGrads(x -> f.apply(x.getFirst()));
        return x -> {
            ValueAndGrads result = both.apply(List.of(x));
            return new ValueAndGrad(result.value(), result.gradients().getFirst());
        };
    }

    /// The gradients of a function of several tensors with a scalar value.
    public static Function<List<Tensor>, List<Tensor>> grads(Function<List<Tensor>, Tensor> f) {
        Function<List<Tensor>, ValueAndGrads> both = valueAndGrads(f);
        return x -> both.apply(x).gradients();
    }

    /// Value and gradients of a function of several tensors with a scalar value.
    public static Function<List<Tensor>, ValueAndGrads> valueAndGrads(Function<List<Tensor>, Tensor> f) {
        return x -> {
            Tape outer = Tape.current();
            if (outer != null) {
                return recorded(outer, f, x);
            }
            try (Tape tape = Tape.open()) {
                return kept(tape, f, x);
            }
        };
    }

    /// A scalar and its gradient.
    public record ValueAndGrad(Tensor value, Tensor gradient) {}

    /// A scalar and its gradients, in the order of the arguments.
    public record ValueAndGrads(Tensor value, List<Tensor> gradients) {}

    private static ValueAndGrads kept(Tape tape, Function<List<Tensor>, Tensor> f, List<Tensor> x) {
        List<Tensor> leaves = new ArrayList<>();
        for (Tensor tensor : x) {
            leaves.add(tensor.alias());
        }
        tape.watch(leaves);
        Tensor value = f.apply(leaves);
        if (!tape.isRecorded(value)) {
            return new ValueAndGrads(tape.keep(value), zeros(tape, value, leaves));
        }
        Gradients gradients = tape.backward(value);
        List<Tensor> kept = new ArrayList<>();
        for (Tensor leaf : leaves) {
            kept.add(tape.keep(gradients.of(leaf)));
        }
        return new ValueAndGrads(tape.keep(value), kept);
    }

    private static ValueAndGrads recorded(Tape tape, Function<List<Tensor>, Tensor> f, List<Tensor> x) {
        List<Tensor> leaves = new ArrayList<>();
        for (Tensor tensor : x) {
            leaves.add(tape.innerLeaf(tensor));
        }
        Tensor value = f.apply(leaves);
        return new ValueAndGrads(value, tape.gradients(value, leaves));
    }

    /// A function that does not depend on its arguments has the gradient 0.
    private static List<Tensor> zeros(Tape tape, Tensor value, List<Tensor> leaves) {
        tape.requireScalar(value);
        List<Tensor> zeros = new ArrayList<>();
        for (Tensor leaf : leaves) {
            zeros.add(Tensor.zeros(leaf.dtype(), leaf.shape()));
        }
        return zeros;
    }
}
