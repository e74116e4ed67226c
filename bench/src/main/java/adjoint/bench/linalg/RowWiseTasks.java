package adjoint.bench.linalg;

import adjoint.bench.ArrayTask;
import adjoint.bench.Task;
import adjoint.linalg.Chain;
import adjoint.linalg.Chains;
import adjoint.linalg.Expr;
import adjoint.linalg.Kernels;
import adjoint.linalg.Precision;
import adjoint.linalg.Reduction;
import adjoint.linalg.Rng;
import java.util.Arrays;

/// Our chains for what is computed of rows and elements.
final class RowWiseTasks {
    private static final Chain EXP = Chain.define("exp", c -> c.out(c.in().exp()));
    private static final Chain BIAS = Chain.define("bias", c -> c.out(c.in().add(c.in())));
    private static final Chain MASK = Chain.define("mask", c -> c.out(c.in().mul(c.in())));
    private static final Chain MASKED_BIAS_GELU = Chain.define("maskedBiasGelu", c -> {
        Expr mask = c.in();
        Expr x = c.in().add(c.in());
        Expr half = x.mul(0.5);
        c.out(mask.mul(x.mul(Math.sqrt(0.5)).erf().fma(half, half)));
    });

    private final RowWise of;
    private final Object out;

    private RowWiseTasks(RowWise of) {
        this.of = of;
        this.out = of.precision().allocate(of.rows() * of.columns());
    }

    /// The operation as it is meant: in as few passes as can be.
    static Task fused(RowWise of) {
        return new RowWiseTasks(of).fused();
    }

    /// `mask·gelu(x + bias)` in three passes, which is what fusing them is compared with.
    static Task passes(RowWise of) {
        RowWiseTasks tasks = new RowWiseTasks(of);
        Object x = of.input(0);
        Object sum = of.precision().allocate(of.rows() * of.columns());
        Object gelu = of.precision().allocate(of.rows() * of.columns());
        Runnable bias = tasks.run(BIAS, tasks.strides(1, 0, 1), x, tasks.row(of.input(2)), sum);
        Runnable activation = tasks.run(Chains.GELU, tasks.strides(1, 1), sum, gelu);
        Runnable mask = tasks.run(MASK, tasks.strides(1, 1, 1), of.input(1), gelu, tasks.out);
        return new ArrayTask(tasks.out, () -> {
            bias.run();
            activation.run();
            mask.run();
        });
    }

    private Task fused() {
        Object x = of.input(0);
        return switch (of.function()) {
            case EXP -> task(EXP, strides(1, 1), x, out);
            case GELU -> task(Chains.GELU, strides(1, 1), x, out);
            case GELU_BACKWARD -> task(Chains.GELU_BACKWARD, strides(1, 1, 1), x, of.input(1), out);
            case SOFTMAX -> task(Chains.SOFTMAX, strides(1, 1), x, out);
            case LAYER_NORM -> new ArrayTask(out, layerNorm(x, out, column(), column()));
            case LAYER_NORM_BACKWARD -> layerNormBackward(x);
            case CROSS_ENTROPY -> crossEntropy(x);
            case DROPOUT -> {
                Rng rng = Rng.of(5);
                yield task(Chains.DROPOUT, strides(1, 1), new double[] {0.1, rng.key0(), rng.key1(), 0}, x, out);
            }
            case MASKED_BIAS_GELU -> task(MASKED_BIAS_GELU, strides(1, 1, 0, 1), of.input(1), x, row(of.input(2)), out);
            case TANH -> task(Chains.TANH, strides(1, 1), x, out);
            case SIGMOID -> task(Chains.SIGMOID, strides(1, 1), x, out);
            case LOG_SOFTMAX -> task(Chains.LOG_SOFTMAX, strides(1, 1), x, out);
            case RMS_NORM -> {
                int wide = of.columns();
                int[] strides = {wide, 0, wide, 1};
                yield task(Chains.RMS_NORM, strides, new double[] {1e-5}, x, row(of.input(1)), out, column());
            }
            case SUM, COLUMN_SUM, ROW_MAX, TRANSPOSE, GATHER -> plain(x);
            case ADAM_W -> {
                Object m = of.precision().allocate(of.rows() * of.columns());
                Object v = of.precision().allocate(of.rows() * of.columns());
                double[] scalars = {
                    1, 1 - 0.01 * RowWise.RATE, 0.9, 0.999, RowWise.RATE / (1 - 0.9), 1 / Math.sqrt(1 - 0.999), 1e-8
                };
                Runnable step =
                        run(Chains.ADAM_W, strides(1, 1, 1, 1, 1, 1, 1), scalars, x, of.input(1), m, v, x, m, v);
                yield new ArrayTask(x, step);
            }
        };
    }

    /// What is no chain.
    private Task plain(Object x) {
        @SuppressWarnings("unchecked")
        Kernels<Object> kernels = (Kernels<Object>) of.precision().kernels();
        int rows = of.rows();
        int wide = of.columns();
        return switch (of.function()) {
            case SUM -> {
                Object sum = of.precision().allocate(1);
                yield new ArrayTask(sum, () -> kernels.fill(sum, 0, 1, kernels.sum(x, 0, rows * wide)));
            }
            case COLUMN_SUM -> {
                Object sums = of.precision().allocate(wide);
                yield new ArrayTask(sums, () -> kernels.sumRows(rows, wide, x, 0, wide, 0, sums, 0));
            }
            case ROW_MAX -> {
                Object maxima = column();
                yield new ArrayTask(maxima, () -> kernels.reduce(Reduction.MAX, rows, wide, 1, x, 0, maxima, 0));
            }
            case TRANSPOSE -> new ArrayTask(out, () -> kernels.transpose(rows, wide, x, 0, wide, out, 0, rows));
            case GATHER -> {
                int[] picks = of.picks();
                yield new ArrayTask(out, () -> kernels.gatherRows(rows, wide, x, 0, wide, picks, 0, out, 0, wide));
            }
            default -> throw new IllegalArgumentException("a chain: " + of.function());
        };
    }

    private Runnable layerNorm(Object x, Object y, Object mean, Object rstd) {
        int wide = of.columns();
        return run(
                Chains.LAYER_NORM,
                new int[] {wide, 0, 0, wide, 1, 1},
                new double[] {1e-5},
                x,
                row(of.input(1)),
                row(of.input(2)),
                y,
                mean,
                rstd);
    }

    private Task layerNormBackward(Object x) {
        int wide = of.columns();
        Object mean = column();
        Object rstd = column();
        layerNorm(x, of.precision().allocate(of.rows() * wide), mean, rstd).run();
        Object dy = of.input(3);
        Runnable byInput = run(
                Chains.LAYER_NORM_BACKWARD,
                new int[] {wide, wide, 0, 1, 1, wide},
                new double[0],
                dy,
                x,
                row(of.input(1)),
                mean,
                rstd,
                out);
        Object byGamma = row(of.input(1));
        Object byBeta = row(of.input(2));
        Runnable byParameters = run(
                Chains.LAYER_NORM_PARAMETERS_BACKWARD,
                new int[] {wide, wide, 1, 1, 0, 0},
                new double[0],
                dy,
                x,
                mean,
                rstd,
                byGamma,
                byBeta);
        return new ArrayTask(out, () -> {
            byInput.run();
            byParameters.run();
        });
    }

    private Task crossEntropy(Object x) {
        int[] labels = of.labels();
        float[] values = (float[]) x;
        float[] logSums = (float[]) column();
        float[] mean = new float[1];
        Runnable logSumExp = run(Chains.LOG_SUM_EXP, new int[] {of.columns(), 1}, new double[0], x, logSums);
        return new ArrayTask(mean, () -> {
            logSumExp.run();
            double sum = 0;
            for (int r = 0; r < labels.length; r++) {
                sum += logSums[r] - values[r * of.columns() + labels[r]];
            }
            mean[0] = (float) (sum / labels.length);
        });
    }

    private Task task(Chain chain, int[] rowStrides, Object... arrays) {
        return task(chain, rowStrides, new double[0], arrays);
    }

    private Task task(Chain chain, int[] rowStrides, double[] scalars, Object... arrays) {
        return new ArrayTask(out, run(chain, rowStrides, scalars, arrays));
    }

    private Runnable run(Chain chain, int[] rowStrides, Object... arrays) {
        return run(chain, rowStrides, new double[0], arrays);
    }

    /// A chain on all rows.
    private Runnable run(Chain chain, int[] rowStrides, double[] scalars, Object... arrays) {
        int[] offsets = new int[arrays.length];
        return () -> chain.run(of.precision(), of.rows(), of.columns(), arrays, offsets, rowStrides, scalars);
    }

    /// Row strides of matrices (1) and of rows that serve all (0).
    private int[] strides(int... rows) {
        return Arrays.stream(rows).map(each -> each * of.columns()).toArray();
    }

    /// The first row of a matrix.
    private Object row(Object matrix) {
        Object row = of.precision().allocate(of.columns());
        System.arraycopy(matrix, 0, row, 0, of.columns());
        return row;
    }

    /// Room for a number per row.
    private Object column() {
        return of.precision().allocate(of.rows());
    }

    /// Cross-entropy is written for it.
    static boolean serves(RowWise of) {
        return of.function() != RowWise.Function.CROSS_ENTROPY || of.precision() == Precision.F32;
    }
}
