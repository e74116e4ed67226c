package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.Autodiff.Jvp;
import adjoint.autodiff.Autodiff.Vjp;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// Closed forms, and what a mistake is told.
class TransformationTest {
    private final Tensor x = Tensor.of(new double[] {0.5, -1, 2});
    private final Tensor v = Tensor.of(new double[] {1, 2, -3});
    private final Tensor matrix = Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 10}, 3, 3);

    @AfterEach
    void nothingIsLeft() {
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    @Test
    void aPullbackServesSeveralCotangents() {
        Vjp<Tensor> vjp = Autodiff.vjp(y -> matrix.matmul(y.square()), x);
        assertClose(matrix.matmul(x.square()), vjp.value());
        for (Tensor w : List.of(x, v, x)) {
            assertClose(
                    matrix.transpose(0, 1).matmul(w).mul(x).mul(2),
                    vjp.pullback().apply(w));
        }
    }

    @Test
    void aPullbackIsAFunctionOfItsCotangent() {
        Vjp<Tensor> outside = Autodiff.vjp(Tensor::square, x);
        UnaryOperator<Tensor> gradient =
                Autodiff.grad(w -> outside.pullback().apply(w).mul(w).sum());
        assertClose(v.mul(x).mul(4), gradient.apply(v));
        try (Tape tape = Tape.open()) {
            tape.watch(x, v);
            Vjp<Tensor> recorded = Autodiff.vjp(Tensor::square, x);
            Gradients g = tape.backward(recorded.pullback().apply(v).mul(v).sum());
            assertClose(v.square().mul(2), g.of(x));
            assertClose(v.mul(x).mul(4), g.of(v));
        }
    }

    @Test
    void valueAndTangent() {
        Jvp jvp = Autodiff.jvp(Tensor::tanh, x, v);
        assertClose(x.tanh(), jvp.value());
        assertClose(x.tanh().square().neg().add(1).mul(v), jvp.tangent());
        assertClose(
                Tensor.zeros(DType.F64, 3), Autodiff.jvp(y -> y.detach(), x, v).tangent());
    }

    @Test
    void theHessianOfAQuadraticFormIsItsMatrix() {
        Function<Tensor, Tensor> form = y -> y.matmul(matrix.matmul(y));
        Tensor symmetric = matrix.add(matrix.transpose(0, 1));
        assertClose(symmetric, Autodiff.hessian(form, x));
        assertClose(symmetric.matmul(v), Autodiff.hvp(form, x, v));
    }

    @Test
    void theJacobianOfAProductIsAProductOfTheOther() {
        Tensor b = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 3, 2);
        Tensor jacobian = Autodiff.jacobian(a -> a.matmul(b), matrix);
        assertEquals(Shape.of(3, 2, 3, 3), jacobian.shape());
        // ∂(A·B)ij/∂Akl = [i = k]·B[l, j]
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 2; j++) {
                for (int k = 0; k < 3; k++) {
                    for (int l = 0; l < 3; l++) {
                        assertEquals(i == k ? b.get(l, j) : 0, jacobian.get(i, j, k, l));
                    }
                }
            }
        }
    }

    @Test
    void jacobiansForwardAndInReverseAgree() {
        Function<List<Tensor>, Tensor> f =
                y -> y.get(0).tanh().unsqueeze(1).mul(y.get(1)).softmax(-1);
        Tensor four = Tensor.of(new double[] {0.1, -0.4, 0.7, 0.2});
        List<Tensor> forward = Autodiff.jacobian(f, List.of(x, four));
        List<Tensor> few =
                Autodiff.jacobian(y -> f.apply(y).sum(1).mul(f.apply(y).select(1, 0)), List.of(x, four));
        for (int r = 0; r < 3; r++) {
            int row = r;
            List<Tensor> gradients = Autodiff.grads(
                            y -> f.apply(y).sum(1).mul(f.apply(y).select(1, 0)).select(0, row))
                    .apply(List.of(x, four));
            for (int i = 0; i < 2; i++) {
                assertClose(gradients.get(i), few.get(i).select(0, r));
                Tensor gradient = Autodiff.grads(y -> f.apply(y).select(0, row).select(0, 1))
                        .apply(List.of(x, four))
                        .get(i);
                assertClose(gradient, forward.get(i).select(0, r).select(0, 1));
            }
        }
    }

    @Test
    void emptyAndScalarJacobians() {
        assertEquals(
                Shape.of(3, 0),
                Autodiff.jacobian(y -> y.sum().mul(x), Tensor.zeros(DType.F64, 0))
                        .shape());
        assertEquals(
                Shape.of(0, 3),
                Autodiff.jacobian(y -> y.slice(0, 0, 0).exp(), x).shape());
        assertEquals(
                3, Autodiff.jacobian(y -> y.mul(3), Tensor.scalar(2, DType.F64)).item());
    }

    @Test
    void thirdDerivatives() {
        // tanh''' = −2·(1 − 3t²)(1 − t²)
        Function<Tensor, Tensor> third = Autodiff.grad((Tensor a) -> Autodiff.grad(
                        b -> Autodiff.grad(c -> c.tanh().sum()).apply(b).sum())
                .apply(a)
                .sum());
        Tensor t = x.tanh();
        Tensor expected = t.square().mul(-3).add(1).mul(t.square().neg().add(1)).mul(-2);
        assertClose(expected, third.apply(x));
        Tensor ones = Tensor.ones(DType.F64, 3);
        Jvp forward = Autodiff.jvp(
                a -> Autodiff.jvp(b -> Autodiff.jvp(Tensor::tanh, b, ones).tangent(), a, ones)
                        .tangent(),
                x,
                ones);
        assertClose(expected, forward.tangent());
    }

    @Test
    void stoppedGradients() {
        assertClose(x, Autodiff.grad(y -> y.mul(Autodiff.stopGradient(y)).sum()).apply(x));
        List<Tensor> stopped = Autodiff.grads(
                        y -> y.get(0).mul(Autodiff.stopGradient(y).get(1)).sum())
                .apply(List.of(x, v));
        assertClose(v, stopped.get(0));
        assertClose(Tensor.zeros(DType.F64, 3), stopped.get(1));
    }

    @Test
    void rulesOfTheCaller() {
        Function<Tensor, Tensor> clipped =
                Autodiff.customVjp(Tensor::square, (_, _, g) -> g.maximum(-1).minimum(1));
        assertClose(
                Tensor.of(new double[] {1, 1, -1}),
                Autodiff.grad(y -> clipped.apply(y).mul(v).sum()).apply(x));
        assertClose(x.square(), clipped.apply(x));

        // d/dx log(1 + eˣ) stays finite where eˣ is not.
        Function<Tensor, Tensor> softplus =
                Autodiff.customJvp(y -> y.exp().add(1).log(), (y, _, t) -> t.mul(y.sigmoid()));
        Tensor large = Tensor.of(new double[] {1000, 0, -1000});
        Tensor half = Tensor.of(new double[] {1, 0.5, 0});
        assertClose(half, Autodiff.grad(y -> softplus.apply(y).sum()).apply(large));
        assertClose(
                half, Autodiff.jvp(softplus, large, Tensor.ones(DType.F64, 3)).tangent());
    }

    @Test
    void rulesSeeOneExample() {
        Function<Tensor, Tensor> rule = Autodiff.customVjp(
                y -> {
                    assertEquals(0, y.rank());
                    return y.square();
                },
                (y, value, g) -> {
                    assertEquals(List.of(0, 0, 0), List.of(y.rank(), value.rank(), g.rank()));
                    return Autodiff.grad(z -> z.mul(3).mul(g)).apply(y);
                });
        Tensor threes = Tensor.full(3, DType.F64, 3);
        assertClose(
                threes,
                Autodiff.vmap(Autodiff.grad((Tensor y) -> rule.apply(y))).apply(x));
        assertClose(
                threes,
                Autodiff.grad(y -> Autodiff.vmap(z -> rule.apply(z)).apply(y).sum())
                        .apply(x));
        assertClose(
                threes,
                Autodiff.vmap((Tensor y) -> Autodiff.jvp(rule, y, Tensor.scalar(1, DType.F64))
                                .tangent())
                        .apply(x));
        Tensor diagonal =
                Autodiff.jacobian(y -> Autodiff.vmap(z -> rule.apply(z)).apply(y), x);
        assertClose(Tensor.of(new double[] {3, 0, 0, 0, 3, 0, 0, 0, 3}, 3, 3), diagonal);
    }

    @Test
    void rulesOfWrongShapeAreRefused() {
        Function<List<Tensor>, Tensor> wrong =
                Autodiff.customVjp(y -> y.get(0).mul(y.get(1)), (y, _, g) -> List.of(g, g.sum()));
        assertMessage(
                "customVjp: the rule's gradient of argument [1] must be F64[3], got F64[]",
                () -> Autodiff.grads(y -> wrong.apply(y).sum()).apply(List.of(x, v)));
        Function<List<Tensor>, Tensor> few = Autodiff.customVjp(y -> y.get(0).mul(y.get(1)), (y, _, g) -> List.of(g));
        assertMessage(
                "customVjp: the rule must return one gradient for each of 2 tensors, got 1",
                () -> Autodiff.grads(y -> few.apply(y).sum()).apply(List.of(x, v)));
        Function<Tensor, Tensor> tangent = Autodiff.customJvp(Tensor::exp, (_, _, t) -> t.sum());
        assertMessage(
                "customJvp: the rule's tangent of the value must be F64[3], got F64[]",
                () -> Autodiff.jvp(tangent, x, v));
        Function<Tensor, Tensor> none = Autodiff.customJvp(_ -> null, (_, _, t) -> t);
        assertMessage("customJvp: the function has returned null", () -> none.apply(x));
    }

    @Test
    void mistakesAreExplained() {
        assertMessage(
                "backward: the root has shape [3], only a single number has a gradient; sum it, or give a seed",
                () -> Autodiff.hvp(Tensor::exp, x, v));
        assertMessage(
                "grad: only F32 and F64 tensors have gradients, got I32[2]",
                () -> Autodiff.grad(Tensor::sum).apply(Tensor.ofInts(new int[] {1, 2})));
        assertMessage(
                "grad: at [1]: only F32 and F64 tensors have gradients, got I32[2]",
                () -> Autodiff.grads(y -> y.getFirst().sum()).apply(List.of(x, Tensor.ofInts(new int[] {1, 2}))));
        assertMessage(
                "grad: the function has returned null",
                () -> Autodiff.grad(_ -> null).apply(x));
        assertMessage(
                "tangent: that of the input must be F64[3], like the input, got F64[2]",
                () -> Autodiff.jvp(Tensor::exp, x, Tensor.ones(DType.F64, 2)));
        assertMessage(
                "tangent: that of input [1] must be F64[3], like the input, got F32[3]",
                () -> Autodiff.jvp(y -> y.getFirst(), List.of(x, v), List.of(x, Tensor.ones(DType.F32, 3))));
        assertMessage(
                "tangent: the function's argument has 2 tensors, got 1 tangents",
                () -> Autodiff.jvp(y -> y.getFirst(), List.of(x, v), List.of(x)));
        assertMessage(
                "vjp: the cotangent must be F64[3], like the function's value, got F64[2]",
                () -> Autodiff.vjp(Tensor::exp, x).pullback().apply(Tensor.ones(DType.F64, 2)));
    }

    @Test
    void pullbacksBelongToTheirTapeAndThread() {
        Function<Tensor, Tensor> late;
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            late = Autodiff.vjp(Tensor::exp, x).pullback();
        }
        assertMessage("the tape is closed", () -> late.apply(v));
        Vjp<Tensor> vjp = Autodiff.vjp(Tensor::exp, x);
        String owner = Thread.currentThread().getName();
        CompletionException e = assertThrows(
                CompletionException.class,
                () -> CompletableFuture.runAsync(() -> vjp.pullback().apply(v), r -> new Thread(r, "other").start())
                        .join());
        assertEquals(
                "this tape belongs to thread " + owner + ", not to other; open one per thread",
                e.getCause().getMessage());
    }

    private static void assertClose(Tensor expected, Tensor actual) {
        Close.assertClose("", expected, actual, 1e-12);
    }

    private static void assertMessage(String expected, Executable body) {
        assertEquals(expected, assertThrows(RuntimeException.class, body).getMessage());
    }
}
