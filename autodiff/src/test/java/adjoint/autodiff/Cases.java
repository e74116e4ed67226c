package adjoint.autodiff;

import adjoint.autodiff.Case.Domain;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// The gradient table: every differentiable operation, on shapes that are longer, shorter and no multiple of a vector,
/// empty, and scalar.
final class Cases {
    private static final List<Case> ALL = new ArrayList<>();

    private Cases() {}

    static List<Case> all() {
        return ALL;
    }

    static {
        unary(Elementwise.NEG, Domain.SIGNED, Tensor::neg);
        unary(Elementwise.RECIPROCAL, Domain.SIGNED, Tensor::reciprocal);
        unary(Elementwise.EXP, Domain.SIGNED, Tensor::exp);
        unary(Elementwise.LOG, Domain.POSITIVE, Tensor::log);
        unary(Elementwise.SQRT, Domain.POSITIVE, Tensor::sqrt);
        unary(Elementwise.SQUARE, Domain.SIGNED, Tensor::square);
        unary(Elementwise.ABS, Domain.SIGNED, Tensor::abs);
        unary(Elementwise.TANH, Domain.SIGNED, Tensor::tanh);
        unary(Elementwise.ERF, Domain.SIGNED, Tensor::erf);
        unary(Elementwise.SIGMOID, Domain.SIGNED, Tensor::sigmoid);
        unary(Elementwise.RELU, Domain.SIGNED, Tensor::relu);
        unary(Elementwise.GELU, Domain.SIGNED, Tensor::gelu);
        unary(Elementwise.ADD_SCALAR, Domain.SIGNED, x -> x.add(0.7));
        unary(Elementwise.MUL_SCALAR, Domain.SIGNED, x -> x.mul(-1.3));
        unary(Elementwise.DIV_SCALAR, Domain.SIGNED, x -> x.div(3));
        unary(Elementwise.MAXIMUM_SCALAR, Domain.SIGNED, x -> x.maximum(0.1));
        unary(Elementwise.MINIMUM_SCALAR, Domain.SIGNED, x -> x.minimum(0.1));
        unary(Views.ALIAS, Domain.SIGNED, x -> Engine.run(Views.ALIAS, null, x));
        unary(Views.CONTIGUOUS, Domain.SIGNED, x -> Engine.run(Views.CONTIGUOUS, null, x));
        unary(Views.CAST, Domain.SIGNED, x -> Engine.run(Views.CAST, x.dtype(), x));
        unary(Stochastic.DROPOUT, Domain.SIGNED, x -> x.dropout(0.4, Rng.of(3)));
        unary(Reductions.SUM, Domain.SIGNED, Tensor::sum);
        binary(Elementwise.ADD, Tensor::add);
        binary(Elementwise.SUB, Tensor::sub);
        binary(Elementwise.MUL, Tensor::mul);
        binary(Elementwise.DIV, Tensor::div);
        binary(Elementwise.MAXIMUM, Tensor::maximum);
        binary(Elementwise.MINIMUM, Tensor::minimum);
        binary(Elementwise.WHERE, (a, b) -> a.where(mask(a), b));
        same("mul by itself", Elementwise.MUL, x -> x.mul(x));
        same("residual", Elementwise.ADD, x -> x.add(x.tanh().mul(x)).add(x.relu()));
        add(
                "addDropout",
                Stochastic.ADD_DROPOUT,
                x -> x.get(0).addDropout(x.get(1), 0.3, Rng.of(5)),
                shapes("[3, 7] [3, 7]"),
                shapes("[17] [17]"),
                shapes("[] []"),
                shapes("[0, 2] [0, 2]"));
        reductions();
        shapes();
        products();
        rows();
        ElementwiseCases.declare();
        ReductionCases.declare();
        ALL.addAll(ShapeCases.all());
        ALL.addAll(EinsumCases.all());
        ALL.addAll(LinalgCases.all());
        ALL.addAll(AttentionCases.all());
        ALL.addAll(RecurrenceCases.all());
        ALL.addAll(LossCases.all());
        ALL.addAll(NormalizationCases.all());
        ALL.addAll(ConvolutionCases.all());
        ALL.addAll(TransformationCases.all());
    }

    private static void reductions() {
        rowWise("sum of rows", Reductions.SUM, x -> x.sum(-1));
        rowWise("sum of rows, kept", Reductions.SUM, x -> x.sum(true, -1));
        add(
                "sum of columns",
                Reductions.SUM,
                x -> x.get(0).sum(0),
                shapes("[5, 17]"),
                shapes("[5, 1]"),
                shapes("[3, 2, 4]"),
                shapes("[0, 4]"),
                shapes("[4, 0]"));
        add(
                "sum of outer and inner",
                Reductions.SUM,
                x -> x.get(0).sum(0, 2),
                shapes("[3, 5, 7]"),
                shapes("[3, 5, 7, 2]"),
                shapes("[1, 5, 1]"),
                shapes("[2, 0, 3]"));
        add(
                "sum of the middle",
                Reductions.SUM,
                x -> x.get(0).sum(true, 1, 2),
                shapes("[2, 3, 5, 7]"),
                shapes("[2, 1, 3, 1]"));
        add("sum of alternating axes", Reductions.SUM, x -> x.get(0).sum(0, 2, 4), shapes("[2, 3, 2, 3, 2]"));
        add("mean", Reductions.SUM, x -> x.get(0).mean(1), shapes("[3, 5, 2]"));
        add(
                "max of rows",
                Folds.MAX,
                x -> x.get(0).max(-1),
                shapes("[3, 17]"),
                shapes("[2, 3, 5]"),
                shapes("[7]"),
                shapes("[4, 1]"));
        add("max of columns", Folds.MAX, x -> x.get(0).max(true, 0), shapes("[5, 3]"), shapes("[5, 3, 2]"));
    }

    private static void shapes() {
        add(
                "reshape",
                Views.RESHAPE,
                x -> x.get(0).reshape(6, -1),
                shapes("[4, 3]"),
                shapes("[2, 3, 5]"),
                shapes("[12]"),
                shapes("[3, 2, 1, 4]"));
        add("unsqueeze", Views.RESHAPE, x -> x.get(0).unsqueeze(1).unsqueeze(-1), shapes("[4, 3]"), shapes("[2, 0]"));
        add(
                "permute",
                Views.PERMUTE,
                x -> x.get(0).permute(2, 0, 1).mul(x.get(1)),
                shapes("[2, 3, 5] [5, 2, 3]"),
                shapes("[1, 3, 1] [3]"),
                shapes("[2, 0, 3] []"));
        add("transpose", Views.PERMUTE, x -> x.get(0).transpose(0, -1).exp(), shapes("[3, 17]"), shapes("[2, 3, 4]"));
        add(
                "slice",
                Views.SLICE,
                x -> x.get(0).slice(0, 1, 3).mul(x.get(0).slice(0, 0, 2)),
                shapes("[4]"),
                shapes("[3, 17]"),
                shapes("[3, 2, 2]"),
                shapes("[3, 0]"));
        add(
                "slice of the last axis",
                Views.SLICE,
                x -> x.get(0).slice(-1, 1, 2).add(x.get(0).slice(-1, 2, 3)),
                shapes("[4, 3]"),
                shapes("[2, 2, 5]"));
        add("slice of nothing", Views.SLICE, x -> x.get(0).slice(0, 2, 2), shapes("[4, 3]"));
        add("select", Views.SLICE, x -> x.get(0).select(1, 1).mul(x.get(0).select(1, 0)), shapes("[3, 2, 5]"));
        add(
                "embed",
                Views.EMBED,
                x -> Engine.run(Views.EMBED, new Views.Range(0, 1, 1, 2, 5), x.get(0)),
                shapes("[2, 3]"),
                shapes("[2]"),
                shapes("[2, 0]"));
        add(
                "expand",
                Views.EXPAND,
                x -> x.get(0).expand(4, 3, -1).mul(x.get(1)),
                shapes("[3, 5] [4, 3, 5]"),
                shapes("[1, 5] [5]"),
                shapes("[3, 1] [3, 1]"));
        add(
                "take",
                Gather.TAKE,
                x -> x.get(0).take(new int[] {0, 2, 2, 1}, 0),
                shapes("[3]"),
                shapes("[3, 17]"),
                shapes("[4, 2, 3]"));
        add(
                "take inside",
                Gather.TAKE,
                x -> x.get(0).take(Tensor.ofInts(new int[] {0, 2, 2, 1}, 2, 2), 1),
                shapes("[2, 3]"),
                shapes("[2, 3, 5]"));
        add("scatterAdd", Gather.SCATTER_ADD, x -> scatterAdd(x.get(0)), shapes("[3, 2]"), shapes("[3, 17]"));
        add(
                "concat",
                Views.CONCAT,
                x -> Tensor.concat(-1, x.get(0), x.get(1), x.get(0)).square(),
                shapes("[3, 2] [3, 5]"),
                shapes("[7] [1]"),
                shapes("[2, 3, 0] [2, 3, 1]"));
        add(
                "concat of rows",
                Views.CONCAT,
                x -> Tensor.concat(0, x.get(0), x.get(1)).square(),
                shapes("[3, 2] [1, 2]"),
                shapes("[2, 3, 4] [1, 3, 4]"));
        add("stack", Views.CONCAT, x -> Tensor.stack(1, x.get(0), x.get(1)).exp(), shapes("[3, 2] [3, 2]"));
    }

    private static void products() {
        add(
                "matmul",
                Products.MATMUL,
                x -> x.get(0).matmul(x.get(1)),
                shapes("[3, 5] [5, 2]"),
                shapes("[17, 3] [3, 19]"),
                shapes("[1, 1] [1, 1]"),
                shapes("[1, 4] [4, 1]"),
                shapes("[2, 3, 4] [2, 4, 5]"),
                shapes("[2, 3, 4] [4, 5]"),
                shapes("[3, 4] [2, 4, 5]"),
                shapes("[2, 1, 3, 4] [5, 4, 2]"),
                shapes("[2, 3, 2, 4] [2, 1, 4, 3]"),
                shapes("[4] [4, 3]"),
                shapes("[3, 4] [4]"),
                shapes("[4] [4]"),
                shapes("[2, 3, 4] [4]"),
                shapes("[0, 3] [3, 2]"),
                shapes("[2, 0] [0, 3]"),
                shapes("[2, 3] [3, 0]"),
                shapes("[0, 2, 3] [3, 2]"));
        add(
                "matmul of transposed",
                Products.MATMUL,
                x -> x.get(0).transpose(-2, -1).matmul(x.get(1).transpose(-2, -1)),
                shapes("[5, 3] [2, 5]"),
                shapes("[2, 5, 3] [2, 5]"),
                shapes("[2, 4, 5, 3] [4, 2, 5]"));
        add("matmul of heads", Products.MATMUL, Cases::heads, shapes("[2, 3, 8]"), shapes("[1, 3, 4]"));
        add(
                "linear",
                Products.LINEAR,
                x -> x.get(0).linear(x.get(1), x.get(2)),
                shapes("[3, 5] [2, 5] [2]"),
                shapes("[2, 3, 17] [19, 17] [19]"),
                shapes("[4] [3, 4] [3]"),
                shapes("[0, 4] [3, 4] [3]"),
                shapes("[2, 1] [1, 1] [1]"));
        add(
                "linear without bias",
                Products.LINEAR,
                x -> x.get(0).linear(x.get(1), null),
                shapes("[3, 5] [2, 5]"),
                shapes("[2, 3, 4] [5, 4]"),
                shapes("[4] [3, 4]"));
        add(
                "linear, twice the same weight",
                Products.LINEAR,
                x -> x.get(0).linear(x.get(1), x.get(2)).tanh().linear(x.get(1), x.get(2)),
                shapes("[3, 4] [4, 4] [4]"));
    }

    private static void rows() {
        rowWise("softmax", Rows.SOFTMAX, x -> x.softmax(-1));
        rowWise("logSoftmax", Rows.LOG_SOFTMAX, x -> x.logSoftmax(-1));
        rowWise("logSumExp", Rows.LOG_SUM_EXP, x -> x.logSumExp(-1));
        add("softmax of columns", Rows.SOFTMAX, x -> x.get(0).softmax(0), shapes("[5, 3]"), shapes("[3, 2, 2]"));
        add("logSumExp of the middle", Rows.LOG_SUM_EXP, x -> x.get(0).logSumExp(1), shapes("[2, 3, 4]"));
        rowWise("normalize", Rows.NORMALIZE, x -> x.normalize(1e-12));
        rowWise("normalize, small", Rows.NORMALIZE, x -> x.normalize(50));
        add(
                "layerNorm",
                Rows.LAYER_NORM,
                x -> x.get(0).layerNorm(x.get(1), x.get(2), 0.1),
                shapes("[3, 17] [17] [17]"),
                shapes("[2, 3, 5] [5] [5]"),
                shapes("[3] [3] [3]"),
                shapes("[70, 4] [4] [4]"),
                shapes("[0, 4] [4] [4]"));
        add(
                "layerNorm without parameters",
                Rows.LAYER_NORM,
                x -> x.get(0).layerNorm(null, null, 1e-3),
                shapes("[3, 5]"));
        add(
                "crossEntropy",
                Losses.CROSS_ENTROPY,
                x -> x.get(0).crossEntropy(labels(x.get(0))),
                shapes("[3, 17]"),
                shapes("[2, 3, 5]"),
                shapes("[4]"));
        add(
                "crossEntropy per row",
                Losses.CROSS_ENTROPY,
                x -> x.get(0).crossEntropy(labels(x.get(0)), Reduction.NONE),
                shapes("[3, 5]"));
        add(
                "crossEntropy summed",
                Losses.CROSS_ENTROPY,
                x -> x.get(0)
                        .crossEntropy(labels(x.get(0)), Reduction.SUM)
                        .add(x.get(0).square().sum()),
                shapes("[3, 5]"));
    }

    static void unary(Op<?> op, Domain domain, UnaryOperator<Tensor> f) {
        ALL.add(new Case(
                op.name(),
                op,
                domain,
                x -> f.apply(x.get(0)),
                List.of(
                        shapes("[3, 7]"),
                        shapes("[2, 3, 4]"),
                        shapes("[33]"),
                        shapes("[3]"),
                        shapes("[]"),
                        shapes("[0, 3]"))));
    }

    static void same(String name, Op<?> op, UnaryOperator<Tensor> f) {
        add(name, op, x -> f.apply(x.get(0)), shapes("[3, 7]"), shapes("[17]"), shapes("[]"));
    }

    static void binary(Op<?> op, BinaryOperator<Tensor> f) {
        add(
                op.name(),
                op,
                x -> f.apply(x.get(0), x.get(1)),
                shapes("[3, 7] [3, 7]"),
                shapes("[33] [33]"),
                shapes("[2] [2]"),
                shapes("[] []"),
                shapes("[0, 3] [0, 3]"),
                shapes("[5, 3] [3]"),
                shapes("[3] [5, 3]"),
                shapes("[5, 3] [5, 1]"),
                shapes("[5, 1] [1, 17]"),
                shapes("[2, 3, 4] [3, 1]"),
                shapes("[2, 1, 4] [3, 1]"),
                shapes("[2, 3] []"),
                shapes("[] [2, 3]"),
                shapes("[0, 3] [3]"),
                shapes("[4, 1, 2, 1] [3, 1, 5]"));
    }

    static void rowWise(String name, Op<?> op, UnaryOperator<Tensor> f) {
        add(
                name,
                op,
                x -> f.apply(x.get(0)),
                shapes("[3, 17]"),
                shapes("[2, 3, 5]"),
                shapes("[3]"),
                shapes("[4, 1]"),
                shapes("[0, 3]"));
    }

    static void add(String name, Op<?> op, Function<List<Tensor>, Tensor> f, Shape[]... shapes) {
        ALL.add(new Case(name, op, Domain.SIGNED, f, List.of(shapes)));
    }

    /// `[2, 3] [3]`.
    static Shape[] shapes(String text) {
        return Arrays.stream(text.split("(?<=]) "))
                .map(one -> one.substring(1, one.length() - 1))
                .map(one -> one.isEmpty() ? new String[0] : one.split(", "))
                .map(dims ->
                        Shape.of(Arrays.stream(dims).mapToInt(Integer::parseInt).toArray()))
                .toArray(Shape[]::new);
    }

    /// Attention scores of two heads, as views of one projection.
    private static Tensor heads(List<Tensor> inputs) {
        Tensor x = inputs.get(0);
        Tensor split = x.reshape(x.dim(0), x.dim(1), 2, x.dim(2) / 2).permute(0, 2, 1, 3);
        return split.matmul(split.transpose(-1, -2))
                .matmul(split)
                .permute(0, 2, 1, 3)
                .reshape(x.shape().dims());
    }

    private static Tensor scatterAdd(Tensor x) {
        Gather.Positions index = new Gather.Positions(new int[] {4, 0, 4}, 0, Shape.of(3), 0, 5);
        return Engine.run(Gather.SCATTER_ADD, index, x);
    }

    /// 0 for every third element.
    private static Tensor mask(Tensor like) {
        double[] mask = new double[like.size()];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = i % 3;
        }
        return Tensor.wrap(mask, 0, like.shape()).to(like.dtype());
    }

    static Tensor labels(Tensor logits) {
        int rows = logits.size() / logits.dim(-1);
        int[] labels = new int[rows];
        for (int r = 0; r < rows; r++) {
            labels[r] = (7 * r + 1) % logits.dim(-1);
        }
        return Tensor.wrap(labels, 0, Shape.of(logits.shape().array(), logits.rank() - 1));
    }
}
