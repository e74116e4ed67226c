package adjoint.linalg;

import java.util.Arrays;

/// Attention and its gradients by the definition, in double precision, with the whole matrix of weights, on contiguous
/// items one after the other.
///
/// @param mask per item and key, 0 for a hidden one; null for none
/// @param bias per item, query and key; null for none
record PlainAttention(
        int items,
        int queries,
        int keys,
        int width,
        int valueWidth,
        double scale,
        boolean causal,
        double[] mask,
        double[] bias,
        double p,
        Rng key) {

    /// What forward computes.
    record Result(double[] out, double[] lse) {}

    /// What backward computes.
    record Gradients(double[] dq, double[] dk, double[] dv) {}

    boolean kept(int item, int i, int j) {
        long counter = ((long) (item * queries + i) << 32) + j;
        return p == 0 || CounterHash.uniform(counter, key.key0(), key.key1()) >= p;
    }

    private double score(double[] q, double[] k, int item, int i, int j) {
        if (causal && j > i || mask != null && mask[item * keys + j] == 0) {
            return Double.NEGATIVE_INFINITY;
        }
        double dot = 0;
        for (int c = 0; c < width; c++) {
            dot += q[(item * queries + i) * width + c] * k[(item * keys + j) * width + c];
        }
        return scale * dot + (bias == null ? 0 : bias[(item * queries + i) * keys + j]);
    }

    /// The row of P, and behind it log Σ exp.
    private double[] weights(double[] q, double[] k, int item, int i) {
        double[] weights = new double[keys + 1];
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < keys; j++) {
            weights[j] = score(q, k, item, i, j);
            max = Math.max(max, weights[j]);
        }
        if (max == Double.NEGATIVE_INFINITY) {
            Arrays.fill(weights, 0);
            weights[keys] = max;
            return weights;
        }
        double sum = 0;
        for (int j = 0; j < keys; j++) {
            weights[j] = Math.exp(weights[j] - max);
            sum += weights[j];
        }
        for (int j = 0; j < keys; j++) {
            weights[j] /= sum;
        }
        weights[keys] = max + Math.log(sum);
        return weights;
    }

    Result forward(double[] q, double[] k, double[] v) {
        double[] out = new double[items * queries * valueWidth];
        double[] lse = new double[items * queries];
        for (int row = 0; row < items * queries; row++) {
            int item = row / queries;
            double[] weights = weights(q, k, item, row % queries);
            lse[row] = weights[keys];
            for (int j = 0; j < keys; j++) {
                double w = kept(item, row % queries, j) ? weights[j] / (1 - p) : 0;
                for (int c = 0; c < valueWidth; c++) {
                    out[row * valueWidth + c] += w * value(v, item, j, c);
                }
            }
        }
        return new Result(out, lse);
    }

    /// An element of V; 0 where the key is hidden, whatever is there.
    private double value(double[] v, int item, int j, int c) {
        return mask != null && mask[item * keys + j] == 0 ? 0 : v[(item * keys + j) * valueWidth + c];
    }

    Gradients backward(double[] q, double[] k, double[] v, double[] dOut) {
        double[] dq = new double[items * queries * width];
        double[] dk = new double[items * keys * width];
        double[] dv = new double[items * keys * valueWidth];
        for (int row = 0; row < items * queries; row++) {
            int item = row / queries;
            double[] weights = weights(q, k, item, row % queries);
            double[] g = new double[keys];
            double mean = 0;
            for (int j = 0; j < keys; j++) {
                double drop = kept(item, row % queries, j) ? 1 / (1 - p) : 0;
                for (int c = 0; c < valueWidth; c++) {
                    double d = dOut[row * valueWidth + c];
                    g[j] += drop * d * value(v, item, j, c);
                    dv[(item * keys + j) * valueWidth + c] += drop * weights[j] * d;
                }
                mean += weights[j] * g[j];
            }
            for (int j = 0; j < keys; j++) {
                double ds = scale * weights[j] * (g[j] - mean);
                for (int c = 0; c < width && ds != 0; c++) {
                    dq[row * width + c] += ds * k[(item * keys + j) * width + c];
                    dk[(item * keys + j) * width + c] += ds * q[row * width + c];
                }
            }
        }
        return new Gradients(dq, dk, dv);
    }

    /// What the terms of each element of out, lse, dq, dk and dv add up to without their signs, times 1 more than the
    /// size of the scores, whose rounding the weights inherit. Rounding errors are proportional to these, also where
    /// the terms cancel: with a single key, dS is 0 and its terms are not.
    double[][] magnitudes(double[] q, double[] k, double[] v, double[] dOut) {
        double[] out = new double[items * queries * valueWidth];
        double[] lse = new double[items * queries];
        double[] dq = new double[items * queries * width];
        double[] dk = new double[items * keys * width];
        double[] dv = new double[items * keys * valueWidth];
        double[] aq = absolute(q);
        double[] ak = absolute(k);
        double[] ab = bias == null ? null : absolute(bias);
        PlainAttention sizes =
                new PlainAttention(items, queries, keys, width, valueWidth, scale, causal, mask, ab, p, key);
        for (int row = 0; row < items * queries; row++) {
            int item = row / queries;
            double[] weights = weights(q, k, item, row % queries);
            double size = 1;
            for (int j = 0; j < keys; j++) {
                double score = sizes.score(aq, ak, item, row % queries, j);
                size = Double.isFinite(score) ? Math.max(size, 1 + score) : size;
            }
            lse[row] = size;
            double[] g = new double[keys];
            double mean = 0;
            for (int j = 0; j < keys; j++) {
                double drop = kept(item, row % queries, j) ? 1 / (1 - p) : 0;
                for (int c = 0; c < valueWidth; c++) {
                    double d = Math.abs(dOut[row * valueWidth + c]);
                    double x = Math.abs(value(v, item, j, c));
                    g[j] += drop * d * x;
                    out[row * valueWidth + c] += size * drop * weights[j] * x;
                    dv[(item * keys + j) * valueWidth + c] += size * drop * weights[j] * d;
                }
                mean += weights[j] * g[j];
            }
            for (int j = 0; j < keys; j++) {
                double ds = size * scale * weights[j] * (g[j] + mean);
                for (int c = 0; c < width; c++) {
                    dq[row * width + c] += ds * ak[(item * keys + j) * width + c];
                    dk[(item * keys + j) * width + c] += ds * aq[row * width + c];
                }
            }
        }
        return new double[][] {out, lse, dq, dk, dv};
    }

    private static double[] absolute(double[] x) {
        return Arrays.stream(x).map(Math::abs).toArray();
    }
}
