package adjoint.cli.config;

/// The average of the weights that is kept beside them, chosen by the key `optimiser.average.kind`.
public sealed interface Averaging {
    record None() implements Averaging {}

    record Exponential(@Default("0.999") double decay) implements Averaging {
        public Exponential {
            Refusal.fraction("decay", decay);
        }
    }

    /// @param start the first step whose weights count
    record Equal(long start, @Default("1") long every) implements Averaging {
        public Equal {
            Refusal.atLeast(1, "start", start);
            Refusal.atLeast(1, "every", every);
        }
    }
}
