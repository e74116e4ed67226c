package adjoint.nn;

import adjoint.autodiff.Tensor;

/// A layer whose weight is made by a [Parametrization]. Parts are called as in PyTorch:
/// `parametrizations.weight.original`, …, `bias`.
///
/// ```
/// Layer linear = new Parametrized(Parametrization.weightNorm(start), bias, Tensor::linear);
/// Layer conv = new Parametrized(
///         Parametrization.spectralNorm(start, 1, key), null, (x, w, b) -> Convolution.conv2d(x, w, b, Steps.ONE, 1));
/// ```
///
/// @param bias null if there is none
/// @param use what the layer computes
public record Parametrized(Parametrization weight, Parameter bias, Use use) implements Layer {
    /// What a layer computes of its input and what is learned.
    @FunctionalInterface
    public interface Use {
        /// @param bias null if there is none
        Tensor forward(Tensor x, Tensor weight, Tensor bias);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return use.forward(x, weight.value(pass), bias == null ? null : bias.value());
    }

    @Override
    public void describe(Parts parts) {
        parts.module("parametrizations", tensors -> tensors.module("weight", weight));
        if (bias != null) {
            parts.parameter("bias", bias);
        }
    }
}
