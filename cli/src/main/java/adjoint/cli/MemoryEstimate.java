package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.report.Figures;
import adjoint.cli.run.RunException;
import adjoint.duality.PrimalAttention;
import adjoint.linalg.Rng;
import adjoint.nn.Parameters;

/// What a training keeps on the heap, estimated before anything is built, in bytes.
///
/// @param fixed weights, moments and gradients: 4·P·(3 + shards) for P parameters
/// @param perSample what one sample of a batch keeps from its forward pass to its backward pass, and their gradients
record MemoryEstimate(double fixed, double perSample) {
    private static final int FLOAT = 4;
    // The multiples below are fitted to what the buffers of training steps were seen to take; the sum is then right to
    // about a fifth.
    /// What a tape keeps per layer, in multiples of N·d: the results of projections, sums, norms and dropouts, and the
    /// gradients under way.
    private static final double RESULTS_PER_LAYER = 17;
    /// The same for the results of the feed-forward part, in multiples of N·(its inner width).
    private static final double RESULTS_PER_FEED_FORWARD = 4;
    /// The same for scores: N·s per head of primal attention, N·m of m features, N·N of a matrix of weights.
    private static final double RESULTS_PER_SCORE = 4.5;

    /// What a model has beside its layers.
    ///
    /// @param tokens N, the longest sequence of the layers
    /// @param parameters of what is before and after them, but for their last norm
    /// @param perSample the numbers of a sample that are neither tokens nor in the layers
    record Outside(int tokens, double parameters, double perSample) {}

    /// The estimate for a model on a problem.
    static MemoryEstimate of(Config config, Problem<?> problem) {
        Config.Model model = config.model();
        Outside outside = problem.outside(model);
        double n = outside.tokens();
        double p = model.width() / (double) model.heads();
        double scores = switch (model.attention().kind()) {
            case PRIMAL -> 2.0 * n * model.attention().rank();
            case KSVD, STIEFEL -> 2.0 * n * p;
            case LINEAR, COSINE -> n * p;
            case COSFORMER, FAVOR_HYPERBOLIC, FAVOR, FAVOR_IID -> n * p * Math.max(2, Math.log(p));
            case NYSTROM -> 2 * n * Math.clamp(n / 4, 1, 64);
            case SINKHORN, ENTMAX, SPARSEMAX -> 2 * n * n;
            default -> n * n;
        };
        double perLayer = RESULTS_PER_LAYER * n * model.width()
                + RESULTS_PER_FEED_FORWARD * n * model.feedForward()
                + RESULTS_PER_SCORE * model.heads() * scores;
        double sample = outside.perSample() + 6 * n * model.width() + model.layers() * perLayer;
        double parameters = parameters(model, outside);
        return new MemoryEstimate(FLOAT * parameters * (3 + config.training().shards()), FLOAT * sample);
    }

    /// The number of parameters of a model.
    static double parameters(Config.Model model, Outside outside) {
        double d = model.width();
        double f = model.feedForward();
        Config.Attention attention = model.attention();
        double s = attention.rank();
        double p = d / model.heads();
        double samples = model.input() instanceof Config.Tokens
                ? p
                : PrimalAttention.samples(outside.tokens(), attention.rank(), attention.rankMulti());
        double attend = switch (attention.kind()) {
            case PRIMAL -> 2 * d * d + 2 * d + 2 * model.heads() * samples * s + model.heads() * s + (2 * s + 1) * p;
            case KSVD, STIEFEL -> {
                int rank = Recipe.rank(model, outside.tokens());
                double vectors = attention.kind() == Config.Attention.Kind.STIEFEL ? 2 * d * rank : 0;
                yield 2 * d * d + 2 * d + (2 * rank + 1) * p + vectors;
            }
            default ->
                3 * d * d
                        + 3 * d
                        + Parameters.of(Recipe.mechanism(model, outside.tokens(), Rng.of(0)))
                                .count();
        };
        double layer = attend + d * d + d + 2 * d * f + f + d + 4 * d;
        return outside.parameters() + model.layers() * layer + 2 * d;
    }

    /// All of it for batches of that size.
    double bytes(int batch) {
        return fixed + batch * perSample;
    }

    /// Refuses a batch that the heap cannot hold.
    ///
    /// @param heap the heap's greatest size, in bytes
    /// @throws RunException if it cannot; the message says how much is needed and how to need less
    void require(int batch, long heap) {
        if (bytes(batch) > heap) {
            throw new RunException(shortage(batch, heap));
        }
    }

    /// That the heap cannot hold a batch, with what is needed and how to need less.
    String shortage(int batch, long heap) {
        long fitting = (long) Math.floor((heap - fixed) / perSample);
        return "not enough memory for a batch of " + batch + ": about " + Figures.bytes(bytes(batch))
                + " are needed, the heap has " + Figures.bytes(heap) + "; "
                + (fitting >= 1 && fitting < batch
                        ? "take --batch " + fitting + " or fewer, "
                        : "take a smaller model.width, model.feedForward or --batch, ")
                + "or give Java a larger heap, e.g. JDK_JAVA_OPTIONS=-Xmx"
                + Math.ceilDiv((long) (1.2 * bytes(batch)), 1L << 30)
                + "g";
    }
}
