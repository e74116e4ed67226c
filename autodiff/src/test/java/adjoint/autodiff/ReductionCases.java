package adjoint.autodiff;

import static adjoint.autodiff.Cases.add;
import static adjoint.autodiff.Cases.rowWise;
import static adjoint.autodiff.Cases.shapes;

import java.util.List;
import java.util.function.Function;

/// The lines of the gradient table for reductions and scans.
final class ReductionCases {
    private ReductionCases() {}

    static void declare() {
        products();
        extremes();
        moments();
        norms();
        scans();
    }

    private static void products() {
        rowWise("prod of rows", Folds.PROD, x -> x.prod(-1));
        overAxes("prod", Folds.PROD, x -> x.get(0).prod(0, 2));
        add("prod of all", Folds.PROD, x -> x.get(0).prod(), shapes("[3, 7]"), shapes("[]"), shapes("[0, 3]"));
        add("prod of columns", Folds.PROD, x -> x.get(0).prod(true, 0), shapes("[5, 3]"), shapes("[0, 3]"));
        add("prod with a zero", Folds.PROD, x -> zeroAt(1, x.get(0)).prod(0), shapes("[5, 3]"));
        add("prod with zeros", Folds.PROD, x -> zeroAt(3, zeroAt(1, x.get(0))).prod(0), shapes("[5, 3]"));
        add(
                "prod added to",
                Folds.PROD,
                x -> x.get(0).square().sum(-1).add(x.get(0).prod(-1)),
                shapes("[3, 5]"));
    }

    private static void extremes() {
        rowWise("min of rows", Folds.MIN, x -> x.min(-1));
        overAxes("max over axes", Folds.MAX, x -> x.get(0).max(0, 2));
        overAxes("min over neighbouring axes", Folds.MIN, x -> x.get(0).min(true, 0, 1));
        add("max of all", Folds.MAX, x -> x.get(0).max(), shapes("[3, 7]"), shapes("[]"));
        add("min of all", Folds.MIN, x -> x.get(0).min(), shapes("[2, 3, 4]"));
    }

    private static void moments() {
        rowWise("var of rows", Folds.VAR, x -> x.var(0, -1));
        overAxes("var over axes", Folds.VAR, x -> x.get(0).var(0, 0, 2));
        add("var of columns", Folds.VAR, x -> x.get(0).var(1, true, 0), shapes("[5, 3]"), shapes("[3, 2, 5]"));
        add("var of all", Folds.VAR, x -> x.get(0).var(1), shapes("[3, 7]"));
        add(
                "var added to",
                Folds.VAR,
                x -> x.get(0).square().sum(-1).add(x.get(0).var(0, -1)),
                shapes("[3, 5]"));
        add("std", Analytic.ROOT, x -> x.get(0).std(1, 1), shapes("[3, 5]"), shapes("[2, 3, 4]"));
    }

    private static void norms() {
        for (double p : new double[] {1, 2, 3, 2.5, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            Op<?> op = p == 2 ? Analytic.ROOT : Double.isInfinite(p) ? (p > 0 ? Folds.MAX : Folds.MIN) : Reductions.SUM;
            add("norm " + p, op, x -> x.get(0).norm(p, -1), shapes("[3, 5]"), shapes("[2, 3, 4]"));
        }
        add("norm over axes", Analytic.ROOT, x -> x.get(0).norm(2, true, 0, 2), shapes("[2, 3, 4]"));
        add("logSumExp over axes", Rows.LOG_SUM_EXP, x -> x.get(0).logSumExp(0, 2), shapes("[2, 3, 4]"));
        add("logSumExp of all", Rows.LOG_SUM_EXP, x -> x.get(0).logSumExp(), shapes("[3, 7]"), shapes("[]"));
        add("logSumExp of columns", Rows.LOG_SUM_EXP, x -> x.get(0).logSumExp(true, 0), shapes("[5, 3]"));
    }

    private static void scans() {
        rowWise("cumsum", Scans.CUMSUM, x -> x.cumsum(-1));
        rowWise("cumprod", Scans.CUMPROD, x -> x.cumprod(-1));
        add("cumsum of columns", Scans.CUMSUM, x -> x.get(0).cumsum(0), shapes("[5, 3]"), shapes("[0, 3]"));
        add("cumprod of columns", Scans.CUMPROD, x -> x.get(0).cumprod(0), shapes("[5, 3]"), shapes("[0, 3]"));
        add("cumsum inside", Scans.CUMSUM, x -> x.get(0).cumsum(1), shapes("[2, 3, 4]"));
        add("cumprod inside", Scans.CUMPROD, x -> x.get(0).cumprod(1), shapes("[2, 3, 4]"));
        add("cumprod with a zero", Scans.CUMPROD, x -> zeroAt(1, x.get(0)).cumprod(0), shapes("[5, 3]"));
        add(
                "cumprod with zeros",
                Scans.CUMPROD,
                x -> zeroAt(3, zeroAt(1, x.get(0))).cumprod(0),
                shapes("[5, 3]"));
        add(
                "cumprod added to",
                Scans.CUMPROD,
                x -> x.get(0).square().add(x.get(0).cumprod(-1)),
                shapes("[3, 5]"));
    }

    /// With one of five rows 0.
    private static Tensor zeroAt(int row, Tensor x) {
        return x.mul(Tensor.range(5, x.dtype()).notEqual(row).reshape(5, 1));
    }

    private static void overAxes(String name, Op<?> op, Function<List<Tensor>, Tensor> f) {
        add(name, op, f, shapes("[3, 5, 7]"), shapes("[2, 3, 4]"), shapes("[1, 5, 1]"), shapes("[3, 5, 1]"));
    }
}
