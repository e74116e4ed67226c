package adjoint.data;

import adjoint.linalg.Cholesky;
import adjoint.linalg.Kernels;
import adjoint.linalg.Rng;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import java.util.Arrays;

/// The linear yardstick: ridge regression, one score per class, on the series as one long vector.
///
/// With X [n, L·C] the padded series, flattened and centred, and Y [n, K] the classes one-hot and centred,
/// ```
/// W = argmin ‖XW − Y‖² + λ‖W‖² = Xᵀ(XXᵀ + λI)⁻¹Y = (XᵀX + λI)⁻¹XᵀY
/// ```
/// whichever system is smaller; the class is that of the greatest score. λ is one of nine strengths, 10⁻⁶ to 10² times
/// the largest diagonal element of that system: the one that is best on a fifth of the training cases, held out from
/// the fit; then all are fitted. Time O(n·L·C·m + m³) per strength for m = min(n, L·C).
///
/// @param accuracy the share of the test cases that it gets right
/// @param heldOutAccuracy the share of the held-out training cases that it got right with that λ
/// @param lambda the strength λ that was chosen
public record LinearClassifier(double accuracy, double heldOutAccuracy, double lambda) {
    private static final int STRENGTHS = 9;
    private static final double WEAKEST = 1e-6;

    /// Fits on the training set and measures on the test set; both prepared as for a [Loader].
    ///
    /// @param key draws which training cases are held out
    public static LinearClassifier measure(Split split, Rng key) {
        Padding padding = Padding.toLongest(split.train());
        int[] order = key.child("held out").permutation(split.train().size());
        int cut = order.length - Math.max(1, order.length / 5);
        Fit part = new Fit(split.train(), padding, Arrays.copyOf(order, cut));
        Rows heldOut = new Rows(split.train(), padding, Arrays.copyOfRange(order, cut, order.length));
        int best = 0;
        double bestAccuracy = -1;
        for (int strength = 0; strength < STRENGTHS; strength++) {
            double accuracy = part.accuracy(heldOut, part.lambda(strength));
            // Of equal ones the strongest: the simplest model.
            if (accuracy >= bestAccuracy) {
                best = strength;
                bestAccuracy = accuracy;
            }
        }
        Fit whole = new Fit(split.train(), padding, order);
        Rows test = new Rows(split.test(), padding, range(split.test().size()));
        double lambda = whole.lambda(best);
        return new LinearClassifier(whole.accuracy(test, lambda), bestAccuracy, lambda);
    }

    private static int[] range(int n) {
        int[] range = new int[n];
        Arrays.setAll(range, i -> i);
        return range;
    }

    /// Cases as rows: [n, L·C] and their classes.
    private static final class Rows {
        final int n;
        final int width;
        final double[] x;
        final int[] labels;

        Rows(TimeSeries data, Padding padding, int[] cases) {
            n = cases.length;
            width = padding.length() * data.channels().size();
            x = new double[Math.multiplyExact(n, width)];
            labels = new int[n];
            float[] row = new float[width];
            for (int i = 0; i < n; i++) {
                padding.write(data.cases()[cases[i]], row, 0);
                for (int j = 0; j < width; j++) {
                    x[i * width + j] = row[j];
                }
                labels[i] = data.labels()[cases[i]];
            }
        }
    }

    /// What the fits with all strengths have in common.
    private static final class Fit {
        private final Rows rows;
        private final int classes;
        /// The mean of each column of X; `rows` is centred by it.
        private final double[] mean;
        /// Y, centred, and the mean of each of its columns.
        private final double[] targets;

        private final double[] share;
        /// Whether the system is XXᵀ + λI, of order n, rather than XᵀX + λI.
        private final boolean dual;
        private final int order;
        /// The lower triangle of the system without λ.
        private final double[] gram;

        Fit(TimeSeries train, Padding padding, int[] cases) {
            rows = new Rows(train, padding, cases);
            classes = train.classNames().size();
            mean = new double[rows.width];
            targets = new double[rows.n * classes];
            share = new double[classes];
            for (int i = 0; i < rows.n; i++) {
                targets[i * classes + rows.labels[i]] = 1;
            }
            centre(rows.n, rows.width, rows.x, mean);
            centre(rows.n, classes, targets, share);
            dual = rows.n < rows.width;
            order = dual ? rows.n : rows.width;
            gram = new double[Math.multiplyExact(order, order)];
            int depth = dual ? rows.width : rows.n;
            Transpose transpose = dual ? Transpose.NO : Transpose.YES;
            Kernels.f64().syrk(Triangle.LOWER, transpose, order, depth, 1, rows.x, 0, rows.width, 0, gram, 0, order);
        }

        private static void centre(int n, int width, double[] x, double[] mean) {
            for (int i = 0; i < n * width; i++) {
                mean[i % width] += x[i] / n;
            }
            for (int i = 0; i < n * width; i++) {
                x[i] -= mean[i % width];
            }
        }

        double lambda(int strength) {
            double largest = 0;
            for (int i = 0; i < order; i++) {
                largest = Math.max(largest, gram[i * order + i]);
            }
            return WEAKEST * Math.pow(10, strength) * (largest > 0 ? largest : 1);
        }

        /// The share of those cases that the fit with that λ gets right.
        double accuracy(Rows cases, double lambda) {
            double[] weights = weights(lambda);
            double[] scores = new double[cases.n * classes];
            multiply(
                    Transpose.NO,
                    cases.n,
                    Transpose.NO,
                    classes,
                    cases.width,
                    cases.x,
                    cases.width,
                    weights,
                    classes,
                    scores);
            double[] offset = new double[classes];
            multiply(Transpose.NO, 1, Transpose.NO, classes, cases.width, mean, cases.width, weights, classes, offset);
            int right = 0;
            for (int i = 0; i < cases.n; i++) {
                int best = 0;
                for (int c = 1; c < classes; c++) {
                    boolean greater = scores[i * classes + c] - offset[c] + share[c]
                            > scores[i * classes + best] - offset[best] + share[best];
                    best = greater ? c : best;
                }
                right += best == cases.labels[i] ? 1 : 0;
            }
            return (double) right / cases.n;
        }

        /// W, [L·C, K].
        private double[] weights(double lambda) {
            double[] system = gram.clone();
            for (int i = 0; i < order; i++) {
                system[i * order + i] += lambda;
            }
            Cholesky.factor(Kernels.f64(), order, system, 0, order);
            double[] weights = new double[rows.width * classes];
            if (dual) {
                double[] alpha = targets.clone();
                solve(system, alpha);
                multiply(
                        Transpose.YES,
                        rows.width,
                        Transpose.NO,
                        classes,
                        rows.n,
                        rows.x,
                        rows.width,
                        alpha,
                        classes,
                        weights);
            } else {
                multiply(
                        Transpose.YES,
                        rows.width,
                        Transpose.NO,
                        classes,
                        rows.n,
                        rows.x,
                        rows.width,
                        targets,
                        classes,
                        weights);
                solve(system, weights);
            }
            return weights;
        }

        /// Solves for all classes with the factor of the system, in place.
        private void solve(double[] factor, double[] b) {
            Cholesky.solve(Kernels.f64(), order, classes, factor, 0, order, b, 0, classes);
        }

        /// C = op(A)·op(B), C of `m × n`, summed over k.
        private static void multiply(
                Transpose ta, int m, Transpose tb, int n, int k, double[] a, int lda, double[] b, int ldb, double[] c) {
            Kernels.f64().gemm(ta, tb, m, n, k, 1, a, 0, lda, b, 0, ldb, 0, c, 0, n);
        }
    }
}
