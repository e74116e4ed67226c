package adjoint.bench.duality;

import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.Rbf;
import java.util.Optional;
import java.util.OptionalDouble;

/// What Adjoint itself does without the part that a case is about: softmax in place of another mechanism, the whole
/// matrix in place of tiles or landmarks, every execution in place of the one that is promised to be fast.
public final class Plain implements Contender {
    @Override
    public String version() {
        return "Adjoint itself";
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return switch (operation) {
            case LayerPass of -> Optional.of(new LayerTask(of, LayerPass.SOFTMAX));
            case GaussianProduct of when of.aspect() == GaussianProduct.Aspect.MEMORY -> Optional.of(new Size(of));
            case GaussianProduct of -> {
                Rbf kernel = new Rbf(GaussianProduct.LENGTH);
                yield Optional.of(
                        new GaussianTask(of, (x, v) -> kernel.gram(x, x).matmul(v)));
            }
            case LeadingValues of -> Optional.of(whole(of));
            case Choice of -> Optional.of(ChoiceTask.fastest(of));
            default -> Optional.empty();
        };
    }

    private static Task whole(LeadingValues of) {
        Kernel kernel = LeadingValues.kernelOf();
        Tensor x = of.x();
        return new TimedTask(1, () -> Linalg.svd(kernel.gram(x, x)).s().slice(0, 0, LeadingValues.RANK));
    }

    /// The bytes of the matrix, which is not formed.
    private record Size(GaussianProduct of) implements Task {
        @Override
        public void call() {}

        @Override
        public Object result() {
            return null;
        }

        @Override
        public OptionalDouble work() {
            return OptionalDouble.of((double) of.n() * of.n() * of.dtype().bytes());
        }
    }
}
