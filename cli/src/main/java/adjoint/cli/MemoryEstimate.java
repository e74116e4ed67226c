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
        Config.Attention.Kind kind = model.attention().kind();
        double common = RESULTS_PER_LAYER * n * model.width() + RESULTS_PER_FEED_FORWARD * n * model.feedForward();
        double scores = model.attending() * scores(kind, model, n)
                + (model.layers() - model.attending()) * scores(Config.Attention.Kind.SOFTMAX, model, n);
        double layers = model.layers() * common + RESULTS_PER_SCORE * model.heads() * scores;
        double sample = outside.perSample() + 6 * n * model.width() + layers;
        double parameters = parameters(model, outside);
        return new MemoryEstimate(FLOAT * parameters * (3 + config.training().shards()), FLOAT * sample);
    }

    private static double scores(Config.Attention.Kind kind, Config.Model model, double n) {
        double p = model.width() / (double) model.heads();
        Config.Attention attention = model.attention();
        int rank = attention.rank();
        return switch (kind.word()) {
            case "primal" -> 2.0 * n * rank;
            case "ksvd", "stiefel" -> 2.0 * n * p;
            case "kep" -> attention.kep() == Config.Attention.Kep.CORRECTED ? 4 * n * rank : n * rank * (rank + 4.0);
            case "linear", "cosine" -> n * p;
            case "favor-hyperbolic", "favor", "favor-iid" ->
                attention.features() > 0 ? n * attention.features() : n * p * Math.max(2, Math.log(p));
            case "cosformer" -> n * p * Math.max(2, Math.log(p));
            case "nystrom" ->
                2 * n * (attention.landmarks() > 0 ? Math.min(n, attention.landmarks()) : Math.clamp(n / 4, 1, 64));
            case "sinkhorn" -> (attention.iterations() + 1) / 2.0 * n * n;
            case "entmax", "sparsemax" -> 2 * n * n;
            default -> n * n;
        };
    }

    /// The number of parameters of a model.
    static double parameters(Config.Model model, Outside outside) {
        double d = model.width();
        double f = model.feedForward();
        Config.Attention attention = model.attention();
        double layer = d * d + d + 2 * d * f + f + d + 4 * d;
        double attend = model.attending() * attend(attention.kind(), model, outside.tokens())
                + (model.layers() - model.attending()) * attend(Config.Attention.Kind.SOFTMAX, model, outside.tokens());
        return outside.parameters() + model.layers() * layer + attend + 2 * d;
    }

    /// Without the last projection.
    private static double attend(Config.Attention.Kind kind, Config.Model model, int tokens) {
        Config.Attention attention = model.attention();
        double d = model.width();
        double p = d / model.heads();
        int h = model.heads();
        return switch (kind.word()) {
            case "primal" -> {
                double s = attention.rank();
                double samples = model.input() instanceof Config.Tokens
                        ? p
                        : PrimalAttention.samples(tokens, attention.rank(), attention.rankMulti());
                yield 2 * d * d + 2 * d + 2 * h * samples * s + h * s + (2 * s + 1) * p;
            }
            case "ksvd", "stiefel" -> {
                int rank = Recipe.rank(model, tokens);
                double vectors = kind == Config.Attention.Kind.STIEFEL ? 2 * d * rank : 0;
                yield 2 * d * d + 2 * d + (2 * rank + 1) * p + vectors;
            }
            case "kep" -> {
                double s = Recipe.rank(model, tokens);
                double samples = PrimalAttention.samples(tokens, (int) s, attention.rankMulti());
                double last = attention.kep() == Config.Attention.Kep.CORRECTED ? 0 : d * d + d;
                yield 2 * d * d + h * s * (2 * samples + 1 + 2 * s + s * s) + (s + 1) * p - last;
            }
            default ->
                3 * d * d
                        + 3 * d
                        + Parameters.of(Recipe.mechanism(kind, model, tokens, Rng.of(0)))
                                .count();
        };
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
