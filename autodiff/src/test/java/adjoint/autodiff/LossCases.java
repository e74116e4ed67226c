package adjoint.autodiff;

import static adjoint.autodiff.Cases.labels;
import static adjoint.autodiff.Cases.shapes;

import adjoint.autodiff.Case.Domain;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/// Losses that are operations of their own, and those composed of others.
final class LossCases {
    private LossCases() {}

    static List<Case> all() {
        Loss.Classes smoothed = Loss.Classes.EQUAL.smoothed(0.2);
        return List.of(
                of(
                        "crossEntropy, smoothed",
                        Losses.CROSS_ENTROPY,
                        x -> Loss.crossEntropy(x.get(0), labels(x.get(0)), smoothed, Reduction.MEAN),
                        shapes("[3, 17]"),
                        shapes("[2, 3, 5]"),
                        shapes("[4]")),
                of(
                        "crossEntropy, weighted, smoothed and ignored",
                        Losses.CROSS_ENTROPY,
                        x -> Loss.crossEntropy(
                                        x.get(0),
                                        labels(x.get(0)),
                                        smoothed.weighted(0.3, 2, 0, 1.5, 0.7).ignoring(1),
                                        Reduction.NONE)
                                .add(x.get(0).square().sum(-1)),
                        shapes("[4, 5]"),
                        shapes("[2, 3, 5]")),
                of(
                        "crossEntropy of probabilities",
                        Rows.LOG_SOFTMAX,
                        x -> Loss.crossEntropy(
                                x.get(0), x.get(1), smoothed.weighted(0.3, 2, 0, 1.5, 0.7), Reduction.MEAN),
                        shapes("[3, 5] [3, 5]")),
                of(
                        "nll",
                        Gather.TAKE,
                        x -> Loss.nll(
                                x.get(0),
                                labels(x.get(0)),
                                Loss.Classes.EQUAL.weighted(0.3, 2, 0, 1.5, 0.7).ignoring(1),
                                Reduction.MEAN),
                        shapes("[4, 5]"),
                        shapes("[2, 3, 5]")),
                positive(
                        "binaryCrossEntropy",
                        Losses.BINARY_CROSS_ENTROPY,
                        (x, t) -> Loss.binaryCrossEntropy(x.mul(0.4), t.mul(0.4), Reduction.NONE)),
                positive(
                        "binaryCrossEntropyWithLogits",
                        Losses.LOGISTIC,
                        (x, t) -> Loss.binaryCrossEntropyWithLogits(x.sub(1.1).mul(3), t, Reduction.NONE)),
                positive("klDivergence", Losses.KL_DIVERGENCE, (x, t) -> Loss.klDivergence(x, t, Reduction.NONE)),
                of(
                        "focal",
                        Losses.CROSS_ENTROPY,
                        x -> Loss.focal(
                                        x.get(0),
                                        labels(x.get(0)),
                                        2,
                                        Loss.Classes.EQUAL
                                                .weighted(0.3, 2, 0, 1.5, 0.7)
                                                .ignoring(1),
                                        Reduction.NONE)
                                .add(x.get(0).square().sum(-1)),
                        shapes("[4, 5]")),
                positive(
                        "focalWithLogits",
                        Losses.LOGISTIC,
                        (x, t) -> Loss.focalWithLogits(x.sub(1.1).mul(3), t.mul(0.4), 0.25, 2, Reduction.NONE)),
                positive(
                        "gaussianNll",
                        Elementwise.LOG,
                        (x, v) -> Loss.gaussianNll(x, v.mul(0.5), v, 1e-3, Reduction.MEAN)),
                pair("poissonNll", Elementwise.EXP, (x, t) -> Loss.poissonNll(x, t, Reduction.MEAN)),
                pair("quantile", Elementwise.MAXIMUM, (x, t) -> Loss.quantile(x, t, 0.3, Reduction.NONE)),
                of(
                        "triplet",
                        Analytic.ROOT,
                        x -> Loss.triplet(x.get(0), x.get(1).add(4), x.get(2).sub(4), 9, Reduction.NONE),
                        shapes("[3, 4] [3, 4] [3, 4]")),
                pair("mse", Elementwise.SQUARE, (x, t) -> Loss.mse(x, t, Reduction.MEAN)),
                pair("l1", Elementwise.ABS, (x, t) -> Loss.l1(x, t, Reduction.SUM)),
                pair("huber", Elementwise.MINIMUM_SCALAR, (x, t) -> Loss.huber(x, t, 0.501, Reduction.NONE)),
                pair("smoothL1", Elementwise.MINIMUM_SCALAR, (x, t) -> Loss.smoothL1(x, t, 0.501, Reduction.MEAN)),
                pair("hinge", Elementwise.RELU, (x, t) -> Loss.hinge(x, t, 1, Reduction.MEAN)),
                of(
                        "cosine",
                        Rows.NORMALIZE,
                        x -> Loss.cosine(
                                x.get(0),
                                x.get(1),
                                Tensor.of(new double[] {1, -1, -1}).to(x.get(0).dtype()),
                                -0.9,
                                Reduction.SUM),
                        shapes("[3, 5] [3, 5]")));
    }

    private static Case of(String name, Op<?> op, Function<List<Tensor>, Tensor> f, Shape[]... shapes) {
        return new Case(name, op, Domain.SIGNED, f, List.of(shapes));
    }

    private static Case positive(String name, Op<?> op, BinaryOperator<Tensor> loss) {
        return pair(name, op, Domain.POSITIVE, loss);
    }

    private static Case pair(String name, Op<?> op, BinaryOperator<Tensor> loss) {
        return pair(name, op, Domain.SIGNED, loss);
    }

    private static Case pair(String name, Op<?> op, Domain domain, BinaryOperator<Tensor> loss) {
        return new Case(
                name,
                op,
                domain,
                x -> loss.apply(x.get(0), x.get(1)),
                List.of(shapes("[3, 7] [3, 7]"), shapes("[2, 2, 4] [2, 2, 4]"), shapes("[17] [17]"), shapes("[] []")));
    }
}
