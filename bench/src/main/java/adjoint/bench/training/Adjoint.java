package adjoint.bench.training;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.linalg.Simd;
import java.util.Optional;

/// Our side.
public final class Adjoint implements Contender {
    @Override
    public String version() {
        return Simd.describe();
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return operation instanceof TrainingStep of ? Optional.of(new TrainerTask(of)) : Optional.empty();
    }
}
