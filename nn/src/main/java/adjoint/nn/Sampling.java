package adjoint.nn;

import adjoint.linalg.Rng;
import java.util.stream.IntStream;

/// How a token is drawn from logits: of the `topK` likeliest, and of these of the fewest that together have at least
/// the probability `topP` (Holtzman et al., 2020), one with the probability softmax(logits/temperature) among them. Of
/// tokens that are equally likely the first counts as the likelier one.
///
/// ```
/// int token = new Sampling(0.8).topK(40).draw(logits, Rng.of(seed), position);
/// ```
///
/// @param temperature 0 takes the likeliest token always
/// @param topK how many tokens may be drawn; [Integer#MAX_VALUE] for all
/// @param topP in (0, 1], the share of the probability that may be drawn
public record Sampling(double temperature, int topK, double topP) {
    /// @throws IllegalArgumentException if a number is out of its range
    public Sampling {
        if (!(temperature >= 0) || temperature == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("the temperature must be finite and ≥ 0, got " + temperature);
        }
        if (topK < 1) {
            throw new IllegalArgumentException("topK must be ≥ 1, got " + topK);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP must be in (0, 1], got " + topP);
        }
    }

    /// Of all tokens.
    public Sampling(double temperature) {
        this(temperature, Integer.MAX_VALUE, 1);
    }

    /// The likeliest token always.
    public static Sampling greedy() {
        return new Sampling(0);
    }

    public Sampling topK(int topK) {
        return new Sampling(temperature, topK, topP);
    }

    public Sampling topP(double topP) {
        return new Sampling(temperature, topK, topP);
    }

    /// @param logits one per token
    /// @param key with `counter` determines the draw
    /// @throws IllegalArgumentException if there are no logits, one is NaN or +∞, or all are −∞
    public int draw(double[] logits, Rng key, long counter) {
        int[] order = likeliestFirst(logits);
        if (temperature == 0) {
            return order[0];
        }
        // The sums of the weights of the likeliest, the likeliest two, ….
        double[] sums = new double[Math.min(topK, order.length)];
        double sum = 0;
        for (int i = 0; i < sums.length; i++) {
            sum += Math.exp((logits[order[i]] - logits[order[0]]) / temperature);
            sums[i] = sum;
        }
        int last = first(sums, topP * sum, sums.length - 1);
        return order[first(sums, Math.nextUp(key.uniform(counter) * sums[last]), last)];
    }

    /// The first place whose sum is at least that, or `last`.
    private static int first(double[] sums, double least, int last) {
        int i = 0;
        while (i < last && sums[i] < least) {
            i++;
        }
        return i;
    }

    private static int[] likeliestFirst(double[] logits) {
        if (logits.length == 0) {
            throw new IllegalArgumentException("a token is drawn from at least one logit, got none");
        }
        for (int i = 0; i < logits.length; i++) {
            if (Double.isNaN(logits[i]) || logits[i] == Double.POSITIVE_INFINITY) {
                throw new IllegalArgumentException("no token can be drawn: logit " + i + " is " + logits[i]);
            }
        }
        int[] order = IntStream.range(0, logits.length)
                .boxed()
                .sorted((a, b) -> Double.compare(logits[b], logits[a]))
                .mapToInt(Integer::intValue)
                .toArray();
        if (logits[order[0]] == Double.NEGATIVE_INFINITY) {
            throw new IllegalArgumentException("no token can be drawn: all logits are −∞");
        }
        return order;
    }
}
