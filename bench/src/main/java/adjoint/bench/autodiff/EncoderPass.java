package adjoint.bench.autodiff;

import adjoint.autodiff.DType;
import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Rng;
import adjoint.nn.Activation;
import adjoint.nn.Encoder;
import adjoint.nn.EncoderLayer;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.SoftmaxMechanism;

/// A transformer encoder with softmax attention, GELU and layer norms before the layers, on `batch` sequences of
/// `tokens`, and the gradients of the loss Σ weight·y by its parameters.
public record EncoderPass(
        Aspect aspect, int batch, int tokens, int width, int heads, int hidden, int layers, double dropout)
        implements Single {
    /// What is measured of it.
    public enum Aspect {
        /// The time of forward and backward. The result is the gradient of the first parameter.
        GRADIENT("encoder", Unit.MILLISECONDS),
        /// The same for the product of the Hessian and a vector.
        HVP("hvp of an encoder", Unit.MILLISECONDS),
        /// The most memory in use in a training step with AdamW, parameters and moments included.
        MEMORY("peak memory", Unit.MEGABYTES);

        private final String text;
        private final Unit unit;

        Aspect(String text, Unit unit) {
            this.text = text;
            this.unit = unit;
        }
    }

    @Override
    public String kernel() {
        return aspect.text;
    }

    @Override
    public String shape() {
        return batch + "×" + tokens + "×" + width + "·" + layers + (dropout == 0 ? "" : " drop " + dropout);
    }

    @Override
    public Unit unit() {
        return aspect.unit;
    }

    @Override
    public double work() {
        return 1;
    }

    /// Only gradients without dropout can be compared.
    @Override
    public double[] sketch(Object result) {
        return aspect == Aspect.GRADIENT && dropout == 0 ? Operation.samples(result) : new double[0];
    }

    /// Our encoder, with the initial values for all.
    public Encoder encoder() {
        Encoder.Config config =
                new Encoder.Config(width, hidden, Activation.GELU, dropout, EncoderLayer.Norm.PRE, DType.F32);
        return new Encoder(
                config,
                layers,
                (layer, key) -> new MultiHeadAttention(width, heads, new SoftmaxMechanism(dropout), DType.F32, key),
                Rng.of(6));
    }

    /// The input, `[batch, tokens, width]`.
    public float[] x() {
        return Single.normal(7, batch * tokens * width);
    }

    /// The gradient of the output.
    public float[] weight() {
        return Single.normal(8, batch * tokens * width);
    }
}
