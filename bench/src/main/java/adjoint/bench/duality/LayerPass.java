package adjoint.bench.duality;

import adjoint.autodiff.DType;
import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.bench.autodiff.Single;
import adjoint.duality.PrimalAttention;
import adjoint.duality.attention.Mechanisms;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.MultiHeadAttention;

/// A layer of attention of width 64 with two heads, its projections included, on `batch` sequences: forward, and the
/// gradients by the input and the parameters; beside the same layer with softmax.
///
/// Two mechanisms give different numbers, so each is compared with itself in double precision: the result is the
/// relative error of the gradient by the input, on one sequence of at most [#CHECKED] tokens.
///
/// @param mechanism a name of [Mechanisms], or [#PRIMAL]
public record LayerPass(String mechanism, Aspect aspect, int batch, int tokens) implements Single {
    /// Primal-Attention, of rank 30, with J² in the loss.
    static final String PRIMAL = "primal";
    static final String SOFTMAX = "softmax";
    private static final int WIDTH = 64;
    private static final int HEADS = 2;
    private static final int RANK = 30;
    private static final int MULTIPLE = 10;
    private static final int CHECKED = 1024;

    /// What is measured of it.
    public enum Aspect {
        /// The time of forward and backward.
        TIME(Unit.MILLISECONDS),
        /// The most memory in use, parameters and gradients included.
        MEMORY(Unit.MEGABYTES);

        private final Unit unit;

        Aspect(Unit unit) {
            this.unit = unit;
        }
    }

    @Override
    public String kernel() {
        return mechanism + (aspect == Aspect.TIME ? "" : ", memory");
    }

    @Override
    public String shape() {
        return batch + "×" + tokens + "×" + WIDTH;
    }

    @Override
    public Unit unit() {
        return aspect.unit;
    }

    @Override
    public double work() {
        return 1;
    }

    /// By how much the errors of single precision may differ.
    @Override
    public double allowed(double largest) {
        return tolerance();
    }

    @Override
    public double[] sketch(Object result) {
        return aspect == Aspect.TIME ? Operation.samples(result) : new double[0];
    }

    /// The layer with that mechanism.
    Attention layer(String name, DType dtype) {
        Rng key = Rng.of(6);
        if (name.equals(PRIMAL)) {
            int samples = PrimalAttention.samples(tokens, RANK, MULTIPLE);
            var settings = new PrimalAttention.Settings(WIDTH, HEADS, RANK, samples, 0.1, PrimalAttention.Mode.PAPER);
            return new PrimalAttention(settings, dtype, key);
        }
        var sizes = new Mechanisms.Sizes(HEADS, WIDTH / HEADS, tokens, 0, dtype);
        return MultiHeadAttention.factory(WIDTH, HEADS, Mechanisms.named(name, sizes), dtype)
                .create(0, key);
    }

    /// What the comparison with double precision is made on.
    LayerPass checked() {
        return new LayerPass(mechanism, aspect, 1, Math.min(tokens, CHECKED));
    }

    int[] dims() {
        return new int[] {batch, tokens, WIDTH};
    }

    /// The input.
    float[] x() {
        return Single.normal(7, batch * tokens * WIDTH);
    }

    /// The gradient of the output.
    float[] weight() {
        return Single.normal(8, batch * tokens * WIDTH);
    }
}
