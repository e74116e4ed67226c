package adjoint.duality;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parameters;

/// KEP-SVGP of one sample, written down loop by loop, in doubles: as in the authors' program, or with one draw of a
/// function. It shares nothing with [KepSvgpAttention] but the names of the parameters.
final class PlainKep {
    final double[][] out;
    final double objective;
    final double divergence;

    private final double[][] x;
    private final Parameters parameters;
    private final KepSvgpAttention.Settings settings;
    private final int heads;
    private final int p;
    private final int s;

    /// @param x `[N, d]`
    /// @param noise of this sample: `[H, 1, N or 2N, s]` of the reference code, `[H, s, s, 1]` else; null for the mean
    PlainKep(KepSvgpAttention layer, KepSvgpAttention.Settings settings, double[][] x, Tensor noise) {
        this.x = x;
        this.parameters = Parameters.of(layer);
        this.settings = settings;
        this.heads = settings.scores().heads();
        this.p = settings.scores().width() / heads;
        this.s = settings.scores().rank();
        boolean paper = settings.scores().mode() == PrimalAttention.Mode.PAPER;
        int d = settings.scores().width();
        double[][] merged = new double[x.length][d];
        double j = 0;
        double kl = 0;
        for (int h = 0; h < heads; h++) {
            double[] inverse = new double[s];
            for (int l = 0; l < s; l++) {
                inverse[l] = paper
                        ? Math.exp(at("log_lambda", h, l))
                        : Math.pow(Math.exp(at("log_lambda_sqrt_inv_diag", h, l)), 2);
            }
            double[][] we = dataWeights("We", h);
            double[][] wr = dataWeights("Wr", h);
            double[][] e = times(features(h * p), we);
            double[][] r = times(features(d + h * p), wr);
            j += objective(h, inverse, e, r, we, wr, paper);
            kl += divergence(h, inverse, paper);
            double[][] f = function(h, inverse, e, r, noise, paper);
            double[][] components = new double[f.length][p];
            for (int i = 0; i < f.length; i++) {
                for (int a = 0; a < p; a++) {
                    components[i][a] = at("final_weight.bias", a);
                    for (int t = 0; t < s; t++) {
                        components[i][a] += at("final_weight.weight", a, t) * f[i][t];
                    }
                }
            }
            for (int i = 0; i < x.length; i++) {
                for (int a = 0; a < p; a++) {
                    if (settings.concat() == 0) {
                        merged[i][h * p + a] = components[i][a];
                    } else {
                        double sum = at("embed_len_weight.bias", i);
                        for (int m = 0; m < 2 * x.length; m++) {
                            sum += at("embed_len_weight.weight", i, m) * components[m][a];
                        }
                        merged[i][h * p + a] = sum;
                    }
                }
            }
        }
        this.objective = j / heads;
        this.divergence = kl;
        this.out = paper ? projected(merged) : merged;
    }

    /// The factor of component t in the authors' program: `s_sqrt_local[a, b, t]`.
    private double factor(int h, int t, int a, int b, boolean paper) {
        int outer = paper ? t : a;
        int row = paper ? a : b;
        int column = paper ? b : t;
        return row == column
                ? Math.exp(at("log_ssqrt", h, outer, row))
                : row > column ? at("s_sqrt_low_triangle", h, outer, row, column) : 0;
    }

    private double[][] function(int h, double[] inverse, double[][] e, double[][] r, Tensor noise, boolean paper) {
        int n = x.length;
        int rows = settings.concat() == 0 ? n : 2 * n;
        double[][] f = new double[rows][s];
        for (int i = 0; i < rows; i++) {
            for (int t = 0; t < s; t++) {
                for (int a = 0; a < s; a++) {
                    double score = settings.concat() == 0 ? e[i][a] + r[i][a] : i < n ? e[i][a] : r[i - n][a];
                    double weight = score * inverse[a];
                    f[i][t] += weight * at("m_u", h, a, t);
                    for (int b = 0; noise != null && b < s; b++) {
                        double eps = paper ? noise.get(h, t, b, 0) : noise.get(h, 0, i, b);
                        f[i][t] += weight * factor(h, t, a, b, paper) * eps;
                    }
                }
            }
        }
        return f;
    }

    private double divergence(int h, double[] inverse, boolean paper) {
        double kl = 0;
        for (int t = 0; t < s; t++) {
            for (int a = 0; a < s; a++) {
                for (int b = 0; b < s; b++) {
                    kl += 0.5 * Math.pow(inverse[a] * factor(h, t, a, b, paper), 2);
                }
                kl += 0.5 * Math.pow(inverse[a] * at("m_u", h, a, t), 2);
                kl -= at("log_ssqrt", h, t, a) + Math.log(inverse[a]) + 0.5;
            }
        }
        return kl;
    }

    private double objective(
            int h, double[] inverse, double[][] e, double[][] r, double[][] we, double[][] wr, boolean paper) {
        double sum = 0;
        for (int l = 0; l < s; l++) {
            for (int i = 0; i < x.length; i++) {
                sum += inverse[l] * (e[i][l] * e[i][l] + r[i][l] * r[i][l]) / 2 / x.length;
            }
            int rows = paper ? p : settings.scores().samples();
            for (int a = 0; a < rows; a++) {
                sum -= paper ? we[a][l] * wr[a][l] : at("We", h, a, l) * at("Wr", h, a, l);
            }
        }
        return paper ? sum / s : sum;
    }

    private double[][] features(int first) {
        double[][] z = new double[x.length][p];
        for (int i = 0; i < x.length; i++) {
            double norm = 0;
            for (int a = 0; a < p; a++) {
                for (int c = 0; c < x[i].length; c++) {
                    z[i][a] += x[i][c] * at("in_proj_weight", first + a, c);
                }
                norm += z[i][a] * z[i][a];
            }
            for (int a = 0; a < p; a++) {
                z[i][a] /= Math.max(Math.sqrt(norm), 1e-12);
            }
        }
        return z;
    }

    private double[][] dataWeights(String name, int h) {
        int n = settings.scores().samples();
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

    private double[][] projected(double[][] in) {
        double[][] y = new double[in.length][in[0].length];
        for (int i = 0; i < in.length; i++) {
            for (int o = 0; o < y[i].length; o++) {
                y[i][o] = at("out_proj.bias", o);
                for (int c = 0; c < in[i].length; c++) {
                    y[i][o] += in[i][c] * at("out_proj.weight", o, c);
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
        return parameters.get(name).value().get(position);
    }
}
