/// Modules, losses, optimisers, the trainer and checkpoints.
package adjoint.nn;
