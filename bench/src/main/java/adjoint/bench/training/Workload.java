package adjoint.bench.training;

import adjoint.bench.autodiff.Single;
import adjoint.linalg.Rng;
import java.util.Arrays;

/// A classifier and the data it is trained on: [#BATCHES] batches in turn, of normal draws around a pattern that the
/// class has.
public interface Workload {
    /// How many batches there are.
    int BATCHES = 4;

    /// The model's name.
    String name();

    /// Its sizes.
    String shape();

    /// Samples in a batch.
    int batch();

    int classes();

    /// The shape of one sample.
    int[] sample();

    /// AdamW's learning rate.
    double rate();

    /// Our network with the initial values that all start from.
    Network network();

    /// The samples of a batch, `[batch, …]`.
    default float[] x(int number) {
        int size = Arrays.stream(sample()).reduce(1, Math::multiplyExact);
        float[] patterns = Single.normal(21, classes() * size);
        float[] x = new float[batch() * size];
        Rng.of(22).child(number).fillNormal(x, 0, x.length, 0, 1);
        int[] labels = labels(number);
        for (int i = 0; i < x.length; i++) {
            x[i] += 0.5f * patterns[labels[i / size] * size + i % size];
        }
        return x;
    }

    /// The classes of a batch.
    default int[] labels(int number) {
        int[] labels = new int[batch()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (5 * i + 3 * number) % classes();
        }
        return labels;
    }
}
