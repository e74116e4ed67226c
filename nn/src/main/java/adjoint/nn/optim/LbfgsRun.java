package adjoint.nn.optim;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Kernels;
import adjoint.linalg.Precision;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// A minimisation by [Lbfgs] that is under way, iteration by iteration. An iteration allocates nothing of its own.
///
/// @param <A> `float[]` or `double[]`
public final class LbfgsRun<A> {
    private static final String STEPS = "steps";
    private static final String DIFFERENCES = "differences";
    private static final String COUNT = "count";

    /// Below this share of ‖s‖·‖y‖, curvature ⟨s, y⟩ is rounding.
    private static final double LEAST_CURVATURE = 1e-10;

    private final Lbfgs settings;
    private final Kernels<A> kernels;
    private final Lbfgs.Loss<A> loss;
    private final int n;
    private final A x;
    private final A gradient;
    private final A direction;
    private final A trialX;
    private final A trialGradient;

    /// Row k holds the pair number k, k + memory, …, the last of them.
    private final A steps;

    private final A differences;
    private final double[] alphas;
    private long pairs;
    private double value;
    private double trialAlpha;
    private int evaluations;

    /// Evaluates the loss at x, which moves from now on.
    ///
    /// @throws IllegalArgumentException if the loss or gradient is not finite, or the memory does not fit one array
    public LbfgsRun(Lbfgs settings, Kernels<A> kernels, A x, Lbfgs.Loss<A> loss) {
        this.settings = settings;
        this.kernels = kernels;
        this.loss = loss;
        this.n = kernels.precision() == Precision.F32 ? ((float[]) x).length : ((double[]) x).length;
        this.x = x;
        if ((long) n * settings.memory() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "a memory of " + settings.memory() + " steps of " + n + " numbers does not fit one array");
        }
        this.gradient = allocate(n);
        this.direction = allocate(n);
        this.trialX = allocate(n);
        this.trialGradient = allocate(n);
        this.steps = allocate(n * settings.memory());
        this.differences = allocate(n * settings.memory());
        this.alphas = new double[settings.memory()];
        this.value = loss.at(x, gradient);
        this.evaluations = 1;
        if (!Double.isFinite(value) || !kernels.allFinite(gradient, 0, n)) {
            throw new IllegalArgumentException("the loss at the start is " + value + ", its gradient's norm "
                    + gradientNorm() + "; both must be finite");
        }
    }

    @SuppressWarnings("unchecked") // a precision allocates the arrays of its kernels
    private A allocate(int length) {
        return (A) kernels.precision().allocate(length);
    }

    /// The loss at x.
    public double loss() {
        return value;
    }

    public double gradientNorm() {
        return norm(gradient);
    }

    /// Whether the gradient is within its tolerance.
    public boolean converged() {
        return gradientNorm() <= settings.gradientTolerance();
    }

    Lbfgs.Result result(int iterations, Lbfgs.Ending ending) {
        return new Lbfgs.Result(value, gradientNorm(), iterations, evaluations, ending);
    }

    /// Takes a step.
    ///
    /// @return false if there is no better point along the direction; then x is as it was
    public boolean iterate() {
        findDirection();
        double slope = kernels.dot(gradient, 0, direction, 0, n);
        if (!(slope < 0)) {
            pairs = 0;
            findDirection();
            slope = kernels.dot(gradient, 0, direction, 0, n);
        }
        double first = pairs == 0 ? Math.min(1, 1 / gradientNorm()) : 1;
        double reached = slope < 0 ? new LineSearch(slope).run(first) : Double.NaN;
        if (Double.isNaN(reached)) {
            return false;
        }
        remember();
        System.arraycopy(trialX, 0, x, 0, n);
        System.arraycopy(trialGradient, 0, gradient, 0, n);
        value = reached;
        return true;
    }

    /// The two loops of algorithm 7.4: `d = −H·∇f`.
    private void findDirection() {
        System.arraycopy(gradient, 0, direction, 0, n);
        kernels.scale(n, -1, direction, 0);
        int memory = settings.memory();
        long oldest = Math.max(0, pairs - memory);
        for (long k = pairs - 1; k >= oldest; k--) {
            int row = (int) (k % memory);
            alphas[row] = kernels.dot(steps, row * n, direction, 0, n) / curvature(row);
            kernels.axpy(n, -alphas[row], differences, row * n, direction, 0);
        }
        if (pairs > 0) {
            int last = (int) ((pairs - 1) % memory);
            double scale = curvature(last) / kernels.sumSquares(differences, last * n, n);
            kernels.scale(n, scale, direction, 0);
        }
        for (long k = oldest; k < pairs; k++) {
            int row = (int) (k % memory);
            double beta = kernels.dot(differences, row * n, direction, 0, n) / curvature(row);
            kernels.axpy(n, alphas[row] - beta, steps, row * n, direction, 0);
        }
    }

    private double curvature(int row) {
        return kernels.dot(steps, row * n, differences, row * n, n);
    }

    /// Keeps the step from x to the trial point, if the loss is convex along it.
    private void remember() {
        int row = (int) (pairs % settings.memory());
        System.arraycopy(trialX, 0, steps, row * n, n);
        kernels.axpy(n, -1, x, 0, steps, row * n);
        System.arraycopy(trialGradient, 0, differences, row * n, n);
        kernels.axpy(n, -1, gradient, 0, differences, row * n);
        double sizes = kernels.sumSquares(steps, row * n, n) * kernels.sumSquares(differences, row * n, n);
        if (curvature(row) > LEAST_CURVATURE * Math.sqrt(sizes)) {
            pairs++;
        }
    }

    private double norm(A vector) {
        return Math.sqrt(kernels.sumSquares(vector, 0, n));
    }

    /// Looks along the direction.
    private final class LineSearch {
        private final double slope;
        private int left = settings.maxEvaluations();

        /// The loss and its slope at the trial point.
        private double f;
        private double df;

        LineSearch(double slope) {
            this.slope = slope;
        }

        /// Algorithm 3.5.
        ///
        /// @return the loss at the trial point, or NaN if there is none that is better
        double run(double alpha) {
            double before = 0;
            double fBefore = value;
            double dfBefore = slope;
            while (left > 0) {
                evaluate(alpha);
                if (tooHigh(alpha) || before > 0 && f >= fBefore) {
                    return zoom(before, fBefore, dfBefore, alpha, f, df);
                }
                if (Math.abs(df) <= -settings.c2() * slope) {
                    return f;
                }
                if (df >= 0) {
                    return zoom(alpha, f, df, before, fBefore, dfBefore);
                }
                double further = cubic(before, fBefore, dfBefore, alpha, f, df);
                double next = Math.clamp(
                        Double.isNaN(further) || further <= alpha ? 2 * alpha : further, 1.1 * alpha, 10 * alpha);
                before = alpha;
                fBefore = f;
                dfBefore = df;
                alpha = next;
            }
            return accept(before, fBefore);
        }

        /// Algorithm 3.6: the interval from `low`, the best point so far, to `high` holds a point as wanted.
        private double zoom(double low, double fLow, double dfLow, double high, double fHigh, double dfHigh) {
            while (left > 0) {
                double width = high - low;
                double alpha = cubic(low, fLow, dfLow, high, fHigh, dfHigh);
                double share = (alpha - low) / width;
                if (!(share >= 0.1 && share <= 0.9)) {
                    alpha = low + width / 2;
                }
                if (alpha == low || alpha == high) {
                    break;
                }
                evaluate(alpha);
                if (tooHigh(alpha) || f >= fLow) {
                    high = alpha;
                    fHigh = f;
                    dfHigh = df;
                    continue;
                }
                if (Math.abs(df) <= -settings.c2() * slope) {
                    return f;
                }
                if (df * width >= 0) {
                    high = low;
                    fHigh = fLow;
                    dfHigh = dfLow;
                }
                low = alpha;
                fLow = f;
                dfLow = df;
            }
            return accept(low, fLow);
        }

        private boolean tooHigh(double alpha) {
            return !(f <= value + settings.c1() * alpha * slope) || !Double.isFinite(df);
        }

        /// Settles for a point that is better, if not as wanted.
        private double accept(double alpha, double loss) {
            if (alpha == 0 || !(loss < value)) {
                return Double.NaN;
            }
            if (trialAlpha != alpha) {
                evaluate(alpha);
            }
            return f;
        }

        private void evaluate(double alpha) {
            System.arraycopy(x, 0, trialX, 0, n);
            kernels.axpy(n, alpha, direction, 0, trialX, 0);
            f = loss.at(trialX, trialGradient);
            df = kernels.dot(trialGradient, 0, direction, 0, n);
            trialAlpha = alpha;
            evaluations++;
            left--;
        }

        /// Where the cubic through both points has its minimum (3.59); NaN if it has none.
        private static double cubic(double a, double fa, double da, double b, double fb, double db) {
            double d1 = da + db - 3 * (fa - fb) / (a - b);
            double d2 = Math.signum(b - a) * Math.sqrt(d1 * d1 - da * db);
            return b - (b - a) * ((db + d2 - d1) / (db - da + 2 * d2));
        }
    }

    /// What it remembers beside x. Not a copy.
    public SortedMap<String, Tensor> state() {
        Shape shape = Shape.of(settings.memory(), n);
        return new TreeMap<>(Map.of(
                STEPS, Tensor.wrap(steps, 0, shape),
                DIFFERENCES, Tensor.wrap(differences, 0, shape),
                COUNT, Tensor.ofLongs(new long[] {pairs}, 1)));
    }

    /// Goes on from a state; x has to be what it was then.
    ///
    /// @throws IllegalArgumentException if the state is that of another size; nothing is changed then
    public void restore(Map<String, Tensor> state) {
        SortedMap<String, Tensor> own = state();
        own.forEach((name, tensor) -> {
            Tensor other = state.get(name);
            if (other == null
                    || other.dtype() != tensor.dtype()
                    || !other.shape().equals(tensor.shape())) {
                throw new IllegalArgumentException("the state of L-BFGS needs " + name + ", " + tensor.dtype() + " "
                        + tensor.shape() + "; it is "
                        + (other == null ? "missing" : other.dtype() + " " + other.shape()));
            }
        });
        long count = (long) state.get(COUNT).item();
        if (count < 0) {
            throw new IllegalArgumentException("the state of L-BFGS has a count of " + count);
        }
        state.get(STEPS).copyTo(steps, 0);
        state.get(DIFFERENCES).copyTo(differences, 0);
        pairs = count;
    }
}
