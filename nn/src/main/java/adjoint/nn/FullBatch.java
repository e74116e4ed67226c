package adjoint.nn;

import adjoint.autodiff.GradientSink;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Kernels;
import adjoint.nn.optim.Clipping;
import adjoint.nn.optim.FlatParameters;
import adjoint.nn.optim.Lbfgs;
import adjoint.nn.optim.ParameterGroup;
import adjoint.nn.optim.Sgd;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Fits a model to one batch of all its data by [Lbfgs].
///
/// ```
/// Lbfgs.Result result = FullBatch.minimize(
///         model, () -> model.forward(x, Pass.evaluation()).crossEntropy(labels), new Lbfgs(10, 200, 1e-5));
/// ```
public final class FullBatch {
    private final FlatParameters flat;
    private final List<Tensor> leaves;
    private final Supplier<Tensor> loss;
    private final Object gradient;
    private final GradientSink sink;

    private FullBatch(Parameters parameters, Supplier<Tensor> loss) {
        this.flat = parameters.moveTo(ParameterGroup.all(new Sgd(0)), Clipping.none(), 1);
        this.leaves = parameters.all().stream().map(Parameter::value).toList();
        this.loss = loss;
        this.gradient = flat.buffer();
        Map<Tensor, Tensor> targets = new IdentityHashMap<>();
        for (int i = 0; i < leaves.size(); i++) {
            targets.put(leaves.get(i), flat.view(gradient, i));
        }
        this.sink = targets::get;
    }

    /// Minimises a loss over the parameters of a model, which move into one array and end at the best point.
    ///
    /// @param loss a scalar of the parameters' present values: the same for the same values, so without dropout
    /// @throws IllegalArgumentException if the model has no parameters, they are of several dtypes, or loss or gradient
    ///     are not finite at the start
    public static Lbfgs.Result minimize(Module model, Supplier<Tensor> loss, Lbfgs settings) {
        FullBatch batch = new FullBatch(Parameters.of(model), loss);
        return switch (batch.flat.values()) {
            case float[] values -> batch.minimize(Kernels.f32(), values, values.clone(), settings);
            case double[] values -> batch.minimize(Kernels.f64(), values, values.clone(), settings);
            default -> throw new AssertionError(batch.flat.dtype());
        };
    }

    private <A> Lbfgs.Result minimize(Kernels<A> kernels, A values, A x, Lbfgs settings) {
        int length = flat.length();
        Lbfgs.Result result = settings.minimize(kernels, x, (at, slope) -> {
            System.arraycopy(at, 0, values, 0, length);
            double value = evaluate();
            System.arraycopy(gradient, 0, slope, 0, length);
            return value;
        });
        System.arraycopy(x, 0, values, 0, length);
        return result;
    }

    private double evaluate() {
        try (Tape tape = Tape.open()) {
            tape.watch(leaves);
            Tensor value = loss.get();
            tape.backward(value, sink);
            return value.item();
        }
    }
}
