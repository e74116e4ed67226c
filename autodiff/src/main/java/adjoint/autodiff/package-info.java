/// Tensors, the tape, differentiable operations and their transformations.
///
/// | | |
/// |---|---|
/// | [Tensor][adjoint.autodiff.Tensor] | numbers with a shape; operations are its methods |
/// | [Tape][adjoint.autodiff.Tape] | the record of a computation, and gradients from it |
/// | [Autodiff][adjoint.autodiff.Autodiff] | gradients of functions as functions, of any order |
/// | [Ops][adjoint.autodiff.Ops] | the table of operations |
/// | [GradCheck][adjoint.autodiff.GradCheck] | gradients against differences |
///
/// **Inside.** A method of a tensor hands an operation ([Op][adjoint.autodiff.Op], one instance each) and its inputs
/// to the engine of the thread. The engine fills in a call, lets the operation declare its outputs and compute them,
/// and keeps the call on the open tape if a watched tensor is behind one of the inputs. Going back, the tape hands
/// each call and the gradient of its result to the operation, which contributes to the gradients of the inputs: by
/// kernels that write or add where the gradient belongs, or, when the gradient is itself to be differentiated, by
/// operations on tensors, which are recorded in turn.
///
/// Element-wise operations state their formulas once; they are carried out fused into one kernel, or as operations on
/// tensors. Other fused kernels name their plain decomposition. Buffers come from a pool and go back to it at their
/// last use, counted by holders; generations tell a tensor whose buffer has a new owner.
package adjoint.autodiff;
