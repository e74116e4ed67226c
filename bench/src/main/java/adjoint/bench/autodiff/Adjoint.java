package adjoint.bench.autodiff;

import adjoint.autodiff.BufferPool;
import adjoint.autodiff.Convolution;
import adjoint.autodiff.DType;
import adjoint.autodiff.Gradients;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.linalg.Simd;
import java.util.Optional;
import java.util.function.Function;

/// Our side.
public final class Adjoint implements Contender {
    @Override
    public String version() {
        return Simd.describe();
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return switch (operation) {
            case OperationChain of -> Optional.of(chain(of));
            case RowPass of -> Optional.of(rows(of));
            case ImagePass of -> Optional.of(images(of));
            case MlpStep of -> Optional.of(TrainingTask.of(of));
            case EncoderPass of ->
                Optional.of(
                        switch (of.aspect()) {
                            case GRADIENT -> new EncoderTask(of);
                            case HVP -> new HvpTask(of);
                            case MEMORY -> TrainingTask.of(of);
                        });
            default -> Optional.empty();
        };
    }

    private static Task chain(OperationChain of) {
        Tensor y = Tensor.of(of.y());
        boolean adds = of.kind() == OperationChain.Kind.ADD;
        return new GradientTask(Tensor.of(of.x()), null, x -> {
            Tensor h = x;
            for (int i = 0; i < of.count(); i++) {
                h = adds ? h.add(y) : h.mul(y);
            }
            return h.sum();
        });
    }

    private static Task rows(RowPass of) {
        int[] shape = {of.rows(), of.columns()};
        Tensor gamma = Tensor.ones(DType.F32, of.columns());
        Tensor beta = Tensor.zeros(DType.F32, of.columns());
        Tensor[] parameters = of.function() == RowPass.Function.LAYER_NORM ? new Tensor[] {gamma, beta} : new Tensor[0];
        return new GradientTask(
                Tensor.of(of.x(), shape),
                Tensor.of(of.weight(), shape),
                switch (of.function()) {
                    case GELU -> Tensor::gelu;
                    case TANH -> Tensor::tanh;
                    case SOFTMAX -> x -> x.softmax(-1);
                    case LAYER_NORM -> x -> x.layerNorm(gamma, beta, 1e-5);
                },
                parameters);
    }

    private static Task images(ImagePass of) {
        Tensor windows = Tensor.of(of.windows(), of.filters(), of.channels(), 3, 3);
        Convolution.Steps steps = new Convolution.Steps(1, 1, 1);
        return new GradientTask(
                Tensor.of(of.x(), of.batch(), of.channels(), of.length(), of.length()),
                Tensor.of(of.weight(), of.batch(), of.filters(), of.length(), of.length()),
                x -> Convolution.conv2d(x, windows, null, steps, 1),
                windows);
    }

    /// The gradient of Σ seed·f(x), or of a scalar f(x), by x.
    private static final class GradientTask implements Task {
        private final BufferPool pool = new BufferPool();
        private final Tensor x;
        private final Tensor seed;
        private final Function<Tensor, Tensor> f;
        private final Tensor[] parameters;
        private final float[] result;
        private final Tensor target;

        GradientTask(Tensor x, Tensor seed, Function<Tensor, Tensor> f, Tensor... parameters) {
            this.x = x;
            this.seed = seed;
            this.f = f;
            this.parameters = parameters;
            result = new float[x.size()];
            target = Tensor.wrap(result, 0, Shape.of(x.shape().dims()));
        }

        @Override
        public void call() {
            try (Tape tape = Tape.open(pool)) {
                tape.watch(x);
                tape.watch(parameters);
                Tensor y = f.apply(x);
                Gradients g = seed == null ? tape.backward(y) : tape.backward(y, seed);
                g.of(x).copyTo(result, 0);
            }
        }

        @Override
        public Object result() {
            return target.toFloats();
        }
    }
}
