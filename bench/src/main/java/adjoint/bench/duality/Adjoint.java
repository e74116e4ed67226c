package adjoint.bench.duality;

import adjoint.autodiff.Tensor;
import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.linalg.Attention;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.LazyGram;
import adjoint.duality.kernel.Rbf;
import adjoint.duality.machine.AsymmetricNystrom;
import adjoint.linalg.Rng;
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
        return switch (operation) {
            case LayerPass of -> Optional.of(new LayerTask(of, of.mechanism()));
            case Attention of -> new adjoint.bench.linalg.Adjoint().prepare(of);
            case GaussianProduct of -> {
                LazyGram gram = new LazyGram(new Rbf(GaussianProduct.LENGTH));
                yield Optional.of(new GaussianTask(of, (x, v) -> gram.apply(x, x, v)));
            }
            case LeadingValues of -> Optional.of(landmarks(of));
            case Choice of -> Optional.of(ChoiceTask.auto(of));
            default -> Optional.empty();
        };
    }

    private static Task landmarks(LeadingValues of) {
        Kernel kernel = LeadingValues.kernelOf();
        Tensor x = of.x();
        return new TimedTask(
                15,
                () -> AsymmetricNystrom.fit(kernel, x, x, LeadingValues.LANDMARKS, LeadingValues.RANK, Rng.of(63))
                        .singularValues());
    }
}
