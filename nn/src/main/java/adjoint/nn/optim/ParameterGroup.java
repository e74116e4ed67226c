package adjoint.nn.optim;

import java.util.List;
import java.util.function.Predicate;

/// Parameters, chosen by their names, and the optimiser that moves them. A parameter belongs to the first group that
/// takes it.
///
/// ```
/// List<ParameterGroup> groups = List.of(
///         new ParameterGroup("no decay", name -> name.endsWith(".bias"), new AdamW(1e-3, 0.9, 0.999, 1e-8, 0)),
///         new ParameterGroup("the rest", name -> true, new AdamW(1e-3)));
/// ```
///
/// @param name for messages, and part of a training's configuration
public record ParameterGroup(String name, Predicate<String> members, Optimizer optimizer) {
    /// One group of all parameters.
    public static List<ParameterGroup> all(Optimizer optimizer) {
        return List.of(new ParameterGroup("all", _ -> true, optimizer));
    }

    /// Without the predicate, which has no text.
    @Override
    public String toString() {
        return name + ": " + optimizer;
    }
}
