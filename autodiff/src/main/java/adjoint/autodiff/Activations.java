package adjoint.autodiff;

import adjoint.autodiff.Formula.Scalar;
import adjoint.autodiff.Formula.Unary;
import java.util.List;

/// Activation functions of neural networks, element by element; [Tensor#relu], [Tensor#gelu], [Tensor#sigmoid] and
/// [Tensor#tanh] are methods of tensors. At a kink the gradient is that of the left side.
public final class Activations {
    private static final double SELU_ALPHA = 1.6732632423543772848170429916717;
    private static final double SELU_SCALE = 1.0507009873554804934193349852946;
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private Activations() {}

    /// ln(1 + e^(βx))/β, a smooth max(x, 0) for β > 0, without overflow.
    public static Tensor softplus(Tensor x, double beta) {
        if (!(beta > 0)) {
            throw new IllegalArgumentException("softplus: beta must be positive, got " + beta);
        }
        return Engine.run(SOFTPLUS, beta, x);
    }

    /// ln(1 + eˣ).
    public static Tensor softplus(Tensor x) {
        return softplus(x, 1);
    }

    /// ln sigmoid(x), without underflow.
    public static Tensor logSigmoid(Tensor x) {
        return Engine.run(LOG_SIGMOID, null, x);
    }

    /// x·sigmoid(x).
    public static Tensor silu(Tensor x) {
        return Engine.run(SILU, null, x);
    }

    /// x·tanh(softplus(x)).
    public static Tensor mish(Tensor x) {
        return Engine.run(MISH, null, x);
    }

    /// x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), close to [Tensor#gelu].
    public static Tensor geluTanh(Tensor x) {
        return Engine.run(GELU_TANH, null, x);
    }

    /// x where it is positive, else α·(eˣ − 1).
    public static Tensor elu(Tensor x, double alpha) {
        return Engine.run(ELU, alpha, x);
    }

    /// [#elu] with the α and the factor that keep mean 0 and variance 1 from layer to layer: G. Klambauer et al.,
    /// *Self-Normalizing Neural Networks*, 2017.
    public static Tensor selu(Tensor x) {
        return elu(x, SELU_ALPHA).mul(SELU_SCALE);
    }

    /// x where it is positive, else `slope`·x.
    public static Tensor leakyRelu(Tensor x, double slope) {
        return Engine.run(LEAKY_RELU, slope, x);
    }

    /// x within [low, high], else the bound; the gradient is 1 strictly inside, else 0. [Tensor#clamp] gives the bounds
    /// themselves the gradient 1.
    public static Tensor hardtanh(Tensor x, double low, double high) {
        Tensor isInside = x.greater(low).mul(x.less(high));
        return x.where(isInside, x.detach().clamp(low, high));
    }

    /// min(max(x, 0), 6); the gradient is 0 at 0 and 6.
    public static Tensor relu6(Tensor x) {
        return hardtanh(x, 0, 6);
    }

    /// x/(1 + |x|).
    public static Tensor softsign(Tensor x) {
        return Engine.run(SOFTSIGN, null, x);
    }

    static final Scalar SOFTPLUS = new Scalar("softplus", "ln(1 + e^(p·x))/p") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return softplus(x.mul(p)).div(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.mul(x.mul(p).sigmoid());
        }
    };

    static final Unary LOG_SIGMOID = new Unary("logSigmoid", "−ln(1 + e⁻ˣ)") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return softplus(x.neg()).neg();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x.neg().sigmoid());
        }
    };

    static final Unary SILU = new Unary("silu", "x/(1 + e⁻ˣ)") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.mul(x.sigmoid());
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            T s = x.sigmoid();
            return g.mul(s).mul(s.neg().add(1).mul(x).add(1));
        }
    };

    static final Unary MISH = new Unary("mish", "x·tanh ln(1 + eˣ)") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.mul(softplus(x).tanh());
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            T t = softplus(x).tanh();
            return g.mul(t.square().neg().add(1).mul(x).mul(x.sigmoid()).add(t));
        }
    };

    static final Unary GELU_TANH = new Unary("geluTanh", "x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.mul(0.5).mul(bend(x).add(1));
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            T t = bend(x);
            T slope = x.square().mul(3 * CUBIC).add(1).mul(SQRT_2_OVER_PI);
            return g.mul(0.5)
                    .mul(t.square().neg().add(1).mul(slope).mul(x).add(t).add(1));
        }

        private <T extends Algebra<T>> T bend(T x) {
            return x.square().mul(CUBIC).add(1).mul(x).mul(SQRT_2_OVER_PI).tanh();
        }
    };

    static final Scalar ELU = new Scalar("elu", "x where positive, else p·(eˣ − 1)") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.where(x.greater(0), negative(x).expm1().mul(p));
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.where(x.greater(0), g.mul(p).mul(negative(x).exp()));
        }
    };

    static final Scalar LEAKY_RELU = new Scalar("leakyRelu", "x where positive, else p·x") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.where(x.greater(0), x.mul(p));
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.where(x.greater(0), g.mul(p));
        }
    };

    static final Unary SOFTSIGN = new Unary("softsign", "x/(1 + |x|)") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.div(x.abs().add(1));
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(x.abs().add(1).square());
        }
    };

    /// max(x, 0) + ln(1 + e^−|x|), where nothing overflows.
    private static <T extends Algebra<T>> T softplus(T x) {
        return x.maximum(0).add(x.abs().neg().exp().log1p());
    }

    /// min(x, 0).
    private static <T extends Algebra<T>> T negative(T x) {
        return x.neg().maximum(0).neg();
    }

    static final List<Op<?>> ALL = List.of(SOFTPLUS, LOG_SIGMOID, SILU, MISH, GELU_TANH, ELU, LEAKY_RELU, SOFTSIGN);
}
