/// The suite `autodiff`: what recording and differentiating cost.
package adjoint.bench.autodiff;
