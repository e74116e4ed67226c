package adjoint.bench.autodiff;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.bench.Heap;
import adjoint.bench.Task;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Encoder;
import adjoint.nn.Linear;
import adjoint.nn.Module;
import adjoint.nn.Objective;
import adjoint.nn.Parts;
import adjoint.nn.Pass;
import adjoint.nn.StepListener;
import adjoint.nn.Trainer;
import adjoint.nn.optim.Adam;
import adjoint.nn.optim.AdamW;
import adjoint.nn.optim.Optimizer;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Supplier;

/// Training steps by a [Trainer], all on one batch. The result is the loss of the first one; the work, where memory is
/// measured, what is alive of what model and training have allocated once the training is warm, which includes all
/// buffers that a step takes.
final class TrainingTask implements Task {
    private final Trainer<Boolean> trainer;
    private final List<Boolean> batch = List.of(true);
    private final double floor;
    private final boolean weighs;
    private float[] loss;

    private <M extends Module> TrainingTask(
            boolean weighs,
            Supplier<M> model,
            Function<M, Function<Pass, Tensor>> loss,
            Optimizer optimizer,
            int size) {
        this.weighs = weighs;
        floor = weighs ? Heap.alive() : 0;
        M module = model.get();
        Function<Pass, Tensor> forward = loss.apply(module);
        Objective<Boolean> objective = new Objective<>() {
            @Override
            public int size(Boolean batch) {
                return size;
            }

            @Override
            public Tensor loss(Boolean batch, int from, int to, Pass pass) {
                return forward.apply(pass);
            }
        };
        trainer = new Trainer<>(module, objective, new Trainer.Config(optimizer, Double.POSITIVE_INFINITY, 1, 1));
    }

    static TrainingTask of(MlpStep of) {
        Tensor x = Tensor.of(of.x(), MlpStep.BATCH, MlpStep.IN);
        Tensor labels = Tensor.ofInts(of.labels());
        return new TrainingTask(
                false,
                () -> new Mlp(of),
                mlp -> _ -> mlp.forward(x).crossEntropy(labels),
                new Adam(MlpStep.RATE),
                MlpStep.BATCH);
    }

    static TrainingTask of(EncoderPass of) {
        Tensor x = Tensor.of(of.x(), of.batch(), of.tokens(), of.width());
        Tensor weight = Tensor.of(of.weight(), of.batch(), of.tokens(), of.width());
        Function<Encoder, Function<Pass, Tensor>> loss = encoder -> pass ->
                encoder.forward(x, AttentionMask.none(), pass).mul(weight).mean();
        return new TrainingTask(true, of::encoder, loss, new AdamW(1e-4), of.batch());
    }

    @Override
    public void call() {
        Trainer.Epoch epoch = trainer.train(_ -> batch, StepListener.NONE);
        if (loss == null) {
            loss = new float[] {(float) epoch.metrics().loss().value()};
        }
    }

    @Override
    public Object result() {
        return loss;
    }

    @Override
    public OptionalDouble work() {
        if (!weighs) {
            return OptionalDouble.empty();
        }
        call();
        call();
        return OptionalDouble.of(Heap.alive() - floor);
    }

    private static final class Mlp implements Module {
        private final Linear first;
        private final Linear second;

        Mlp(MlpStep of) {
            first = linear(of, 1, MlpStep.HIDDEN, MlpStep.IN);
            second = linear(of, 2, MlpStep.OUT, MlpStep.HIDDEN);
        }

        private static Linear linear(MlpStep of, int layer, int out, int in) {
            Linear linear = new Linear(in, out, DType.F32, Rng.of(1));
            linear.weight().set(Tensor.of(of.weight(layer, out, in), out, in));
            linear.bias().set(Tensor.zeros(DType.F32, out));
            return linear;
        }

        Tensor forward(Tensor x) {
            return second.forward(first.forward(x).relu());
        }

        @Override
        public void describe(Parts parts) {
            parts.module("first", first);
            parts.module("second", second);
        }
    }
}
