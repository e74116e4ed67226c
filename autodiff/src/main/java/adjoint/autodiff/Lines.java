package adjoint.autodiff;

/// Runs functions of whole lines along an axis, in double precision whatever the tensor's is: for operations that are
/// used too rarely for a kernel of their own.
final class Lines {
    /// What becomes of one line: from `x` and `g`, the result in `y`, all of length `n` at least.
    interface Function {
        void apply(double[] x, double[] g, double[] y, int n);
    }

    private Lines() {}

    /// A function of `x` alone into a dense array.
    static void run(Engine engine, Tensor x, Axes axes, Object out, int offset, Function function) {
        run(engine, x, null, axes, out, offset, 0, function);
    }

    /// `out = beta·out + function`, for beta 0 or 1. `g` has the shape of `x`, or has the axes with length 1 and
    /// repeats along them.
    static void run(
            Engine engine, Tensor x, Tensor g, Axes axes, Object out, int offset, double beta, Function function) {
        int n = axes.length(x.shape());
        int inner = axes.inner(x.shape());
        int outer = axes.outer(x.shape());
        Tensor dense = engine.dense(x);
        Tensor denseG = g == null ? null : engine.dense(g);
        boolean repeats = g != null && g.size() != x.size();
        Storage line = engine.takeTemporary(DType.F64, n);
        Storage lineG = engine.takeTemporary(DType.F64, n);
        Storage result = engine.takeTemporary(DType.F64, n);
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                int start = o * n * inner + i;
                read(dense.array(), dense.offset + start, inner, n, line);
                if (repeats) {
                    read(denseG.array(), denseG.offset + o * inner + i, 0, n, lineG);
                } else if (g != null) {
                    read(denseG.array(), denseG.offset + start, inner, n, lineG);
                }
                function.apply((double[]) line.array, (double[]) lineG.array, (double[]) result.array, n);
                write(result, out, offset + start, inner, n, beta);
            }
        }
        engine.dropTemporary(result);
        engine.dropTemporary(lineG);
        engine.dropTemporary(line);
        engine.drop(dense, x);
        if (g != null) {
            engine.drop(denseG, g);
        }
    }

    private static void read(Object from, int offset, int stride, int n, Storage line) {
        double[] to = (double[]) line.array;
        if (from instanceof float[] x) {
            for (int j = 0; j < n; j++) {
                to[j] = x[offset + j * stride];
            }
        } else {
            double[] x = (double[]) from;
            for (int j = 0; j < n; j++) {
                to[j] = x[offset + j * stride];
            }
        }
    }

    private static void write(Storage line, Object to, int offset, int stride, int n, double beta) {
        double[] from = (double[]) line.array;
        if (to instanceof float[] y) {
            for (int j = 0; j < n; j++) {
                int at = offset + j * stride;
                y[at] = (float) (beta == 0 ? from[j] : y[at] + from[j]);
            }
        } else {
            double[] y = (double[]) to;
            for (int j = 0; j < n; j++) {
                int at = offset + j * stride;
                y[at] = beta == 0 ? from[j] : y[at] + from[j];
            }
        }
    }
}
