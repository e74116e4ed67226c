package adjoint.linalg;

import adjoint.linalg.internal.DoubleScratch;

/// [Kernels#reduce]: along rows by the chains of rows, across them by the chains of columns.
final class DoubleReductions {
    private static final Chain SQUARED_DISTANCES = Chain.define("squaredDistances", c -> {
        Expr x = c.in();
        Expr mean = c.in();
        c.accumulate(x.sub(mean).square());
    });

    private static final ThreadLocal<DoubleReductions> OF_THREAD = ThreadLocal.withInitial(DoubleReductions::new);

    // Arguments of chains of two and of three arrays.
    private final Object[][] arrays = {new Object[2], new Object[3]};
    private final int[][] offsets = {new int[2], new int[3]};
    private final int[][] strides = {new int[2], new int[3]};
    private final double[] none = {};
    private final /*64*/ double[] zero = {0};
    private final /*64*/ double[] noScalars = {};

    private DoubleReductions() {}

    static void reduce(
            DoubleElements kernels,
            Reduction reduction,
            int outer,
            int n,
            int inner,
            double[] in,
            int inOff,
            double[] out,
            int outOff) {
        DoubleReductions reductions = OF_THREAD.get();
        if (inner == 1) {
            reductions.rows(reduction, outer, n, in, inOff, out, outOff);
            return;
        }
        for (int o = 0; o < outer; o++) {
            reductions.columns(kernels, reduction, n, inner, in, inOff + o * n * inner, out, outOff + o * inner);
        }
    }

    private void rows(Reduction reduction, int rows, int n, double[] in, int inOff, double[] out, int outOff) {
        Chain chain = switch (reduction) {
            case SUM -> Chains.SUM_ROW;
            case MEAN -> Chains.MEAN_ROW;
            case VARIANCE -> Chains.VARIANCE_ROW;
            case PRODUCT -> Chains.PRODUCT_ROW;
            case MAX -> Chains.MAX_ROW;
            case MIN -> Chains.MIN_ROW;
        };
        argument(2, 0, in, inOff, n);
        argument(2, 1, out, outOff, 1);
        run(chain, 2, rows, n, reduction == Reduction.VARIANCE ? zero : noScalars);
    }

    private void columns(
            DoubleElements kernels,
            Reduction reduction,
            int n,
            int inner,
            double[] in,
            int inOff,
            double[] out,
            int outOff) {
        switch (reduction) {
            case SUM -> kernels.sumRows(n, inner, in, inOff, inner, 0, out, outOff);
            case MEAN -> mean(kernels, n, inner, in, inOff, out, outOff);
            case VARIANCE -> variance(kernels, n, inner, in, inOff, out, outOff);
            case PRODUCT -> fold(kernels, Chains.COLUMN_PRODUCT, 1, n, inner, in, inOff, out, outOff);
            case MAX -> fold(kernels, Chains.COLUMN_MAX, Double.NEGATIVE_INFINITY, n, inner, in, inOff, out, outOff);
            case MIN -> fold(kernels, Chains.COLUMN_MIN, Double.POSITIVE_INFINITY, n, inner, in, inOff, out, outOff);
        }
    }

    private static void mean(
            DoubleElements kernels, int n, int inner, double[] in, int inOff, double[] out, int outOff) {
        kernels.sumRows(n, inner, in, inOff, inner, 0, out, outOff);
        kernels.scale(inner, /*64*/ 1.0 / n, out, outOff);
    }

    private void variance(DoubleElements kernels, int n, int inner, double[] in, int inOff, double[] out, int outOff) {
        double[] mean = DoubleScratch.take(inner);
        mean(kernels, n, inner, in, inOff, mean, 0);
        double[] sums = n <= DoubleElements.ROW_BLOCK ? none : DoubleElements.takeLevels(n, inner);
        distances(kernels, n, inner, in, inOff, mean, out, outOff, sums, 0);
        kernels.scale(inner, /*64*/ 1.0 / n, out, outOff);
        DoubleScratch.give(sums);
        DoubleScratch.give(mean);
    }

    /// `out` = the sums of squared distances from the mean, by the tree of [Kernels#sumRows].
    private void distances(
            DoubleElements kernels,
            int n,
            int inner,
            double[] in,
            int inOff,
            double[] mean,
            double[] out,
            int outOff,
            double[] sums,
            int at) {
        if (n > DoubleElements.ROW_BLOCK) {
            int left = DoubleElements.leftOf(n, DoubleElements.ROW_BLOCK);
            int right = inOff + left * inner;
            distances(kernels, left, inner, in, inOff, mean, out, outOff, sums, at);
            distances(kernels, n - left, inner, in, right, mean, sums, at, sums, at + inner);
            kernels.addRow(inner, sums, at, out, outOff);
            return;
        }
        kernels.fill(out, outOff, inner, 0);
        argument(3, 0, in, inOff, inner);
        argument(3, 1, mean, 0, 0);
        argument(3, 2, out, outOff, 0);
        run(SQUARED_DISTANCES, 3, n, inner, noScalars);
    }

    private void fold(
            DoubleElements kernels,
            Chain chain,
            /*64*/ double neutral,
            int n,
            int inner,
            double[] in,
            int inOff,
            double[] out,
            int outOff) {
        kernels.fill(out, outOff, inner, neutral);
        argument(3, 0, in, inOff, inner);
        argument(3, 1, out, outOff, 0);
        argument(3, 2, out, outOff, 0);
        run(chain, 3, n, inner, noScalars);
    }

    private void argument(int of, int k, double[] array, int offset, int stride) {
        arrays[of - 2][k] = array;
        offsets[of - 2][k] = offset;
        strides[of - 2][k] = stride;
    }

    /// Runs the chain, and lets go of its arrays.
    private void run(Chain chain, int of, int rows, int cols, /*64*/ double[] scalars) {
        chain.run(Precision.F64, rows, cols, arrays[of - 2], offsets[of - 2], strides[of - 2], scalars);
        for (int k = 0; k < of; k++) {
            arrays[of - 2][k] = none;
        }
    }
}
