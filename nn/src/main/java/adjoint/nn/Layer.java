package adjoint.nn;

import adjoint.autodiff.Tensor;

/// A module that makes one tensor of another: what [Sequential] and [Residual] are built of. One without parts may be a
/// lambda; one with parts must name them in [#describe].
///
/// ```
/// Layer toVectors = (x, pass) -> x.flatten(1, -1);
/// ```
@FunctionalInterface
public interface Layer extends Module {
    Tensor forward(Tensor x, Pass pass);

    /// Nothing, unless overridden.
    @Override
    default void describe(Parts parts) {}

    /// A layer that asks nothing of a pass: it does the same in training and in evaluation.
    @FunctionalInterface
    interface Pure extends Layer {
        Tensor forward(Tensor x);

        @Override
        default Tensor forward(Tensor x, Pass pass) {
            return forward(x);
        }
    }
}
