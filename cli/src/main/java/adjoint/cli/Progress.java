package adjoint.cli;

import adjoint.cli.report.Figures;
import adjoint.cli.run.Epoch;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// Tells how a training goes.
sealed interface Progress extends AutoCloseable {
    /// A step is done.
    ///
    /// @param samples in its batch
    void step(int samples, double loss);

    /// An epoch is done and evaluated.
    void epoch(Epoch epoch);

    @Override
    void close();

    /// A bar on a terminal, a line per epoch elsewhere.
    ///
    /// @param epochs planned in all
    /// @param samplesPerEpoch training cases
    /// @param samplesDone trained on before, by the run that is resumed
    static Progress on(Console console, int epochs, long samplesPerEpoch, long samplesDone) {
        return console.terminal() ? new Bar(console, epochs, samplesPerEpoch, samplesDone) : new Lines(console, epochs);
    }

    /// One plain line per epoch.
    record Lines(Console console, int epochs) implements Progress {
        @Override
        public void step(int samples, double loss) {}

        @Override
        public void epoch(Epoch epoch) {
            console.out().println(line(epoch, epochs));
        }

        @Override
        public void close() {}

        static String line(Epoch epoch, int epochs) {
            return String.format(
                    Locale.ROOT,
                    "epoch %" + Integer.toString(epochs).length()
                            + "d/%d  loss %.4f%s  test loss %.4f  test accuracy %s  %s  %s samples/s",
                    epoch.epoch(),
                    epochs,
                    epoch.trainLoss(),
                    epoch.jSquared() == 0 ? "" : String.format(Locale.ROOT, "  J² %.2e", epoch.jSquared()),
                    epoch.testLoss(),
                    Figures.percent(epoch.testAccuracy()),
                    Figures.seconds(epoch.seconds()),
                    Figures.number(epoch.samplesPerSecond()));
        }
    }

    /// A bar over the whole training, with loss, accuracy, samples per second and time left.
    final class Bar implements Progress {
        private static final int REFRESH_MILLIS = 250;

        private final ProgressBar bar;
        private final int epochs;
        private final long samplesPerEpoch;
        private long begun = System.nanoTime();
        private long samples;
        private String accuracy = "";

        Bar(Console console, int epochs, long samplesPerEpoch, long samplesDone) {
            this.epochs = epochs;
            this.samplesPerEpoch = samplesPerEpoch;
            this.bar = new ProgressBarBuilder()
                    .setInitialMax(epochs * samplesPerEpoch)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(REFRESH_MILLIS)
                    .setConsumer(new ConsoleProgressBarConsumer(console.out()))
                    .startsFrom(samplesDone, Duration.ZERO)
                    .build();
        }

        @Override
        public void step(int batch, double loss) {
            samples += batch;
            bar.stepBy(batch);
            long epoch = Math.min(epochs, 1 + (bar.getCurrent() - 1) / samplesPerEpoch);
            double rate = samples / ((System.nanoTime() - begun) / 1e9);
            bar.setExtraMessage(String.format(
                    Locale.ROOT, " epoch %d/%d loss %.3f%s %.0f samples/s", epoch, epochs, loss, accuracy, rate));
        }

        @Override
        public void epoch(Epoch epoch) {
            accuracy = " accuracy " + Figures.percent(epoch.testAccuracy());
            begun = System.nanoTime();
            samples = 0;
        }

        @Override
        public void close() {
            bar.close();
        }
    }
}
