package adjoint.bench.linalg;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import java.util.Optional;

/// Our own kernels one after the other where they could be fused.
public final class Passes implements Contender {
    @Override
    public String version() {
        return "one chain after the other";
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return operation instanceof RowWise of && of.function() == RowWise.Function.MASKED_BIAS_GELU
                ? Optional.of(RowWiseTasks.passes(of))
                : Optional.empty();
    }
}
