package adjoint.autodiff;

import adjoint.autodiff.Formula.Binary;
import adjoint.autodiff.Formula.Scalar;
import adjoint.autodiff.Formula.Step;
import adjoint.autodiff.Formula.Unary;
import adjoint.linalg.Expr;
import java.util.List;

/// Functions with jumps or kinks, element by element: rounding, remainders, bounds, comparisons.
final class Steps {
    private Steps() {}

    static final Step FLOOR = new Step("floor", "⌊x⌋", Expr::floor);

    static final Step CEIL = new Step("ceil", "⌈x⌉", Expr::ceil);

    static final Step ROUND = new Step("round", "the nearest integer, the even one of two", Expr::rint);

    static final Step TRUNC = new Step("trunc", "the nearest integer towards 0", Expr::trunc);

    static final Binary FMOD = new Modulus("fmod", "a − b·trunc(a/b)") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.fmod(b);
        }
    };

    static final Binary REMAINDER = new Modulus("remainder", "a − b·⌊a/b⌋") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            T rest = a.fmod(b);
            T isOtherSign = rest.sign().mul(b.sign()).neg().greater(0);
            return rest.add(b.where(isOtherSign, 0));
        }
    };

    /// y = a − b·k with an integer k, which has no gradient.
    private abstract static class Modulus extends Binary {
        Modulus(String name, String formula) {
            super(name, formula);
        }

        @Override
        final <T extends Algebra<T>> T vjpLeft(T a, T b, T y, T g) {
            return g;
        }

        @Override
        final <T extends Algebra<T>> T vjpRight(T a, T b, T y, T g) {
            T k = a.sub(y).div(b).round();
            return g.mul(k).neg();
        }
    }

    /// The bound itself is inside, and gets the gradient.
    static final Scalar CLAMP_MIN = new Scalar("clampMin", "x, or p where that is larger") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.maximum(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.where(x.greaterEqual(p), 0);
        }
    };

    static final Scalar CLAMP_MAX = new Scalar("clampMax", "x, or p where that is smaller") {
        @Override
        <T extends Algebra<T>> T value(T x, T p) {
            return x.minimum(p);
        }

        @Override
        <T extends Algebra<T>> T vjp(T x, T p, T g) {
            return g.where(p.greaterEqual(x), 0);
        }
    };

    static final Binary GREATER_EQUAL = new Binary("greaterEqual", "1 where a ≥ b, else 0") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.greaterEqual(b);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    };

    static final Binary NOT_EQUAL = new Binary("notEqual", "1 where a ≠ b, else 0") {
        @Override
        <T extends Algebra<T>> T value(T a, T b) {
            return a.equal(b).neg().add(1);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    };

    static final Unary IS_NAN = new Unary("isNaN", "1 where x is NaN, else 0") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.equal(x).neg().add(1);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    };

    static final Unary IS_FINITE = new Unary("isFinite", "1 where x is neither NaN nor ±∞, else 0") {
        @Override
        <T extends Algebra<T>> T value(T x) {
            return x.sub(x).equal(0);
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    };

    static final List<Op<?>> ALL = List.of(
            FLOOR,
            CEIL,
            ROUND,
            TRUNC,
            FMOD,
            REMAINDER,
            CLAMP_MIN,
            CLAMP_MAX,
            GREATER_EQUAL,
            NOT_EQUAL,
            IS_NAN,
            IS_FINITE);
}
