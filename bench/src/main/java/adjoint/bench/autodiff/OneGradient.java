package adjoint.bench.autodiff;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import java.util.Optional;

/// The gradient of the same loss, to tell what a higher order costs.
public final class OneGradient implements Contender {
    @Override
    public String version() {
        return "forward and backward, once";
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return operation instanceof EncoderPass of ? Optional.of(new EncoderTask(of)) : Optional.empty();
    }
}
