package adjoint.autodiff;

import java.util.List;
import java.util.function.Function;

/// Lines of the gradient table for transformations that are recorded as operations.
final class TransformationCases {
    private static final Function<Tensor, Tensor> SOFTPLUS =
            Autodiff.customVjp(x -> x.exp().add(1).log(), (x, _, g) -> g.mul(x.sigmoid()));

    private static final Function<List<Tensor>, Tensor> PRODUCT =
            Autodiff.customJvp(x -> x.get(0).mul(x.get(1).tanh()), (x, _, t) -> {
                Tensor y = x.get(1).tanh();
                Tensor slope = y.square().neg().add(1);
                return t.get(0).mul(y).add(x.get(0).mul(slope).mul(t.get(1)));
            });

    private TransformationCases() {}

    static List<Case> all() {
        return List.of(
                line(
                        "checkpoint",
                        Checkpoint.CHECKPOINT,
                        x -> Autodiff.checkpoint(h -> h.mul(x.get(1)).tanh().mul(h), x.get(0)),
                        "[3, 7] [7]",
                        "[2] [2]",
                        "[] []",
                        "[0, 3] [3]"),
                line(
                        "checkpoint of several results",
                        Checkpoint.CHECKPOINT,
                        x -> {
                            List<Tensor> y = Autodiff.checkpoint(
                                    h -> List.of(h.exp(), h.matmul(x.get(1)).sum()), x.get(0));
                            return y.get(0).mul(y.get(1));
                        },
                        "[2, 3] [3, 2]"),
                line(
                        "checkpoint in a checkpoint",
                        Checkpoint.CHECKPOINT,
                        x -> Autodiff.checkpoint(
                                h -> Autodiff.checkpoint(v -> v.softmax(-1).mul(x.get(1)), h.tanh())
                                        .linear(x.get(1), null),
                                x.get(0)),
                        "[3, 3] [3, 3]"),
                line("customVjp", Custom.CUSTOM_VJP, x -> SOFTPLUS.apply(x.get(0)), "[3, 7]", "[2]", "[]", "[0, 3]"),
                line("customJvp", Custom.CUSTOM_JVP, PRODUCT, "[3, 7] [3, 7]", "[2] [2]", "[] []", "[0, 3] [0, 3]"));
    }

    private static Case line(String name, Op<?> op, Function<List<Tensor>, Tensor> f, String... shapes) {
        return new Case(
                name,
                op,
                Case.Domain.SIGNED,
                f,
                List.of(shapes).stream().map(Cases::shapes).toList());
    }
}
