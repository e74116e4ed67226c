package adjoint.autodiff;

import static adjoint.autodiff.Cases.binary;
import static adjoint.autodiff.Cases.same;
import static adjoint.autodiff.Cases.unary;

import adjoint.autodiff.Case.Domain;

/// The lines of the gradient table for functions of single elements, each within its domain and away from its kinks.
final class ElementwiseCases {
    private ElementwiseCases() {}

    static void declare() {
        functions();
        powers();
        steps();
        activations();
    }

    private static void functions() {
        unary(Analytic.RSQRT, Domain.POSITIVE, Tensor::rsqrt);
        unary(Analytic.ROOT, Domain.POSITIVE, x -> Engine.run(Analytic.ROOT, null, x));
        unary(Analytic.EXPM1, Domain.SIGNED, Tensor::expm1);
        unary(Analytic.EXP2, Domain.SIGNED, Tensor::exp2);
        unary(Analytic.LOG1P, Domain.SIGNED, x -> x.mul(0.4).log1p());
        unary(Analytic.LOG2, Domain.POSITIVE, Tensor::log2);
        unary(Analytic.LOG10, Domain.POSITIVE, Tensor::log10);
        unary(Analytic.SIN, Domain.SIGNED, Tensor::sin);
        unary(Analytic.COS, Domain.SIGNED, Tensor::cos);
        unary(Analytic.TAN, Domain.SIGNED, x -> x.mul(0.5).tan());
        unary(Analytic.ASIN, Domain.SIGNED, x -> x.mul(0.4).asin());
        unary(Analytic.ACOS, Domain.SIGNED, x -> x.mul(0.4).acos());
        unary(Analytic.ATAN, Domain.SIGNED, Tensor::atan);
        unary(Analytic.SINH, Domain.SIGNED, Tensor::sinh);
        unary(Analytic.COSH, Domain.SIGNED, Tensor::cosh);
        unary(Analytic.ASINH, Domain.SIGNED, Tensor::asinh);
        unary(Analytic.ACOSH, Domain.POSITIVE, x -> x.add(1).acosh());
        unary(Analytic.ATANH, Domain.SIGNED, x -> x.mul(0.4).atanh());
        unary(Analytic.ERFC, Domain.SIGNED, Tensor::erfc);
        unary(Analytic.ERFINV, Domain.SIGNED, x -> Special.erfinv(x.mul(0.4)));
        unary(Special.LGAMMA, Domain.POSITIVE, Special::lgamma);
        same("lgamma below 0", Special.LGAMMA, x -> Special.lgamma(x.mul(0.2).add(-1.5)));
        same("digamma", Special.POLYGAMMA, x -> Special.digamma(x.mul(0.2).add(1.5)));
        same("trigamma", Special.POLYGAMMA, x -> Special.polygamma(1, x.mul(0.2).add(1.5)));
        same(
                "polygamma",
                Special.POLYGAMMA,
                x -> Special.polygamma(2, x.mul(0.2).add(-2.5)).mul(0.01));
    }

    private static void powers() {
        binary(Analytic.POW, (a, b) -> a.abs().pow(b));
        binary(Analytic.ATAN2, Tensor::atan2);
        unary(Analytic.POW_SCALAR, Domain.POSITIVE, x -> x.pow(-1.3));
        same("third power", Analytic.POW_SCALAR, x -> x.pow(3));
        same("first power", Analytic.POW_SCALAR, x -> x.pow(1));
    }

    private static void steps() {
        binary(Steps.FMOD, (a, b) -> a.add(10).fmod(b.mul(0.01).add(3.3)));
        binary(Steps.REMAINDER, (a, b) -> a.add(-10).remainder(b.mul(0.01).add(3.3)));
        unary(Steps.CLAMP_MIN, Domain.SIGNED, x -> x.clamp(-0.1, Double.POSITIVE_INFINITY));
        unary(Steps.CLAMP_MAX, Domain.SIGNED, x -> x.clamp(-0.1, 0.1));
    }

    private static void activations() {
        unary(Activations.SOFTPLUS, Domain.SIGNED, x -> Activations.softplus(x, 0.7));
        unary(Activations.LOG_SIGMOID, Domain.SIGNED, Activations::logSigmoid);
        unary(Activations.SILU, Domain.SIGNED, Activations::silu);
        unary(Activations.MISH, Domain.SIGNED, Activations::mish);
        unary(Activations.GELU_TANH, Domain.SIGNED, Activations::geluTanh);
        unary(Activations.ELU, Domain.SIGNED, x -> Activations.elu(x, 0.7));
        same("selu", Activations.ELU, Activations::selu);
        unary(Activations.LEAKY_RELU, Domain.SIGNED, x -> Activations.leakyRelu(x, 0.1));
        unary(Activations.SOFTSIGN, Domain.SIGNED, Activations::softsign);
        same("hardtanh", Elementwise.WHERE, x -> Activations.hardtanh(x, -0.1, 0.1));
        same("relu6", Elementwise.WHERE, x -> Activations.relu6(x.mul(10)));
    }
}
