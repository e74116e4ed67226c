package adjoint.nn;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/// Hears what happens in a [Fit], on the thread that trains. What a callback throws ends the training.
///
/// ```
/// Callback tell = new Callback() {
///     @Override
///     public void recorded(List<SortedMap<String, Double>> history) {
///         System.out.println(history.getLast());
///     }
/// };
/// fit.telling(tell.and(HistoryFile.csv(folder.resolve("metrics.csv"))));
/// ```
public interface Callback extends StepListener {
    /// It begins, anew or from a state.
    ///
    /// @param step taken before
    /// @param history recorded before
    default void began(long step, List<SortedMap<String, Double>> history) {}

    @Override
    default void step(long step, int epoch, int batch, int samples, double loss, double gradientNorm) {}

    /// An epoch was trained to its end; it is recorded and saved after this.
    default void epoch(Trainer.Epoch epoch) {}

    /// The model was measured on a set of batches.
    ///
    /// @param name that [Fit#evaluating] gave it
    default void evaluated(String name, long step, Metrics metrics) {}

    /// A line was added to the history: at the end of an epoch, or by an evaluation in it.
    ///
    /// @param history all lines, [Trainer#history]
    default void recorded(List<SortedMap<String, Double>> history) {}

    /// A checkpoint was written.
    ///
    /// @param best whether it is kept as the best so far
    default void saved(Path file, boolean best) {}

    /// It is over; called in any case.
    default void ended(Ending ending) {}

    /// A callback that hears of steps only.
    static Callback of(StepListener listener) {
        return new Callback() {
            @Override
            public void step(long step, int epoch, int batch, int samples, double loss, double gradientNorm) {
                listener.step(step, epoch, batch, samples, loss, gradientNorm);
            }
        };
    }

    /// This one, then `next`.
    default Callback and(Callback next) {
        Callback first = this;
        return new Callback() {
            @Override
            public void began(long step, List<SortedMap<String, Double>> history) {
                first.began(step, history);
                next.began(step, history);
            }

            @Override
            public void step(long step, int epoch, int batch, int samples, double loss, double gradientNorm) {
                first.step(step, epoch, batch, samples, loss, gradientNorm);
                next.step(step, epoch, batch, samples, loss, gradientNorm);
            }

            @Override
            public void epoch(Trainer.Epoch epoch) {
                first.epoch(epoch);
                next.epoch(epoch);
            }

            @Override
            public void evaluated(String name, long step, Metrics metrics) {
                first.evaluated(name, step, metrics);
                next.evaluated(name, step, metrics);
            }

            @Override
            public void recorded(List<SortedMap<String, Double>> history) {
                first.recorded(history);
                next.recorded(history);
            }

            @Override
            public void saved(Path file, boolean best) {
                first.saved(file, best);
                next.saved(file, best);
            }

            @Override
            public void ended(Ending ending) {
                try {
                    first.ended(ending);
                } finally {
                    next.ended(ending);
                }
            }
        };
    }
}
