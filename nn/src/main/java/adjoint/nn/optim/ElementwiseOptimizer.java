package adjoint.nn.optim;

/// A method that treats every element alike: one fused pass over memory per step. Open to methods of your own:
///
/// ```
/// record Momentum(double learningRate, double momentum) implements ElementwiseOptimizer {
///     private static final StepRule RULE = StepRule.define("momentum", List.of("momentum_buffer"), e -> {
///         Expr buffer = e.state(0).mul(e.number()).add(e.gradient());
///         return e.next(e.parameter().sub(buffer.mul(e.number())), buffer);
///     });
///
///     public StepRule rule() { return RULE; }
///
///     public void numbers(long step, double rate, Numbers numbers) {
///         numbers.put(momentum).put(rate);
///     }
/// }
/// ```
public non-sealed interface ElementwiseOptimizer extends Optimizer {
    /// The formula: the same object for all that differ in numbers only.
    StepRule rule();

    /// Gives the scalars of a step.
    ///
    /// @param step counted from 1
    /// @param rate the learning rate of this step, the schedule's factor included
    void numbers(long step, double rate, Numbers numbers);

    /// What the elements of state array `state` start with.
    default double initialState(int state) {
        return 0;
    }
}
