package adjoint.nn.optim;

import adjoint.autodiff.Shape;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// The steps of the optimisers as their papers and programs state them, in plain loops over the elements of one
/// parameter.
final class ReferenceStep {
    final double[] p;
    private final Optimizer optimizer;
    private final int rows;
    private final int columns;
    private final double[] a;
    private final double[] b;
    private final double[] c;
    private double product = 1;

    ReferenceStep(Optimizer optimizer, double[] start, Shape shape) {
        this.optimizer = optimizer;
        this.p = start.clone();
        this.a = new double[p.length];
        this.b = new double[p.length];
        this.c = new double[p.length];
        this.rows = shape.rank() < 2 ? 1 : shape.dim(0);
        this.columns = p.length == 0 ? 0 : p.length / rows;
        if (optimizer instanceof Adagrad o) {
            Arrays.fill(a, o.initial());
        }
    }

    void step(int t, double factor, double[] gradient) {
        double lr = optimizer.learningRate() * factor;
        double muBefore = product;
        if (optimizer instanceof NAdam o) {
            product *= o.beta1() * (1 - 0.5 * Math.pow(0.96, t * o.momentumDecay()));
        }
        for (int i = 0; i < p.length; i++) {
            double g = gradient[i];
            switch (optimizer) {
                case Adam o -> {
                    moments(i, g + o.weightDecay() * p[i], o.beta1(), o.beta2());
                    double vHat = b[i] / (1 - Math.pow(o.beta2(), t));
                    p[i] -= lr * (a[i] / (1 - Math.pow(o.beta1(), t))) / (Math.sqrt(vHat) + o.epsilon());
                }
                case AdamW o -> {
                    p[i] -= lr * o.weightDecay() * p[i];
                    moments(i, g, o.beta1(), o.beta2());
                    double vHat = b[i] / (1 - Math.pow(o.beta2(), t));
                    p[i] -= lr * (a[i] / (1 - Math.pow(o.beta1(), t))) / (Math.sqrt(vHat) + o.epsilon());
                }
                case RAdam o -> radam(i, o, t, lr, g);
                case NAdam o -> {
                    moments(i, g + o.weightDecay() * p[i], o.beta1(), o.beta2());
                    double mu = product / muBefore;
                    double next = o.beta1() * (1 - 0.5 * Math.pow(0.96, (t + 1) * o.momentumDecay()));
                    double scale = Math.sqrt(b[i] / (1 - Math.pow(o.beta2(), t))) + o.epsilon();
                    double decayed = g + o.weightDecay() * p[i];
                    p[i] -= lr * (1 - mu) / (1 - product) * decayed / scale;
                    p[i] -= lr * next / (1 - product * next) * a[i] / scale;
                }
                case Adamax o -> {
                    double decayed = g + o.weightDecay() * p[i];
                    a[i] = o.beta1() * a[i] + (1 - o.beta1()) * decayed;
                    b[i] = Math.max(o.beta2() * b[i], Math.abs(decayed) + o.epsilon());
                    p[i] -= lr / (1 - Math.pow(o.beta1(), t)) * a[i] / b[i];
                }
                case Adagrad o -> {
                    double decayed = g + o.weightDecay() * p[i];
                    a[i] += decayed * decayed;
                    p[i] -= lr / (1 + (t - 1) * o.lrDecay()) * decayed / (Math.sqrt(a[i]) + o.epsilon());
                }
                case RmsProp o -> {
                    double decayed = g + o.weightDecay() * p[i];
                    a[i] = o.alpha() * a[i] + (1 - o.alpha()) * decayed * decayed;
                    b[i] = o.alpha() * b[i] + (1 - o.alpha()) * decayed;
                    double variance = o.centered() ? Math.max(0, a[i] - b[i] * b[i]) : a[i];
                    c[i] = o.momentum() * c[i] + decayed / (Math.sqrt(variance) + o.epsilon());
                    p[i] -= lr * c[i];
                }
                case Sgd o -> {
                    double decayed = g + o.weightDecay() * p[i];
                    a[i] = t == 1 ? decayed : o.momentum() * a[i] + (1 - o.dampening()) * decayed;
                    p[i] -= lr * (o.nesterov() ? decayed + o.momentum() * a[i] : o.momentum() == 0 ? decayed : a[i]);
                }
                case Lion o -> {
                    double update = Math.signum(o.beta1() * a[i] + (1 - o.beta1()) * g);
                    p[i] -= lr * (update + o.weightDecay() * p[i]);
                    a[i] = o.beta2() * a[i] + (1 - o.beta2()) * g;
                }
                case Lamb o -> moments(i, g, o.beta1(), o.beta2());
                case MatrixOptimizer o -> a[i] += o.averaging() * (g - a[i]);
                case DualPreconditionedSgd o -> a[i] = o.momentum() * a[i] + (1 - o.momentum()) * g;
                case ElementwiseOptimizer o -> throw new AssertionError(o);
            }
        }
        switch (optimizer) {
            case Lamb o -> lamb(o, t, lr);
            case MatrixOptimizer o -> matrix(o, lr, gradient);
            case DualPreconditionedSgd o -> dual(o, lr);
            case ElementwiseOptimizer _ -> {}
        }
    }

    private void moments(int i, double g, double beta1, double beta2) {
        a[i] = beta1 * a[i] + (1 - beta1) * g;
        b[i] = beta2 * b[i] + (1 - beta2) * g * g;
    }

    private void radam(int i, RAdam o, int t, double lr, double g) {
        boolean authors = o.variant() == RAdam.Variant.AUTHORS;
        if (authors) {
            p[i] *= 1 - lr * o.weightDecay();
        }
        moments(i, authors ? g : g + o.weightDecay() * p[i], o.beta1(), o.beta2());
        double power = Math.pow(o.beta2(), t);
        double limit = 2 / (1 - o.beta2()) - 1;
        double rho = limit - 2 * t * power / (1 - power);
        double mHat = a[i] / (1 - Math.pow(o.beta1(), t));
        if (rho > 5) {
            double rectification = Math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho));
            p[i] -= lr * mHat * rectification * Math.sqrt(1 - power) / (Math.sqrt(b[i]) + o.epsilon());
        } else {
            p[i] -= lr * mHat;
        }
    }

    private void lamb(Lamb o, int t, double lr) {
        double[] u = new double[p.length];
        for (int i = 0; i < u.length; i++) {
            double mHat = a[i] / (1 - Math.pow(o.beta1(), t));
            double vHat = b[i] / (1 - Math.pow(o.beta2(), t));
            u[i] = mHat / (Math.sqrt(vHat) + o.epsilon()) + o.weightDecay() * p[i];
        }
        double ratio = norm(u) > 0 && norm(p) > 0 ? norm(p) / norm(u) : 1;
        for (int i = 0; i < u.length; i++) {
            p[i] -= lr * ratio * u[i];
        }
    }

    private void dual(DualPreconditionedSgd o, double lr) {
        DoubleUnaryOperator h = y -> switch (o.reference()) {
            case QUADRATIC -> y;
            // Through the logarithm that is precise where y is not small; through the series where it is.
            case COSH ->
                Math.abs(y) < 1e-4 ? y - y * y * y / 6 : Math.signum(y) * Math.log(Math.abs(y) + Math.sqrt(y * y + 1));
            case EXPONENTIAL -> Math.signum(y) * Math.log1p(Math.abs(y));
            case LOGARITHMIC -> y / (1 + Math.abs(y));
            case CIRCULAR -> y / Math.sqrt(1 + y * y);
        };
        double norm = norm(a);
        for (int i = 0; i < p.length; i++) {
            p[i] -= lr
                    * (o.geometry() == DualPreconditionedSgd.Geometry.SEPARABLE
                            ? h.applyAsDouble(o.scale() * a[i])
                            : norm == 0 ? 0 : h.applyAsDouble(o.scale() * norm) * a[i] / norm);
        }
    }

    private void matrix(MatrixOptimizer o, double lr, double[] gradient) {
        double[] d = a.clone();
        if (o.nesterov()) {
            for (int i = 0; i < d.length; i++) {
                d[i] = o.averaging() * gradient[i] + (1 - o.averaging()) * a[i];
            }
        }
        double[] lmo = switch (o.ball()) {
            case SPECTRAL -> spectral(o.polynomial(), d);
            case SIGN -> Arrays.stream(d).map(x -> -Math.signum(x)).toArray();
            case EUCLIDEAN -> {
                double norm = norm(d);
                yield Arrays.stream(d).map(x -> norm > 0 ? -x / norm : 0).toArray();
            }
            case ROWS, COLUMNS -> {
                double[] out = new double[d.length];
                for (int i = 0; i < d.length; i++) {
                    double squares = 0;
                    for (int k = 0; k < d.length; k++) {
                        boolean same = o.ball() == MatrixOptimizer.Ball.ROWS
                                ? k / columns == i / columns
                                : k % columns == i % columns;
                        squares += same ? d[k] * d[k] : 0;
                    }
                    out[i] = squares > 0 ? -d[i] / Math.sqrt(squares) : 0;
                }
                yield out;
            }
        };
        double scaling = switch (o.scaling()) {
            case NONE -> 1;
            case OPERATOR -> Math.sqrt((double) rows / columns);
            case AT_LEAST_ONE -> Math.sqrt(Math.max(1, (double) rows / columns));
            case LIKE_ADAMW -> 0.2 * Math.sqrt(Math.max(rows, columns));
        };
        for (int i = 0; i < p.length; i++) {
            switch (o) {
                case Muon muon -> p[i] = p[i] - lr * muon.weightDecay() * p[i] + lr * scaling * lmo[i];
                case Scion scion ->
                    p[i] = (scion.constrained() ? (1 - lr) * p[i] : p[i]) + lr * scion.radius() * scaling * lmo[i];
            }
        }
    }

    /// −(aX + (bG + cG²)X) with G = XXᵀ, again and again.
    private double[] spectral(NewtonSchulz.Polynomial f, double[] d) {
        double norm = norm(d);
        double[][] x = new double[rows][columns];
        for (int i = 0; i < d.length; i++) {
            x[i / columns][i % columns] = norm > 0 ? d[i] / norm : 0;
        }
        for (int n = 0; n < f.iterations(); n++) {
            double[][] gram = new double[rows][rows];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < rows; j++) {
                    for (int k = 0; k < columns; k++) {
                        gram[i][j] += x[i][k] * x[j][k];
                    }
                }
            }
            double[][] gx = times(gram, x);
            double[][] ggx = times(gram, gx);
            for (int i = 0; i < rows; i++) {
                for (int k = 0; k < columns; k++) {
                    x[i][k] = f.a() * x[i][k] + f.b() * gx[i][k] + f.c() * ggx[i][k];
                }
            }
        }
        double[] out = new double[d.length];
        for (int i = 0; i < d.length; i++) {
            out[i] = -x[i / columns][i % columns];
        }
        return out;
    }

    private double[][] times(double[][] g, double[][] x) {
        double[][] out = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
                for (int k = 0; k < columns; k++) {
                    out[i][k] += g[i][j] * x[j][k];
                }
            }
        }
        return out;
    }

    private static double norm(double[] x) {
        double squares = 0;
        for (double element : x) {
            squares += element * element;
        }
        return Math.sqrt(squares);
    }
}
