package adjoint.nn;

import adjoint.autodiff.Activations;
import adjoint.autodiff.Tensor;
import java.util.function.UnaryOperator;

/// An elementwise non-linearity, with PyTorch's default settings.
public enum Activation implements Layer.Pure {
    /// x.
    IDENTITY(x -> x),
    /// max(x, 0).
    RELU(Tensor::relu),
    /// min(max(x, 0), 6).
    RELU6(Activations::relu6),
    /// x where positive, else x/100.
    LEAKY_RELU(x -> Activations.leakyRelu(x, 0.01)),
    /// x where positive, else eˣ − 1 (Clevert, Unterthiner, Hochreiter, 2015).
    ELU(x -> Activations.elu(x, 1)),
    /// ELU scaled to keep mean 0 and variance 1 (Klambauer, Unterthiner, Mayr, Hochreiter, 2017).
    SELU(Activations::selu),
    /// x·Φ(x), with the exact normal distribution function (Hendrycks, Gimpel, 2016).
    GELU(Tensor::gelu),
    /// GELU by its approximation with tanh.
    GELU_TANH(Activations::geluTanh),
    /// x/(1 + e⁻ˣ), also called swish.
    SILU(Activations::silu),
    /// x·tanh ln(1 + eˣ) (Misra, 2019).
    MISH(Activations::mish),
    /// ln(1 + eˣ).
    SOFTPLUS(Activations::softplus),
    /// x/(1 + |x|).
    SOFTSIGN(Activations::softsign),
    TANH(Tensor::tanh),
    /// x within [−1, 1], else the bound.
    HARDTANH(x -> Activations.hardtanh(x, -1, 1)),
    /// 1/(1 + e⁻ˣ).
    SIGMOID(Tensor::sigmoid),
    /// −ln(1 + e⁻ˣ).
    LOG_SIGMOID(Activations::logSigmoid),
    /// min(max(x + 3, 0), 6)/6.
    HARDSIGMOID(x -> Activations.relu6(x.add(3)).div(6)),
    /// x·HARDSIGMOID(x) (Howard et al., 2019).
    HARDSWISH(x -> x.mul(Activations.relu6(x.add(3))).div(6));

    private final UnaryOperator<Tensor> function;

    Activation(UnaryOperator<Tensor> function) {
        this.function = function;
    }

    @Override
    public Tensor forward(Tensor x) {
        return function.apply(x);
    }
}
