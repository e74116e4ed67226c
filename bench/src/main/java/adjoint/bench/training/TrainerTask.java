package adjoint.bench.training;

import adjoint.autodiff.Tensor;
import adjoint.bench.Heap;
import adjoint.bench.Task;
import adjoint.nn.Objective;
import adjoint.nn.Pass;
import adjoint.nn.StepListener;
import adjoint.nn.Trainer;
import adjoint.nn.optim.AdamW;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// Steps of a [Trainer], as a user has them. The result is the curve of the losses.
final class TrainerTask implements Task {
    /// Into how many parts a batch is cut, at any number of threads: that of the shipped experiments.
    static final int SHARDS = 2;

    private final TrainingStep of;
    private final double floor;
    private final Trainer<Integer> trainer;
    private final List<Float> curve = new ArrayList<>();

    TrainerTask(TrainingStep of) {
        this.of = of;
        floor = of.aspect() == TrainingStep.Aspect.MEMORY ? Heap.alive() : 0;
        Network network = of.workload().network();
        trainer = new Trainer<>(
                network.module(),
                new Classification(of.workload(), network),
                new Trainer.Config(new AdamW(of.workload().rate()), Double.POSITIVE_INFINITY, SHARDS, 1));
    }

    @Override
    public void call() {
        int batch = (int) (trainer.step() % Workload.BATCHES);
        double loss = trainer.train(_ -> List.of(batch), StepListener.NONE)
                .metrics()
                .loss()
                .value();
        if (curve.size() < TrainingStep.CURVE) {
            curve.add((float) loss);
        }
    }

    @Override
    public Object result() {
        if (of.aspect() != TrainingStep.Aspect.CURVE) {
            return null;
        }
        while (curve.size() < TrainingStep.CURVE) {
            call();
        }
        float[] losses = new float[TrainingStep.CURVE];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = curve.get(i);
        }
        return losses;
    }

    @Override
    public OptionalDouble work() {
        return switch (of.aspect()) {
            case TIME -> OptionalDouble.empty();
            case CURVE -> OptionalDouble.of(curve.getLast());
            case MEMORY -> {
                call();
                call();
                yield OptionalDouble.of(Heap.alive() - floor);
            }
        };
    }

    private static final class Classification implements Objective<Integer> {
        private final Workload of;
        private final Network network;
        private final List<Tensor> x = new ArrayList<>();
        private final List<Tensor> labels = new ArrayList<>();

        Classification(Workload of, Network network) {
            this.of = of;
            this.network = network;
            int[] sample = of.sample();
            int[] shape = new int[sample.length + 1];
            shape[0] = of.batch();
            System.arraycopy(sample, 0, shape, 1, sample.length);
            for (int i = 0; i < Workload.BATCHES; i++) {
                x.add(Tensor.of(of.x(i), shape));
                labels.add(Tensor.ofInts(of.labels(i)));
            }
        }

        @Override
        public int size(Integer batch) {
            return of.batch();
        }

        @Override
        public Tensor loss(Integer batch, int from, int to, Pass pass) {
            Tensor logits = network.forward().logits(x.get(batch).slice(0, from, to), pass);
            return logits.crossEntropy(labels.get(batch).slice(0, from, to));
        }
    }
}
