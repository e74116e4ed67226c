package adjoint.duality;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parameters;

/// Primal-Attention of one sample, written down loop by loop from the formulas, in doubles, without tensors.
///
/// It shares nothing with [PrimalAttention] but the names of the parameters.
final class PlainPrimal {
    final double[][] out;
    final double objective;

    private final double[][] x;
    private final Parameters parameters;
    private final int heads;
    private final int p;
    private final int n;
    private final int s;

    /// @param x `[N, d]`
    PlainPrimal(PrimalAttention layer, PrimalAttention.Settings settings, double[][] x) {
        this.x = x;
        this.parameters = Parameters.of(layer);
        this.heads = settings.heads();
        this.p = settings.width() / heads;
        this.n = settings.samples();
        this.s = settings.rank();

        double[][] merged = new double[x.length][settings.width()];
        double total = 0;
        for (int h = 0; h < heads; h++) {
            double[][] phiQ = features(h * p);
            double[][] phiK = features(settings.width() + h * p);
            double[][] we = dataWeights("We", h);
            double[][] wr = dataWeights("Wr", h);
            double[][] e = times(phiQ, we);
            double[][] r = times(phiK, wr);
            for (int i = 0; i < x.length; i++) {
                for (int a = 0; a < p; a++) {
                    double sum = at("score_proj.bias", a);
                    for (int t = 0; t < s; t++) {
                        sum += at("score_proj.weight", a, t) * e[i][t] + at("score_proj.weight", a, s + t) * r[i][t];
                    }
                    merged[i][h * p + a] = sum;
                }
            }
            total += settings.mode() == PrimalAttention.Mode.PAPER
                    ? paperObjective(h, e, r, we, wr) / s
                    : codeObjective(h, e, r);
        }
        this.objective = total / heads;
        this.out = linear(merged, "out_proj.weight", "out_proj.bias", 0, settings.width());
    }

    /// Rows `first … first+p` of the projection, normalised.
    private double[][] features(int first) {
        double[][] z = linear(x, "in_proj_weight", "in_proj_bias", first, p);
        for (double[] row : z) {
            double norm = 0;
            for (double v : row) {
                norm += v * v;
            }
            norm = Math.max(Math.sqrt(norm), 1e-12);
            for (int a = 0; a < p; a++) {
                row[a] /= norm;
            }
        }
        return z;
    }

    /// Σ_n Xs[n, h, a]·W[h, n, t].
    private double[][] dataWeights(String name, int h) {
        double[][] w = new double[p][s];
        for (int j = 0; j < n; j++) {
            int token = n == 1 ? 0 : (int) Math.floor(j * (x.length - 1.0) / (n - 1) + 1e-9);
            for (int a = 0; a < p; a++) {
                for (int t = 0; t < s; t++) {
                    w[a][t] += x[token][h * p + a] * at(name, h, j, t);
                }
            }
        }
        return w;
    }

    /// ½ Σ eᵀΛe + ½ Σ rᵀΛr − Tr((W_e|X)ᵀ W_r|X) with Λ = exp(log_lambda)/N.
    private double paperObjective(int h, double[][] e, double[][] r, double[][] we, double[][] wr) {
        double sum = 0;
        for (int t = 0; t < s; t++) {
            double lambda = Math.exp(at("log_lambda", h, t)) / x.length;
            for (int i = 0; i < x.length; i++) {
                sum += lambda * (e[i][t] * e[i][t] + r[i][t] * r[i][t]) / 2;
            }
            for (int a = 0; a < p; a++) {
                sum -= we[a][t] * wr[a][t];
            }
        }
        return sum;
    }

    /// ½ mean_n ‖e·diag(Lambda)‖² + ½ mean_n ‖r·diag(Lambda)‖² − Tr(W_eᵀ W_r).
    private double codeObjective(int h, double[][] e, double[][] r) {
        double sum = 0;
        for (int t = 0; t < s; t++) {
            double root = at("Lambda", h, t);
            for (int i = 0; i < x.length; i++) {
                sum += (Math.pow(e[i][t] * root, 2) + Math.pow(r[i][t] * root, 2)) / 2 / x.length;
            }
            for (int j = 0; j < n; j++) {
                sum -= at("We", h, j, t) * at("Wr", h, j, t);
            }
        }
        return sum;
    }

    private double[][] linear(double[][] in, String weight, String bias, int first, int count) {
        double[][] y = new double[in.length][count];
        for (int i = 0; i < in.length; i++) {
            for (int o = 0; o < count; o++) {
                y[i][o] = at(bias, first + o);
                for (int c = 0; c < in[i].length; c++) {
                    y[i][o] += in[i][c] * at(weight, first + o, c);
                }
            }
        }
        return y;
    }

    private static double[][] times(double[][] a, double[][] b) {
        double[][] c = new double[a.length][b[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int k = 0; k < b.length; k++) {
                for (int j = 0; j < b[0].length; j++) {
                    c[i][j] += a[i][k] * b[k][j];
                }
            }
        }
        return c;
    }

    private double at(String name, int... position) {
        Tensor value = parameters.get(name).value();
        return value.get(position);
    }
}
