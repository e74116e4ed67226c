package adjoint.nn.optim;

/// Rejects settings that no method can run with.
final class Options {
    private Options() {}

    static void learningRate(double value) {
        require(value >= 0 && value < Double.POSITIVE_INFINITY, "learning rate", value, "≥ 0");
    }

    static void weightDecay(double value) {
        require(value >= 0 && value < Double.POSITIVE_INFINITY, "weight decay", value, "≥ 0");
    }

    static void epsilon(double value) {
        require(value > 0 && value < Double.POSITIVE_INFINITY, "epsilon", value, "> 0");
    }

    /// A factor of an exponential average.
    static void average(String what, double value) {
        require(value >= 0 && value < 1, what, value, "in [0, 1)");
    }

    static void positive(String what, double value) {
        require(value > 0 && value < Double.POSITIVE_INFINITY, what, value, "> 0");
    }

    static void notNegative(String what, double value) {
        require(value >= 0 && value < Double.POSITIVE_INFINITY, what, value, "≥ 0");
    }

    static void require(boolean holds, String what, Object value, String needed) {
        if (!holds) {
            throw new IllegalArgumentException("the optimiser's " + what + " must be " + needed + ", got " + value);
        }
    }

    /// The settings that the family of Adam shares.
    static void adam(double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {
        learningRate(learningRate);
        average("beta1", beta1);
        average("beta2", beta2);
        epsilon(epsilon);
        weightDecay(weightDecay);
    }
}
