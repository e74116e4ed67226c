package adjoint.autodiff;

/// Where [Tape#backward(Tensor, GradientSink)] puts the gradients of watched tensors: into buffers of the caller.
@FunctionalInterface
public interface GradientSink {
    /// A contiguous tensor of the leaf's shape and dtype whose values are overwritten with the leaf's gradient, or null
    /// if it is not wanted. Asked once per watched tensor, before anything is computed.
    Tensor target(Tensor leaf);

    /// True if the gradient is to be added to what the target holds, instead of replacing it.
    default boolean adds() {
        return false;
    }
}
