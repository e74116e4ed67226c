package adjoint.nn.logs;

import adjoint.nn.Callback;
import adjoint.nn.Ending;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.SortedMap;

/// Writes a training to [EventFile]s: every few steps `step/loss` and `step/gradient_norm`, and each line of the
/// history, `test_loss` under `test/loss`.
///
/// ```
/// fit.telling(new TensorBoard(Path.of("runs/first"), 10));
/// ```
///
/// A training that goes on from a state writes a new file, which takes the place of what other files have of later
/// steps.
public final class TensorBoard implements Callback {
    private final Path folder;
    private final int every;
    private EventFile events;

    /// @param every at which steps, multiples of it, the step's own figures are written
    public TensorBoard(Path folder, int every) {
        if (every < 1) {
            throw new IllegalArgumentException("the interval of steps must be positive, got " + every);
        }
        this.folder = folder;
        this.every = every;
    }

    @Override
    public void began(long step, List<SortedMap<String, Double>> history) {
        attempt(() -> {
            events = EventFile.in(folder, InstantSource.system());
            if (step > 0) {
                events.restart(step);
            }
        });
    }

    @Override
    public void step(long step, int epoch, int batch, int samples, double loss, double gradientNorm) {
        if (step % every == 0) {
            attempt(() -> {
                events.scalar("step/loss", step, loss);
                events.scalar("step/gradient_norm", step, gradientNorm);
            });
        }
    }

    @Override
    public void recorded(List<SortedMap<String, Double>> history) {
        SortedMap<String, Double> line = history.getLast();
        long step = line.getOrDefault("step", (double) history.size()).longValue();
        attempt(() -> {
            for (SortedMap.Entry<String, Double> entry : line.entrySet()) {
                if (!entry.getKey().equals("step")) {
                    events.scalar(entry.getKey().replaceFirst("_", "/"), step, entry.getValue());
                }
            }
            events.flush();
        });
    }

    @Override
    public void ended(Ending ending) {
        if (events != null) {
            attempt(events::close);
        }
    }

    private interface Writing {
        void run() throws IOException;
    }

    private void attempt(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write events to " + folder + ": " + e.getMessage(), e);
        }
    }
}
