package adjoint.bench.autodiff;

import adjoint.bench.Unit;
import adjoint.linalg.Rng;

/// A training step of a perceptron 64-128-10 with ReLU on a batch of 32: forward, cross-entropy, backward, Adam. The
/// result is the loss before the first step.
public record MlpStep() implements Single {
    public static final int BATCH = 32;
    public static final int IN = 64;
    public static final int HIDDEN = 128;
    public static final int OUT = 10;
    public static final double RATE = 1e-3;

    @Override
    public String kernel() {
        return "MLP, Adam";
    }

    @Override
    public String shape() {
        return "32×(64-128-10)";
    }

    @Override
    public Unit unit() {
        return Unit.MILLISECONDS;
    }

    @Override
    public double work() {
        return 1;
    }

    /// The batch.
    public float[] x() {
        return Single.normal(4, BATCH * IN);
    }

    /// A class for each sample.
    public int[] labels() {
        int[] labels = new int[BATCH];
        for (int i = 0; i < BATCH; i++) {
            labels[i] = i % OUT;
        }
        return labels;
    }

    /// The first weights of a layer, `[out, in]`; its biases start with 0.
    public float[] weight(int layer, int out, int in) {
        float[] weight = new float[out * in];
        double bound = 1 / Math.sqrt(in);
        Rng.of(5).child(layer).fillUniform(weight, 0, weight.length, -bound, bound);
        return weight;
    }
}
