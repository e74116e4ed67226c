package adjoint.autodiff;

import java.util.List;

/// Looks at the operations that a [Tape] records, as they happen; see [Tape#onOperation].
///
/// What a hook computes is not recorded, and outlives the tape.
public interface OperationHook {
    /// Called before an operation is carried out: it has no output yet.
    default void beforeForward(Operation operation) {}

    /// Called after an operation has been carried out.
    default void afterForward(Operation operation) {}

    /// Called by [Tape#backward] after the gradients of the inputs have been worked out. Values that no gradient is
    /// worked out from are gone by then.
    default void afterBackward(Operation operation) {}

    /// One application of an operation.
    ///
    /// @param number its number on the tape
    /// @param scope the innermost [Tape#scope], or null
    /// @param output null before it is computed
    /// @param gradient that of the output, in [#afterBackward] only, else null
    record Operation(int number, Op<?> op, String scope, List<Tensor> inputs, Tensor output, Tensor gradient) {}
}
