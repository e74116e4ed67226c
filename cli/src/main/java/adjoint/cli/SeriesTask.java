package adjoint.cli;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.cli.config.Config;
import adjoint.data.Batch;
import adjoint.linalg.Rng;
import adjoint.nn.Pass;
import adjoint.nn.TimeSeriesClassifier;

/// The classes of time series.
record SeriesTask(TimeSeriesClassifier model) implements Task<Batch> {
    /// The model with its initial weights.
    ///
    /// @param cases training cases
    static SeriesTask of(Config.Model model, long seed, int channels, int length, int classes, int cases) {
        TimeSeriesClassifier.Config shape =
                new TimeSeriesClassifier.Config(channels, length, classes, model.layers(), Recipe.encoder(model));
        return new SeriesTask(new TimeSeriesClassifier(
                shape, Recipe.attention(model, length, cases), Rng.of(seed).child("weights")));
    }

    @Override
    public int size(Batch batch) {
        return batch.size();
    }

    @Override
    public Tensor logits(Batch batch, int from, int to, Pass pass) {
        int steps = batch.length();
        int channels = batch.channels();
        Tensor x = Tensor.wrap(batch.x(), from * steps * channels, Shape.of(to - from, steps, channels));
        Tensor mask = Tensor.wrap(batch.mask(), from * steps, Shape.of(to - from, steps));
        return model.forward(x, mask, pass);
    }

    @Override
    public Tensor labels(Batch batch, int from, int to) {
        return Tensor.wrap(batch.labels(), from, Shape.of(to - from));
    }
}
