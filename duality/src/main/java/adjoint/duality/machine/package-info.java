/// Kernel machines: fit on a sample, transform or predict on any rows, with a certificate.
///
/// | | |
/// |---|---|
/// | [KernelSvd][adjoint.duality.machine.KernelSvd] | singular value decomposition of an asymmetric kernel |
/// | [CoupledCovariances][adjoint.duality.machine.CoupledCovariances] | the same between two covariance operators |
/// | [AsymmetricNystrom][adjoint.duality.machine.AsymmetricNystrom] | the same from landmarks |
/// | [KernelPca][adjoint.duality.machine.KernelPca] | principal components of a symmetric kernel |
/// | [KernelRidge][adjoint.duality.machine.KernelRidge] | ridge regression |
/// | [LeastSquaresSvm][adjoint.duality.machine.LeastSquaresSvm] | LS-SVM |
/// | [AsymmetricSvm][adjoint.duality.machine.AsymmetricSvm] | AsK-LS, least squares with an asymmetric kernel |
///
/// All work in double precision on copies without history, whatever the precision of the rows. Where a positive
/// semidefinite kernel is needed, another is refused by a pivot of a Cholesky decomposition.
package adjoint.duality.machine;
