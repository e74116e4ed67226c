package adjoint.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Functions whose derivative the caller gives.
final class Custom {
    private Custom() {}

    /// One application of a function with a rule.
    ///
    /// @param x what it was applied to
    /// @param levels the vmaps under way then; the recorded tensors are stripped of them
    /// @param value what came out, of all examples
    private record Rule<T, F>(F rule, Structure<T> x, Level.Scope levels, Tensor value) {
        /// What the rule's argument is, from the recorded inputs.
        T arguments(Call call, Level.Scope scope) {
            List<Tensor> inputs = new ArrayList<>();
            for (int i = 0; i < call.inputs(); i++) {
                inputs.add(scope.raise(call.in(i)));
            }
            return x.with(inputs);
        }

        Tensor requireLike(String what, Tensor expected, Tensor actual) {
            if (actual == null || !actual.shape().equals(expected.shape()) || actual.dtype() != expected.dtype()) {
                throw new ShapeError(what + " must be " + expected.dtype() + expected.shape() + ", got "
                        + (actual == null ? "null" : actual.dtype() + "" + actual.shape()));
            }
            return actual;
        }

        String name(int i) {
            return x.path(i).isEmpty() ? "the argument" : "argument " + x.path(i);
        }
    }

    /// f(x), with Jᵀ·g from the caller's rule.
    static final Op<Rule<?, Autodiff.VjpRule<?>>> CUSTOM_VJP = new CustomOp<>("customVjp") {
        @Override
        void vjp(Call call, Rule<?, Autodiff.VjpRule<?>> rule, Flow flow) {
            List<Tensor> gradients = gradients(call, rule, flow.gradient());
            for (int i = 0; i < call.inputs(); i++) {
                if (flow.wants(i)) {
                    flow.give(i, gradients.get(i));
                }
            }
        }

        /// Jᵀ·g is linear in g, and the gradient of ⟨Jᵀ·g, t⟩ with respect to g is J·t.
        @Override
        Tensor jvp(Call call, Rule<?, Autodiff.VjpRule<?>> rule, Tangents tangents) {
            Function<Tensor, Tensor> product = g -> {
                List<Tensor> gradients = gradients(call, rule, g);
                Tensor sum = null;
                for (int i = 0; i < call.inputs(); i++) {
                    Tensor gradient = gradients.get(i);
                    sum = tangents.plus(sum, i, t -> gradient.mul(t).sum());
                }
                return sum;
            };
            return Autodiff.grad(product).apply(zeros(call.out(0)));
        }

        private <T> List<Tensor> gradients(Call call, Rule<T, ?> rule, Tensor g) {
            Level.Scope scope = rule.levels.above();
            return scope.enter(() -> {
                @SuppressWarnings("unchecked")
                Autodiff.VjpRule<T> vjp = (Autodiff.VjpRule<T>) rule.rule;
                T x = rule.arguments(call, scope);
                T result = vjp.vjp(x, scope.raise(call.out(0)), scope.raise(g));
                List<Tensor> gradients = new ArrayList<>(Structure.of(result).leaves());
                List<Tensor> arguments = Structure.of(x).leaves();
                if (gradients.size() != arguments.size()) {
                    throw new IllegalArgumentException("customVjp: the rule must return one gradient for each of "
                            + arguments.size() + " tensors, got " + gradients.size());
                }
                for (int i = 0; i < gradients.size(); i++) {
                    if (arguments.get(i).dtype().isFloating()) {
                        rule.requireLike(
                                "customVjp: the rule's gradient of " + rule.name(i),
                                arguments.get(i),
                                gradients.get(i));
                        gradients.set(i, scope.lower(gradients.get(i)));
                    }
                }
                return gradients;
            });
        }
    };

    /// f(x), with J·t from the caller's rule.
    static final Op<Rule<?, Autodiff.JvpRule<?>>> CUSTOM_JVP = new CustomOp<>("customJvp") {
        @Override
        Tensor jvp(Call call, Rule<?, Autodiff.JvpRule<?>> rule, Tangents tangents) {
            List<Tensor> t = new ArrayList<>();
            for (int i = 0; i < call.inputs(); i++) {
                t.add(tangents.orZeros(i));
            }
            return tangent(call, rule, t);
        }

        /// J·t is linear in t, and the gradient of ⟨J·t, g⟩ with respect to t is Jᵀ·g.
        @Override
        void vjp(Call call, Rule<?, Autodiff.JvpRule<?>> rule, Flow flow) {
            List<Tensor> all = new ArrayList<>();
            List<Tensor> wanted = new ArrayList<>();
            for (int i = 0; i < call.inputs(); i++) {
                all.add(zeros(call.in(i)));
                if (flow.wants(i)) {
                    wanted.add(all.get(i));
                }
            }
            List<Tensor> gradients = Autodiff.grads(t -> {
                        int next = 0;
                        for (int i = 0; i < all.size(); i++) {
                            if (flow.wants(i)) {
                                all.set(i, t.get(next++));
                            }
                        }
                        return tangent(call, rule, all).mul(flow.gradient()).sum();
                    })
                    .apply(wanted);
            int next = 0;
            for (int i = 0; i < all.size(); i++) {
                if (flow.wants(i)) {
                    flow.give(i, gradients.get(next++));
                }
            }
        }

        private <T> Tensor tangent(Call call, Rule<T, ?> rule, List<Tensor> t) {
            Level.Scope scope = rule.levels.above();
            return scope.enter(() -> {
                @SuppressWarnings("unchecked")
                Autodiff.JvpRule<T> jvp = (Autodiff.JvpRule<T>) rule.rule;
                T along = rule.x.with(scope.raise(t));
                Tensor y = scope.raise(call.out(0));
                Tensor tangent = jvp.jvp(rule.arguments(call, scope), y, along);
                return scope.lower(rule.requireLike("customJvp: the rule's tangent of the value", y, tangent));
            });
        }
    };

    static final List<Op<?>> ALL = List.of(CUSTOM_VJP, CUSTOM_JVP);

    static <T> Function<T, Tensor> vjp(Function<T, Tensor> f, Autodiff.VjpRule<T> rule) {
        return x -> apply(CUSTOM_VJP, f, rule, x);
    }

    static <T> Function<T, Tensor> jvp(Function<T, Tensor> f, Autodiff.JvpRule<T> rule) {
        return x -> apply(CUSTOM_JVP, f, rule, x);
    }

    private static <T, F> Tensor apply(Op<Rule<?, F>> op, Function<T, Tensor> f, F rule, T x) {
        Structure<T> arguments = Structure.of(x);
        Tensor value = f.apply(arguments.map(Tensor::detach));
        if (value == null) {
            throw new IllegalArgumentException(op + ": the function has returned null");
        }
        if (Tape.current() == null) {
            return value;
        }
        Level.Scope levels = Level.Scope.current();
        Rule<T, F> application = new Rule<>(rule, arguments, levels, levels.lower(value));
        Tensor[] inputs = levels.lower(arguments.leaves()).toArray(Tensor[]::new);
        return levels.raise(Engine.run(op, application, inputs));
    }

    private static Tensor zeros(Tensor like) {
        return Tensor.zeros(like.dtype(), like.shape());
    }

    private abstract static class CustomOp<F> extends Op<Rule<?, F>> {
        CustomOp(String name) {
            super(name, "f(x), differentiated as told");
        }

        @Override
        final void infer(Call call, Rule<?, F> rule) {
            Tensor value = rule.value;
            call.view(value, value.offset, value.shape(), value.strides);
        }

        @Override
        final void compute(Call call, Rule<?, F> rule) {}

        @Override
        final Cost cost(Call call, Rule<?, F> rule) {
            return new Cost(0, 0);
        }
    }
}
