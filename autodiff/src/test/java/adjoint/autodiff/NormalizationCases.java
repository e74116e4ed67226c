package adjoint.autodiff;

import static adjoint.autodiff.Cases.shapes;

import adjoint.autodiff.Case.Domain;
import java.util.List;
import java.util.function.Function;

/// Normalisation over rows, channels and groups of them.
final class NormalizationCases {
    private NormalizationCases() {}

    static List<Case> all() {
        return List.of(
                of(
                        "rmsNorm",
                        Rows.RMS_NORM,
                        x -> x.get(0).rmsNorm(x.get(1), 0.1),
                        shapes("[3, 17] [17]"),
                        shapes("[2, 3, 5] [5]"),
                        shapes("[3] [3]"),
                        shapes("[70, 4] [4]"),
                        shapes("[0, 4] [4]")),
                of("rmsNorm without gamma", Rows.RMS_NORM, x -> x.get(0).rmsNorm(null, 1e-3), shapes("[3, 5]")),
                of(
                        "batchNorm",
                        Rows.LAYER_NORM,
                        x -> Normalization.batchNorm(x.get(0), x.get(1), x.get(2), 0.1)
                                .output(),
                        shapes("[4, 3] [3] [3]"),
                        shapes("[2, 3, 4] [3] [3]"),
                        shapes("[2, 2, 3, 2] [2] [2]"),
                        shapes("[1, 1, 2] [1] [1]")),
                new Case(
                        "batchNorm in evaluation",
                        Elementwise.MUL,
                        Domain.POSITIVE,
                        x -> Normalization.batchNorm(x.get(0), x.get(1), x.get(2), x.get(3), x.get(4), 0.1),
                        List.of(
                                shapes("[4, 3] [3] [3] [3] [3]"),
                                shapes("[2, 2, 3, 2] [2] [2] [2] [2]"),
                                shapes("[0, 2, 3] [2] [2] [2] [2]"))),
                of(
                        "groupNorm",
                        Rows.LAYER_NORM,
                        x -> Normalization.groupNorm(x.get(0), 2, x.get(1), x.get(2), 0.1),
                        shapes("[2, 4] [4] [4]"),
                        shapes("[2, 4, 3] [4] [4]"),
                        shapes("[1, 2, 2, 3] [2] [2]"),
                        shapes("[0, 4, 3] [4] [4]")),
                of(
                        "instanceNorm",
                        Rows.LAYER_NORM,
                        x -> Normalization.instanceNorm(x.get(0), x.get(1), null, 0.1),
                        shapes("[2, 3, 5] [3]"),
                        shapes("[2, 2, 2, 3] [2]")));
    }

    private static Case of(String name, Op<?> op, Function<List<Tensor>, Tensor> f, Shape[]... shapes) {
        return new Case(name, op, Domain.SIGNED, f, List.of(shapes));
    }
}
