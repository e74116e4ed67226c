import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.Batches;
import adjoint.nn.Checkpoints;
import adjoint.nn.EarlyStopping;
import adjoint.nn.Fit;
import adjoint.nn.Linear;
import adjoint.nn.Module;
import adjoint.nn.Objective;
import adjoint.nn.Parts;
import adjoint.nn.Pass;
import adjoint.nn.Trainer;
import adjoint.nn.logs.HistoryFile;
import adjoint.nn.optim.AdamW;
import adjoint.nn.optim.Plateau.Goal;
import adjoint.nn.optim.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// Tells the arms of two spirals apart. Killed and started again, it goes on from its last checkpoint.
final class Spirals implements Module, Objective<Spirals.Points> {
    /// Points of the plane, and the arm that each lies on.
    record Points(float[] xy, int[] arms) {}

    private final Linear first = new Linear(2, 32, DType.F32, Rng.of(1).child("first"));
    private final Linear second = new Linear(32, 32, DType.F32, Rng.of(1).child("second"));
    private final Linear last = new Linear(32, 2, DType.F32, Rng.of(1).child("last"));

    @Override
    public void describe(Parts parts) {
        parts.module("first", first);
        parts.module("second", second);
        parts.module("last", last);
    }

    @Override
    public int size(Points points) {
        return points.arms.length;
    }

    @Override
    public Tensor loss(Points points, int from, int to, Pass pass) {
        Tensor xy = Tensor.wrap(points.xy, 2 * from, Shape.of(to - from, 2));
        Tensor arms = Tensor.wrap(points.arms, from, Shape.of(to - from));
        Tensor logits = last.forward(second.forward(first.forward(xy).tanh()).tanh());
        pass.observe(logits, arms);
        return logits.crossEntropy(arms);
    }

    /// Points at random places of the arms.
    static Points points(Rng key, int size) {
        float[] xy = new float[2 * size];
        int[] arms = new int[size];
        for (int i = 0; i < size; i++) {
            arms[i] = i % 2;
            double t = Math.sqrt(key.below(i, 10_000) / 1e4);
            double angle = 6 * t + Math.PI * arms[i];
            xy[2 * i] = (float) (t * Math.cos(angle));
            xy[2 * i + 1] = (float) (t * Math.sin(angle));
        }
        return new Points(xy, arms);
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args.length > 0 ? args[0] : "spirals");
        Spirals model = new Spirals();
        Batches<Points> batches = epoch -> IntStream.range(0, 50)
                .mapToObj(i -> points(Rng.of(2).child(epoch).child(i), 64))
                .toList();
        Trainer.Config config =
                new Trainer.Config(new AdamW(1e-2), 1, 2, 3).with(new Schedule.Cosine(1000, 0.01).warmedUp(20));
        Trainer<Points> trainer = new Trainer<>(model, model, config);
        Fit<Points> fit = new Fit<>(trainer, batches.prefetched(1))
                .evaluating("test", List.of(points(Rng.of(4), 1000)))
                .stopping(EarlyStopping.never("test_loss", Goal.SMALLER))
                .saving(new Checkpoints(folder, 2))
                .telling(HistoryFile.csv(folder.resolve("metrics.csv")));
        if (fit.resume(System.err::println)) {
            System.out.println("going on after step " + trainer.step());
        }
        Fit.Result result = fit.run(20);
        System.out.printf(
                "%s after %d steps, test accuracy %.3f%n",
                result.ending(), result.steps(), trainer.history().getLast().get("test_accuracy"));
    }
}
