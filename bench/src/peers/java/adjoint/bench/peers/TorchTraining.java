package adjoint.bench.peers;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.training.Images;
import adjoint.bench.training.Recurrences;
import adjoint.bench.training.Sequences;
import adjoint.bench.training.TrainingStep;
import adjoint.bench.training.TrainingStep.Aspect;
import adjoint.bench.training.Workload;
import java.util.Optional;

/// Training steps in libtorch, called from Java, with the fastest setting of its threads.
public final class TorchTraining implements Contender {
    private final String version = new LibTorch().version() + ", fused AdamW";

    @Override
    public String version() {
        return version;
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        if (!(operation instanceof TrainingStep of)) {
            return Optional.empty();
        }
        if (of.aspect() == Aspect.MEMORY) {
            return Optional.of(new TorchMemory(
                    () -> new TorchSteps(new TorchSequences(Sequences.least()), Sequences.least())::step,
                    () -> new TorchSteps(model(of.workload()), of.workload())::step));
        }
        TorchSteps steps = new TorchSteps(model(of.workload()), of.workload());
        return Optional.of(new TorchStepTask(steps, of.aspect()));
    }

    private static TorchModel model(Workload workload) {
        return switch (workload) {
            case Sequences of -> new TorchSequences(of);
            case Recurrences of -> new TorchRecurrences(of);
            case Images of -> new TorchImages(of);
            default -> throw new IllegalArgumentException("no model for " + workload);
        };
    }
}
