package adjoint.autodiff;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import java.util.List;
import java.util.function.BinaryOperator;

/// Special functions, element by element: those of the gamma function, and the inverse of the error function.
public final class Special {
    private Special() {}

    /// ln |Γ(x)|: ∞ at 0, −1, …. The gradient is [#digamma].
    public static Tensor lgamma(Tensor x) {
        return Engine.run(LGAMMA, -1, x);
    }

    /// ψ(x) = d/dx ln Γ(x): NaN at −1, −2, …, ∓∞ at ±0.
    public static Tensor digamma(Tensor x) {
        return polygamma(0, x);
    }

    /// ψ⁽ⁿ⁾(x), the derivative of order n of [#digamma]; at its poles the infinity of the limit from above.
    ///
    /// @throws IllegalArgumentException unless 0 ≤ n ≤ 100
    public static Tensor polygamma(int n, Tensor x) {
        if (n < 0 || n > 100) {
            throw new IllegalArgumentException("polygamma: the order must be in 0 … 100, got " + n);
        }
        return Engine.run(POLYGAMMA, n, x);
    }

    /// The inverse of [Tensor#erf]: ±∞ at ±1, NaN beyond.
    public static Tensor erfinv(Tensor x) {
        return Engine.run(Analytic.ERFINV, null, x);
    }

    static final Op<Integer> LGAMMA = new Gamma("lgamma", "ln |Γ(x)|", (x, n) -> x.lgamma());

    static final Op<Integer> POLYGAMMA = new Gamma("polygamma", "dⁿ⁺¹/dxⁿ⁺¹ ln Γ(x)", Expr::polygamma);

    static final List<Op<?>> ALL = List.of(LGAMMA, POLYGAMMA);

    /// ln Γ and its derivatives: the gradient of each is the next one.
    private static final class Gamma extends Op<Integer> {
        private final Chain value;

        Gamma(String name, String formula, BinaryOperator<Expr> function) {
            super(name, formula);
            value = Chain.define(name, c -> c.out(function.apply(c.in(), c.scalar())));
        }

        @Override
        void infer(Call call, Integer n) {
            call.output(Elementwise.floating(this, call.in(0)), call.in(0).shape());
        }

        @Override
        void compute(Call call, Integer n) {
            Tensor out = call.out(0);
            Sweep sweep = call.engine.sweep;
            sweep.elements(out.shape());
            sweep.add(call.in(0));
            sweep.addDense(out.array(), out.offset);
            sweep.scalar(n);
            sweep.plan();
            sweep.run(out.dtype().precision(), value);
        }

        @Override
        void vjp(Call call, Integer n, Flow flow) {
            flow.give(0, flow.gradient().mul(Engine.run(POLYGAMMA, n + 1, call.in(0))));
        }

        @Override
        int reads(int i) {
            return input(0);
        }

        @Override
        Tensor batch(Batch batch, Integer n) {
            return batch.whole(this, n);
        }

        @Override
        Tensor jvp(Call call, Integer n, Tangents tangents) {
            return tangents.of(0).mul(Engine.run(POLYGAMMA, n + 1, call.in(0)));
        }
    }
}
