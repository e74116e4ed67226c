package adjoint.bench.peers;

import adjoint.bench.Task;
import adjoint.bench.training.TrainingStep;
import adjoint.bench.training.TrainingStep.Aspect;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.global.torch;

/// Steps with the setting of the threads that was fastest when it was tried.
final class TorchStepTask implements Task {
    /// Settings take turns that often, unless a step takes long.
    private static final int TURNS = 5;

    /// What trying them may take.
    private static final long PATIENCE = 4_000_000_000L;

    private final TorchSteps steps;
    private final Aspect aspect;
    private final String setting;

    TorchStepTask(TorchSteps steps, Aspect aspect) {
        this.steps = steps;
        this.aspect = aspect;
        int threads = torch.get_num_threads();
        if (threads > 1 && aspect == Aspect.TIME) {
            TorchThreads best = best(TorchThreads.upTo(threads));
            best.apply();
            setting = best.toString();
        } else {
            setting = "";
        }
    }

    private TorchThreads best(List<TorchThreads> settings) {
        double[] least = new double[settings.size()];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        long start = System.nanoTime();
        for (int turn = 0; turn < TURNS && (turn == 0 || System.nanoTime() - start < PATIENCE); turn++) {
            for (int i = 0; i < least.length; i++) {
                settings.get(i).apply();
                steps.step();
                long before = System.nanoTime();
                steps.step();
                least[i] = Math.min(least[i], System.nanoTime() - before);
            }
        }
        int best = 0;
        for (int i = 1; i < least.length; i++) {
            best = least[i] < least[best] ? i : best;
        }
        return settings.get(best);
    }

    @Override
    public void call() {
        steps.step();
    }

    @Override
    public Object result() {
        return aspect == Aspect.CURVE ? steps.curve() : null;
    }

    @Override
    public OptionalDouble work() {
        return aspect == Aspect.CURVE
                ? OptionalDouble.of(steps.curve()[TrainingStep.CURVE - 1])
                : OptionalDouble.empty();
    }

    @Override
    public String setting() {
        return setting;
    }
}
