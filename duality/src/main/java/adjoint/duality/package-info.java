/// Attention mechanisms as pairs of a primal and a dual execution, with their certificates.
///
/// A kernel with features, `κ(x, z) = φ_q(x)ᵀ φ_k(z)`, can be worked with on two sides: through its features and
/// weights (primal, linear in the number of tokens) or through its matrix K and dual variables (dual, quadratic).
///
/// | | |
/// |---|---|
/// | [PrimalAttention][adjoint.duality.PrimalAttention] | the primal side as an attention layer |
/// | [SoftmaxMechanism][adjoint.nn.SoftmaxMechanism] | a kernel without finite features: the dual side only |
/// | [FeatureMap][adjoint.duality.FeatureMap], [Cosine][adjoint.duality.Cosine] | φ |
/// | [Ksvd][adjoint.duality.Ksvd] | the exact singular value decomposition of K, both sides |
/// | [Kkt][adjoint.duality.Kkt] | the certificate: how far weights are from that |
/// | [Certificate][adjoint.duality.Certificate] | how far a result may be from what it stands for |
/// | [Spectrum][adjoint.duality.Spectrum] | singular values of K without K |
/// | [AttentionReport][adjoint.duality.AttentionReport] | all of it for a trained model on a batch |
///
/// | package | |
/// |---|---|
/// | [adjoint.duality.kernel] | kernels and their algebra, random features, Gram matrices that are never formed |
/// | [adjoint.duality.pair] | attention declared once, executed in several ways |
/// | [adjoint.duality.machine] | kernel machines |
/// | [adjoint.duality.convex] | convex functions and algorithms with a duality gap |
package adjoint.duality;
