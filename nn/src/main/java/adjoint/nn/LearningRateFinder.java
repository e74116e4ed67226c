package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.nn.optim.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds a learning rate by a short training in which it grows from step to step (Smith, 2017): too small, the loss
/// stays; too large, it explodes; in between it falls fastest.
///
/// ```
/// LearningRateFinder.Curve curve = LearningRateFinder.find(model, objective, config, batches, 1e-3, 1e3, 100);
/// Trainer<Batch> trainer = new Trainer<>(model, objective, config.with(new Schedule.Constant(curve.suggestion())));
/// ```
public final class LearningRateFinder {
    /// The share of the past in the smoothed loss.
    private static final double SMOOTHING = 0.9;

    /// How many times the least loss ends the search.
    private static final double EXPLODED = 4;

    private LearningRateFinder() {}

    /// @param factor what the configuration's learning rates were multiplied with
    /// @param loss smoothed over the steps before
    public record Point(double factor, double loss) {}

    /// The loss by the factor, up to where it exploded.
    public record Curve(List<Point> points) {
        public Curve {
            points = List.copyOf(points);
        }

        /// The factor at which the smoothed loss falls fastest; nothing if it falls nowhere.
        public Optional<Double> steepest() {
            double steepest = 0;
            Optional<Double> factor = Optional.empty();
            for (int i = 1; i + 1 < points.size(); i++) {
                double slope = points.get(i + 1).loss - points.get(i - 1).loss;
                if (slope < steepest) {
                    steepest = slope;
                    factor = Optional.of(points.get(i).factor);
                }
            }
            return factor;
        }

        /// As [#steepest].
        ///
        /// @throws IllegalStateException if the loss falls nowhere
        public double suggestion() {
            return steepest()
                    .orElseThrow(() -> new IllegalStateException(
                            "the loss fell nowhere between the factors; try others: " + points));
        }
    }

    private record Growth(double low, double high, int steps) implements Schedule {
        @Override
        public double at(long step) {
            return low * Math.pow(high / low, (double) step / (steps - 1));
        }
    }

    /// Trains for `steps` steps, the factor growing from `low` to `high`, or until the loss explodes, and puts the
    /// parameters back to what they were. They move into the array of the training that was, see [Trainer].
    public static <B> Curve find(
            Module model,
            Objective<B> objective,
            Trainer.Config config,
            Batches<B> batches,
            double low,
            double high,
            int steps) {
        if (!(low > 0 && low < high && high < Double.POSITIVE_INFINITY) || steps < 3) {
            throw new IllegalArgumentException("the factors must grow, 0 < low < high, in at least 3 steps; got " + low
                    + " to " + high + " in " + steps);
        }
        Parameters parameters = Parameters.of(model);
        Growth growth = new Growth(low, high, steps);
        Trainer<B> trainer = new Trainer<>(model, objective, config.with(growth));
        Map<String, Tensor> before = trainer.weights();
        Recorder recorder = new Recorder(growth, trainer);
        try {
            while (!trainer.stopRequested()) {
                trainer.train(batches, recorder);
            }
        } catch (DivergenceException e) {
            // The end of the curve.
        } finally {
            parameters.load(before);
        }
        return new Curve(recorder.points);
    }

    private static final class Recorder implements StepListener {
        final List<Point> points = new ArrayList<>();
        private final Growth growth;
        private final Trainer<?> trainer;
        private double average;
        private double least = Double.POSITIVE_INFINITY;

        Recorder(Growth growth, Trainer<?> trainer) {
            this.growth = growth;
            this.trainer = trainer;
        }

        /// The loss of a step was measured before it: what the step with the factor before it led to.
        @Override
        public void step(long step, int epoch, int batch, int samples, double loss, double gradientNorm) {
            average = SMOOTHING * average + (1 - SMOOTHING) * loss;
            double smoothed = average / (1 - Math.pow(SMOOTHING, step));
            least = Math.min(least, smoothed);
            points.add(new Point(growth.at(Math.max(0, step - 2)), smoothed));
            if (step >= growth.steps || smoothed > EXPLODED * Math.abs(least)) {
                trainer.requestStop();
            }
        }
    }
}
