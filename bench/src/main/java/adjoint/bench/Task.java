package adjoint.bench;

import java.util.OptionalDouble;

/// An operation made ready to be called again and again by one library: memory allocated, input in place.
public interface Task extends AutoCloseable {
    /// Computes the operation once, from the same input every time.
    void call();

    /// What the last call computed, as `float[]` or `double[]` in the order of our own; `null` where there is nothing
    /// to compare, as of a machine's limit.
    Object result();

    /// What one call does where it is not the operation's own work, as of a machine's limit.
    default OptionalDouble work() {
        return OptionalDouble.empty();
    }

    /// Whether every call computes, and not the first alone: else bytes per call say nothing.
    default boolean repeats() {
        return true;
    }

    /// How the library is set up for this operation, where it has a choice; else empty.
    default String setting() {
        return "";
    }

    /// Frees what the garbage collector does not.
    @Override
    default void close() {}
}
