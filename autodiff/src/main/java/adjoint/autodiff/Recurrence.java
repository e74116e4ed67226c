package adjoint.autodiff;

/// Recurrent layers over a whole sequence, each as one operation: the loop over steps with its matrix products and its
/// gates, and back through time.
///
/// `inputs` is `[steps, batch, gates·width]`, what a layer's input contributes to the gates before their functions, for
/// example `x.linear(weight, bias)`; `weight` `[gates·width, width]` and `bias` `[gates·width]` make what the state
/// contributes; states are `[batch, width]`. Gates and their order are PyTorch's. Reversed, the last step comes first;
/// results stay where their steps are.
///
/// ```
/// Recurrence.Lstm run = Recurrence.lstm(x.linear(wIn, bIn), wState, bState, h, c, false);
/// Tensor y = run.states();                                        // [steps, batch, width]
/// ```
///
/// O(steps·batch·gates·width²) time. Gradients of gradients take the steps one by one, as other operations.
///
/// @see <a href="https://doi.org/10.1162/neco.1997.9.8.1735">Hochreiter, Schmidhuber, Long short-term memory, 1997</a>
public final class Recurrence {
    private Recurrence() {}

    /// What an LSTM leaves.
    ///
    /// @param states the state after each step, `[steps, batch, width]`
    /// @param state the last one in the order of the recurrence, `[batch, width]`
    /// @param cell the last cell, `[batch, width]`
    public record Lstm(Tensor states, Tensor state, Tensor cell) {}

    /// Long short-term memory: gates i, f, g, o; `c ← σ(f)·c + σ(i)·tanh(g)`, `h ← σ(o)·tanh(c)`.
    ///
    /// @param state h before the first step
    /// @param cell c before the first step
    /// @throws ShapeError if the shapes do not fit each other, or there is no step
    public static Lstm lstm(Tensor inputs, Tensor weight, Tensor bias, Tensor state, Tensor cell, boolean reverse) {
        Tensor all = Engine.run(Recurring.LSTM, reverse, new Tensor[] {inputs, weight, bias, state, cell});
        int steps = all.dim(0) - 1;
        Tensor states = all.slice(0, 0, steps);
        return new Lstm(states, last(states, reverse), all.select(0, steps));
    }

    /// Gated recurrent units: gates r, z, n; `n = tanh(xₙ + σ(r)·(Wₙ·h + bₙ))`, `h ← (1 − σ(z))·n + σ(z)·h`.
    ///
    /// @return the state after each step, `[steps, batch, width]`
    /// @throws ShapeError if the shapes do not fit each other, or there is no step
    public static Tensor gru(Tensor inputs, Tensor weight, Tensor bias, Tensor state, boolean reverse) {
        return Engine.run(Recurring.GRU, reverse, new Tensor[] {inputs, weight, bias, state});
    }

    /// `h ← tanh(x + W·h + b)`.
    ///
    /// @return the state after each step, `[steps, batch, width]`
    /// @throws ShapeError if the shapes do not fit each other, or there is no step
    public static Tensor tanh(Tensor inputs, Tensor weight, Tensor bias, Tensor state, boolean reverse) {
        return Engine.run(Recurring.TANH, reverse, new Tensor[] {inputs, weight, bias, state});
    }

    /// `h ← max(x + W·h + b, 0)`.
    ///
    /// @return the state after each step, `[steps, batch, width]`
    /// @throws ShapeError if the shapes do not fit each other, or there is no step
    public static Tensor relu(Tensor inputs, Tensor weight, Tensor bias, Tensor state, boolean reverse) {
        return Engine.run(Recurring.RELU, reverse, new Tensor[] {inputs, weight, bias, state});
    }

    /// The last of all states in the order of the recurrence.
    public static Tensor last(Tensor states, boolean reverse) {
        return states.select(0, reverse ? 0 : states.dim(0) - 1);
    }
}
