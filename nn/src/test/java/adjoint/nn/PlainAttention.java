package adjoint.nn;

import adjoint.autodiff.Tensor;

/// Multi-head softmax attention element by element, from its definition; it shares nothing with [MultiHeadAttention]
/// but the names of the parameters.
final class PlainAttention {
    /// Whether query i of example b and head h sees key j, and what is added to their score.
    interface Scores {
        /// −∞ for a key that is not seen.
        double bias(int b, int h, int i, int j);
    }

    private final double[] weight;
    private final double[] bias;
    private final double[] outWeight;
    private final double[] outBias;
    private final int heads;
    private final int d;

    PlainAttention(Module layer, int heads) {
        Parameters parameters = Parameters.of(layer);
        this.heads = heads;
        this.d = parameters.get("out_proj.weight").shape().dim(0);
        this.weight = parameters.get("in_proj_weight").value().toDoubles();
        this.outWeight = parameters.get("out_proj.weight").value().toDoubles();
        boolean biased = parameters.names().contains("in_proj_bias");
        this.bias = biased ? parameters.get("in_proj_bias").value().toDoubles() : new double[3 * d];
        this.outBias = biased ? parameters.get("out_proj.bias").value().toDoubles() : new double[d];
    }

    /// `[B, N, d]`, flat.
    double[] attend(Tensor x, Tensor context, Scores scores) {
        int batch = x.dim(0);
        int n = x.dim(1);
        double[] out = new double[batch * n * d];
        for (int b = 0; b < batch; b++) {
            for (int i = 0; i < n; i++) {
                double[] heard = heard(x, context, b, i, scores);
                for (int c = 0; c < d; c++) {
                    double sum = outBias[c];
                    for (int k = 0; k < d; k++) {
                        sum += outWeight[c * d + k] * heard[k];
                    }
                    out[(b * n + i) * d + c] = sum;
                }
            }
        }
        return out;
    }

    private double[] heard(Tensor x, Tensor context, int b, int i, Scores scores) {
        int p = d / heads;
        double[] heard = new double[d];
        for (int h = 0; h < heads; h++) {
            double total = 0;
            double[] sum = new double[p];
            for (int j = 0; j < context.dim(1); j++) {
                double score = scores.bias(b, h, i, j);
                for (int c = 0; c < p; c++) {
                    score += projected(x, b, i, h * p + c) * projected(context, b, j, d + h * p + c) / Math.sqrt(p);
                }
                double e = Math.exp(score);
                total += e;
                for (int c = 0; c < p; c++) {
                    sum[c] += e * projected(context, b, j, 2 * d + h * p + c);
                }
            }
            for (int c = 0; c < p; c++) {
                heard[h * p + c] = total == 0 ? 0 : sum[c] / total;
            }
        }
        return heard;
    }

    private double projected(Tensor x, int b, int i, int row) {
        double sum = bias[row];
        for (int c = 0; c < d; c++) {
            sum += weight[row * d + c] * x.get(b, i, c);
        }
        return sum;
    }
}
