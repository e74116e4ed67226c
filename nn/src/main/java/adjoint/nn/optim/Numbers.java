package adjoint.nn.optim;

/// The scalars of one step, given in the order in which the [StepRule] asks for them.
public final class Numbers {
    private final double[] target;
    private final int first;
    private int next;

    Numbers(double[] target, int first) {
        this.target = target;
        this.first = first;
        this.next = first;
    }

    /// The next scalar.
    public Numbers put(double value) {
        if (next < target.length) {
            target[next] = value;
        }
        next++;
        return this;
    }

    void begin() {
        next = first;
    }

    /// @throws IllegalStateException if the rule does not ask for as many as were given
    void end(StepRule rule) {
        if (next != target.length) {
            throw new IllegalStateException(
                    rule + " takes " + (target.length - first) + " numbers, the optimiser gave " + (next - first));
        }
    }
}
