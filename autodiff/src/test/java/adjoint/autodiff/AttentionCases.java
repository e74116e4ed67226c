package adjoint.autodiff;

import static adjoint.autodiff.Cases.shapes;

import adjoint.autodiff.Case.Domain;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.function.Function;

/// Attention with each of its settings.
final class AttentionCases {
    private AttentionCases() {}

    static List<Case> all() {
        DotProductAttention plain = DotProductAttention.scaled();
        return List.of(
                of(
                        "attention",
                        x -> plain.attend(x.get(0), x.get(1), x.get(2)),
                        shapes("[2, 2, 3, 2] [2, 2, 4, 2] [2, 2, 4, 3]"),
                        shapes("[1, 1, 1, 1] [1, 1, 1, 1] [1, 1, 1, 1]"),
                        shapes("[1, 2, 17, 3] [1, 2, 5, 3] [1, 2, 5, 2]"),
                        shapes("[1, 2, 1, 3] [1, 2, 5, 3] [1, 2, 5, 1]"),
                        shapes("[0, 2, 3, 2] [0, 2, 4, 2] [0, 2, 4, 2]"),
                        shapes("[1, 2, 3, 2] [1, 2, 0, 2] [1, 2, 0, 2]"),
                        shapes("[1, 2, 3, 0] [1, 2, 4, 0] [1, 2, 4, 2]"),
                        shapes("[1, 2, 0, 2] [1, 2, 4, 2] [1, 2, 4, 2]")),
                of(
                        "attention to itself",
                        x -> plain.causal().attend(x.get(0), x.get(0), x.get(0)),
                        shapes("[2, 1, 4, 3]"),
                        shapes("[1, 1, 9, 2]")),
                of("attention of one projection", AttentionCases::projected, shapes("[2, 5, 12]"), shapes("[1, 3, 6]")),
                of(
                        "attention with everything",
                        x -> DotProductAttention.scaled(0.7)
                                .causal()
                                .keyMask(mask(x.get(1)))
                                .bias(bias(x.get(0), x.get(1)))
                                .dropout(0.3, Rng.of(4))
                                .attend(x.get(0), x.get(1), x.get(2)),
                        shapes("[2, 2, 3, 2] [2, 2, 4, 2] [2, 2, 4, 3]"),
                        shapes("[1, 2, 17, 3] [1, 2, 5, 3] [1, 2, 5, 2]")),
                new Case(
                        "attention with a bias that learns",
                        Rows.SOFTMAX,
                        Domain.SIGNED,
                        x -> plain.causal()
                                .bias(x.get(3))
                                .attend(x.get(0), x.get(1), x.get(2))
                                .softmax(-1),
                        List.of(
                                shapes("[1, 2, 3, 2] [1, 2, 4, 2] [1, 2, 4, 3] [1, 2, 3, 4]"),
                                shapes("[2, 1, 3, 2] [2, 1, 2, 2] [2, 1, 2, 1] [3, 1]"))));
    }

    private static Case of(String name, Function<List<Tensor>, Tensor> f, Shape[]... shapes) {
        return new Case(name, Attending.ATTENTION, Domain.SIGNED, f, List.of(shapes));
    }

    /// Two heads of queries, keys and values as views of `[batch, tokens, 3·2·width]`, side by side again afterwards.
    private static Tensor projected(List<Tensor> in) {
        Tensor x = in.getFirst();
        int width = x.dim(2) / 6;
        Tensor qkv = x.reshape(x.dim(0), x.dim(1), 3, 2, width).permute(2, 0, 3, 1, 4);
        return DotProductAttention.scaled()
                .attend(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2))
                .permute(0, 2, 1, 3)
                .reshape(x.dim(0), x.dim(1), 2 * width);
    }

    /// Hides the first key of the first batch entry, and so every key from its first query.
    private static Tensor mask(Tensor k) {
        double[] mask = new double[k.dim(0) * k.dim(2)];
        for (int i = 1; i < mask.length; i++) {
            mask[i] = i;
        }
        return Tensor.wrap(mask, 0, Shape.of(k.dim(0), k.dim(2))).to(k.dtype());
    }

    /// One per query and key, the same for all heads.
    private static Tensor bias(Tensor q, Tensor k) {
        return Tensor.normal(Rng.of(8), 0, 1, DType.F64, q.dim(2), k.dim(2)).to(k.dtype());
    }
}
