package adjoint.autodiff;

import adjoint.autodiff.Formula.Binary;
import adjoint.autodiff.Formula.Function;
import adjoint.autodiff.Formula.Scalar;
import adjoint.autodiff.Formula.Unary;
import adjoint.linalg.Expr;
import java.util.List;

/// Powers, and the exponential, trigonometric and hyperbolic functions with their inverses, element by element.
final class Analytic {
    private static final double LN_2 = Math.log(2);

    private Analytic() {}

    /// With the gradient 0 for the exponent 0, also at x = 0, where 0·0⁻¹ would be NaN.
    static final Scalar POW_SCALAR = new Scalar("powScalar", "xᵖ") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.pow(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.mul(p).mul(x.pow(lowered(p)));
        }
    };

    /// The gradient of the exponent is y·ln a, and 0 where a is 0 and the exponent is not negative.
    static final Binary POW = new Binary("pow", "aᵇ") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.pow(b);
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g.mul(b).mul(a.pow(lowered(b)));
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            T isNegative = b.neg().greater(0);
            return g.mul(y)
                    .mul(a.where(a.equal(0).neg().add(1).maximum(isNegative), 1).log());
        }
    };

    /// p − 1, but 0 for 0.
    private static <T extends Algebra<T>> T lowered(T p) {
        return p.add(-1).where(p, 0);
    }

    static final Unary RSQRT = new Unary("rsqrt", "1/√x") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.sqrt().reciprocal();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(-0.5).mul(y).mul(y.square());
        }
    };

    /// √x with the gradient 0 at 0, as norms and deviations have it.
    static final Unary ROOT = new Unary("root", "√x, with the gradient 0 at 0") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.sqrt();
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(0.5).where(y, 0).div(y.where(y, 1));
        }
    };

    static final Function EXPM1 = new Function("expm1", "eˣ − 1", Expr::expm1) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(y.add(1));
        }
    };

    static final Function EXP2 = new Function("exp2", "2ˣ", Expr::exp2) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(y).mul(LN_2);
        }
    };

    static final Function LOG1P = new Function("log1p", "ln(1 + x)", Expr::log1p) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(x.add(1));
        }
    };

    static final Function LOG2 = new Function("log2", "log₂ x", Expr::log2) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(x).mul(1 / LN_2);
        }
    };

    static final Function LOG10 = new Function("log10", "log₁₀ x", Expr::log10) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(x).mul(1 / Math.log(10));
        }
    };

    static final Function SIN = new Function("sin", "sin x", Expr::sin) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x.cos());
        }
    };

    static final Function COS = new Function("cos", "cos x", Expr::cos) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x.sin()).neg();
        }
    };

    static final Function TAN = new Function("tan", "tan x", Expr::tan) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(y.square().add(1));
        }
    };

    static final Function ASIN = new Function("asin", "the angle in [−π/2, π/2] with sine x", Expr::asin) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(gap(x).sqrt());
        }
    };

    static final Function ACOS = new Function("acos", "the angle in [0, π] with cosine x", Expr::acos) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(gap(x).sqrt()).neg();
        }
    };

    static final Function ATAN = new Function("atan", "the angle in [−π/2, π/2] with tangent x", Expr::atan) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(x.square().add(1));
        }
    };

    static final Function SINH = new Function("sinh", "(eˣ − e⁻ˣ)/2", Expr::sinh) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x.cosh());
        }
    };

    static final Function COSH = new Function("cosh", "(eˣ + e⁻ˣ)/2", Expr::cosh) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x.sinh());
        }
    };

    static final Function ASINH = new Function("asinh", "ln(x + √(x² + 1))", Expr::asinh) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(x.square().add(1).sqrt());
        }
    };

    static final Function ACOSH = new Function("acosh", "ln(x + √(x² − 1))", Expr::acosh) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(gap(x).neg().sqrt());
        }
    };

    static final Function ATANH = new Function("atanh", "½·ln((1 + x)/(1 − x))", Expr::atanh) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.div(gap(x));
        }
    };

    static final Function ERFC = new Function("erfc", "1 − erf x", Expr::erfc) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(x.square().neg().exp().mul(-2 / Math.sqrt(Math.PI)));
        }
    };

    static final Function ERFINV = new Function("erfinv", "the inverse of erf", Expr::erfinv) {
        @Override
        <T extends Algebra<T>> T vjp(T x, T y, T g) {
            return g.mul(y.square().exp().mul(Math.sqrt(Math.PI) / 2));
        }
    };

    /// 1 − x², without loss of digits near ±1.
    private static <T extends Algebra<T>> T gap(T x) {
        return x.neg().add(1).mul(x.add(1));
    }

    static final Binary ATAN2 = new Binary("atan2", "the angle of the point (b, a)") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.atan2(b);
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g.mul(b).div(a.square().add(b.square()));
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            return g.mul(a).div(a.square().add(b.square())).neg();
        }
    };

    static final List<Op<?>> ALL = List.of(
            POW_SCALAR,
            POW,
            RSQRT,
            ROOT,
            EXPM1,
            EXP2,
            LOG1P,
            LOG2,
            LOG10,
            SIN,
            COS,
            TAN,
            ASIN,
            ACOS,
            ATAN,
            SINH,
            COSH,
            ASINH,
            ACOSH,
            ATANH,
            ERFC,
            ERFINV,
            ATAN2);
}
