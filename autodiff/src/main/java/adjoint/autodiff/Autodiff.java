package adjoint.autodiff;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Derivatives of functions, as functions.
///
/// ```
/// UnaryOperator<Tensor> slope = Autodiff.grad(x -> x.tanh().sum());
/// UnaryOperator<Tensor> curvature = Autodiff.grad(x -> slope.apply(x).sum());
/// ```
///
/// **Arguments** are tensors, or a [Structure] of them: lists, maps, arrays and records, nested as needed. What is
/// worked out for an argument has its structure. Where a function takes something else than a tensor, write the type of
/// the lambda's parameter: `grad((Weights w) -> loss(w))`.
///
/// **Nesting.** All transformations nest, to any order. Inside another one, or inside an open [Tape], what they compute
/// is itself recorded; a captured tensor that is differentiated outside gets its gradient. Elsewhere the results are
/// ordinary tensors, which depend on no tape. Functions must be pure.
// Overloads for lambdas whose parameter has no written type, which is then a tensor: the more specific one is chosen.
@SuppressWarnings("overloads")
public final class Autodiff {
    /// For [#vmap]: an argument that is the same for all examples.
    public static final int NONE = Integer.MIN_VALUE;

    private Autodiff() {}

    // ---- reverse

    /// The gradient of a function with a scalar value.
    public static UnaryOperator<Tensor> grad(UnaryOperator<Tensor> f) {
        return Autodiff.<Tensor>grad((Function<Tensor, Tensor>) f);
    }

    /// The gradient of a function of a structure of tensors with a scalar value.
    public static <T> UnaryOperator<T> grad(Function<T, Tensor> f) {
        return x -> valueAndGrad("grad", f, x).gradient();
    }

    /// The gradients of a function of several tensors with a scalar value.
    public static Function<List<Tensor>, List<Tensor>> grads(Function<List<Tensor>, Tensor> f) {
        return grad(f);
    }

    /// Value and gradient of a function with a scalar value.
    public static Function<Tensor, ValueAndGrad<Tensor>> valueAndGrad(UnaryOperator<Tensor> f) {
        return Autodiff.<Tensor>valueAndGrad((Function<Tensor, Tensor>) f);
    }

    /// Value and gradient of a function of a structure of tensors with a scalar value.
    public static <T> Function<T, ValueAndGrad<T>> valueAndGrad(Function<T, Tensor> f) {
        return x -> valueAndGrad("valueAndGrad", f, x);
    }

    /// Value and gradients of a function of several tensors with a scalar value.
    public static Function<List<Tensor>, ValueAndGrad<List<Tensor>>> valueAndGrads(Function<List<Tensor>, Tensor> f) {
        return valueAndGrad(f);
    }

    /// A scalar and its gradient.
    public record ValueAndGrad<T>(Tensor value, T gradient) {}

    private static <T> ValueAndGrad<T> valueAndGrad(String what, Function<T, Tensor> f, T x) {
        Tape open = Tape.current();
        if (open != null) {
            Point<T> at = new Point<>(what, open, f, x);
            Tape.requireScalar(at.value);
            return new ValueAndGrad<>(at.value, at.gradient(at.value));
        }
        try (Tape tape = Tape.open()) {
            Point<T> at = new Point<>(what, tape, f, x);
            Tape.requireScalar(at.value);
            return new ValueAndGrad<>(at.kept(at.value), at.gradientKept(at.value));
        }
    }

    /// The value of a function at `x`, and its pullback: from a cotangent w, of the value's shape, to the gradient of
    /// Σ w·f(x). It may be called any number of times; what was recorded lives as long as it does.
    ///
    /// @throws ShapeError from the pullback, if the cotangent's shape is not the value's
    public static <T> Vjp<T> vjp(Function<T, Tensor> f, T x) {
        Tape open = Tape.current();
        if (open != null) {
            Point<T> at = new Point<>("vjp", open, f, x);
            return new Vjp<>(at.value, at::pull);
        }
        Tape tape = Tape.aside();
        Point<T> at = tape.inside(() -> new Point<>("vjp", tape, f, x));
        return new Vjp<>(tape.inside(() -> at.kept(at.value)), w -> {
            Tape later = Tape.current();
            // A tape that may want to know how the gradient depends on the cotangent.
            return later == null ? tape.inside(() -> at.pullKept(w)) : new Point<>("vjp", later, f, x).pull(w);
        });
    }

    /// A value and how cotangents are pulled back to the arguments.
    public record Vjp<T>(Tensor value, Function<Tensor, T> pullback) {}

    // ---- forward

    /// The value of a function at `x`, and its tangent where x moves along `tangent`: the Jacobian–vector product.
    ///
    /// @throws ShapeError if a tangent's shape is not that of its argument
    public static <T> Jvp jvp(Function<T, Tensor> f, T x, T tangent) {
        Tape open = Tape.current();
        if (open != null) {
            Point<T> at = new Point<>("jvp", open, f, x);
            return new Jvp(at.value, at.push(tangent));
        }
        try (Tape tape = Tape.open()) {
            Point<T> at = new Point<>("jvp", tape, f, x);
            return at.kept(new Jvp(at.value, at.push(tangent)));
        }
    }

    /// A value and its tangent.
    public record Jvp(Tensor value, Tensor tangent) {}

    // ---- second order and whole matrices

    /// The Hessian of a function with a scalar value, times a vector of the argument's structure, at the price of a few
    /// gradients: the gradient of the slope along the vector.
    ///
    /// @throws ShapeError if the value is no scalar, or the vector's shape is not the argument's
    public static <T> T hvp(Function<T, Tensor> f, T x, T vector) {
        Tape open = Tape.current();
        if (open != null) {
            Point<T> at = new Point<>("hvp", open, f, x);
            Tape.requireScalar(at.value);
            return at.gradient(at.push(vector));
        }
        try (Tape tape = Tape.open()) {
            Point<T> at = new Point<>("hvp", tape, f, x);
            Tape.requireScalar(at.value);
            return at.gradientKept(at.push(vector));
        }
    }

    /// The Jacobian of a function at `x`: for a value of shape `[…v]`, an argument of shape `[…x]` gives a tensor of
    /// shape `[…v, …x]`. Forward if there are fewer arguments than values, else in reverse, all rows at once.
    public static <T> T jacobian(Function<T, Tensor> f, T x) {
        Tape open = Tape.current();
        if (open != null) {
            return Jacobian.of(new Point<>("jacobian", open, f, x));
        }
        try (Tape tape = Tape.open()) {
            Point<T> at = new Point<>("jacobian", tape, f, x);
            return at.kept(Jacobian.of(at));
        }
    }

    /// The Hessian of a function with a scalar value: of shape `[…x, …x]`.
    public static Tensor hessian(Function<Tensor, Tensor> f, Tensor x) {
        return jacobian(grad(f), x);
    }

    // ---- rules

    /// f(x), whose intermediate results are dropped and computed again on the way back: memory for time. Values and
    /// gradients have the same bits as without; so f must compute the same again, as it does with explicit random keys.
    /// Tensors that f captures get their gradients, too.
    public static <T, R> R checkpoint(Function<T, R> f, T x) {
        return Checkpoint.apply(f, x);
    }

    /// A function with a reverse rule of the caller's in place of its own derivative. Its tangents are derived from
    /// that rule, which must be linear in the gradient. Captured tensors are constants.
    public static <T> Function<T, Tensor> customVjp(Function<T, Tensor> f, VjpRule<T> rule) {
        return Custom.vjp(f, rule);
    }

    /// A function with a forward rule of the caller's in place of its own derivative. Its gradients are derived from
    /// that rule, which must be linear in the tangent. Captured tensors are constants.
    public static <T> Function<T, Tensor> customJvp(Function<T, Tensor> f, JvpRule<T> rule) {
        return Custom.jvp(f, rule);
    }

    /// A reverse rule, in operations on tensors.
    @FunctionalInterface
    public interface VjpRule<T> {
        /// The gradients of x, in its structure, from that of `value`, which is f(x).
        T vjp(T x, Tensor value, Tensor gradient);
    }

    /// A forward rule, in operations on tensors.
    @FunctionalInterface
    public interface JvpRule<T> {
        /// The tangent of `value`, which is f(x), from that of x.
        Tensor jvp(T x, Tensor value, T tangent);
    }

    /// The same values, through which no gradient flows: [Tensor#detach] of all tensors.
    public static <T> T stopGradient(T x) {
        return Structure.of(x).map(Tensor::detach);
    }

    // ---- batches

    /// As [#vmap(Function, int...)], of tensors.
    public static UnaryOperator<Tensor> vmap(UnaryOperator<Tensor> f, int... inAxes) {
        return x -> Vmap.apply(f, inAxes, x);
    }

    /// A function of one example as a function of many: f sees tensors without the axis that counts the examples, and
    /// the results have it in front.
    ///
    /// `inAxes` names that axis: none for the first axis of every tensor, one number for all, or one for each part of
    /// the argument (of a list, map, array or record), where [#NONE] stands for what is the same for all. Inside,
    /// values cannot be read. Gradients taken inside are those of each example, also with respect to what all share.
    ///
    /// @throws ShapeError from the function, if the numbers of examples differ
    public static <T, R> Function<T, R> vmap(Function<T, R> f, int... inAxes) {
        return x -> Vmap.apply(f, inAxes, x);
    }
}
