package adjoint.nn.optim;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// The formula of a method that treats every element alike: from gradient, parameter, state and the step's numbers to
/// the new parameter and state.
///
/// ```
/// StepRule momentum = StepRule.define("momentum", List.of("momentum_buffer"), e -> {
///     Expr buffer = e.state(0).mul(e.number()).add(e.gradient());
///     return e.next(e.parameter().sub(buffer.mul(e.number())), buffer);
/// });
/// ```
///
/// It becomes one fused pass over memory. Hold it in a constant: a rule that is defined again is compiled again.
/// An element whose gradient, parameter and state are 0 must stay 0, as padding does.
public final class StepRule {
    private final String name;
    private final List<String> states;
    private final Function<Element, Next> definition;
    private final Map<Integer, Compiled> chains = new ConcurrentHashMap<>();

    private StepRule(String name, List<String> states, Function<Element, Next> definition) {
        this.name = name;
        this.states = List.copyOf(states);
        this.definition = definition;
    }

    /// @param states the names of the state arrays, under which files keep them; PyTorch's where it has the method
    public static StepRule define(String name, List<String> states, Function<Element, Next> definition) {
        return new StepRule(name, states, definition);
    }

    /// The names of the state arrays.
    public List<String> states() {
        return states;
    }

    /// What a formula is made of, for one element.
    public static final class Element {
        private final Chain.Builder builder;
        private final Expr gradient;
        private final Expr parameter;
        private final List<Expr> state;
        private int numbers;

        private Element(Chain.Builder builder, int summands, int states) {
            this.builder = builder;
            Expr sum = sum(builder, summands);
            this.parameter = builder.in();
            this.state = new ArrayList<>();
            for (int i = 0; i < states; i++) {
                state.add(builder.in());
            }
            this.gradient = clipped(sum, builder.scalar(), builder.scalar());
        }

        /// The gradient, clipped.
        public Expr gradient() {
            return gradient;
        }

        public Expr parameter() {
            return parameter;
        }

        /// The element of state array `i`.
        public Expr state(int i) {
            return state.get(i);
        }

        /// The next of the step's [Numbers].
        public Expr number() {
            numbers++;
            return builder.scalar();
        }

        public Expr constant(double value) {
            return builder.constant(value);
        }

        /// What comes out: the new parameter, and the new element of each state array.
        public Next next(Expr parameter, Expr... states) {
            return new Next(parameter, Arrays.asList(states));
        }
    }

    /// The new parameter and state of an element.
    public record Next(Expr parameter, List<Expr> states) {}

    private record Compiled(Chain chain, int scalars) {}

    /// The chain for a gradient that is the sum of `summands` arrays. Arrays: the summands, p, states → p, states.
    /// Scalars: what the sum is multiplied with, the largest size of an element of it, the numbers.
    Chain chain(int summands) {
        return compiled(summands).chain;
    }

    /// How many scalars that chain takes.
    int scalars(int summands) {
        return compiled(summands).scalars;
    }

    private Compiled compiled(int summands) {
        return chains.computeIfAbsent(summands, this::compile);
    }

    private Compiled compile(int summands) {
        int[] scalars = {2};
        Chain chain = Chain.define(name + " of " + summands + " gradients", c -> {
            Element element = new Element(c, summands, states.size());
            Next next = definition.apply(element);
            if (next.states.size() != states.size()) {
                throw new IllegalArgumentException(
                        "the rule " + name + " has " + states.size() + " states, its formula " + next.states.size());
            }
            c.out(next.parameter);
            next.states.forEach(c::out);
            scalars[0] += element.numbers;
        });
        return new Compiled(chain, scalars[0]);
    }

    /// The next `summands` inputs, summed in a balanced tree.
    static Expr sum(Chain.Builder c, int summands) {
        if (summands == 1) {
            return c.in();
        }
        Expr left = sum(c, summands / 2);
        return left.add(sum(c, summands - summands / 2));
    }

    /// `scale`·`sum`, held within ±`limit`.
    static Expr clipped(Expr sum, Expr scale, Expr limit) {
        return sum.mul(scale).min(limit).max(limit.neg());
    }

    @Override
    public String toString() {
        return "StepRule " + name;
    }
}
