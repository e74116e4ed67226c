/// Dense linear algebra on plain arrays: `float[]` or `double[]`, an offset, a leading dimension, row-major.
///
/// | | |
/// |---|---|
/// | [Kernels][adjoint.linalg.Kernels] | products, sums, layout, in both [precisions][adjoint.linalg.Precision] |
/// | [Chain][adjoint.linalg.Chain] | an expression over rows and columns as one fused pass |
/// | [LinearSystems][adjoint.linalg.LinearSystems] | square systems in one call, as in `numpy.linalg` |
/// | [Lu][adjoint.linalg.Lu], [Cholesky][adjoint.linalg.Cholesky] | eliminations |
/// | [Qr][adjoint.linalg.Qr], [Svd][adjoint.linalg.Svd] | decompositions |
/// | [Rng][adjoint.linalg.Rng] | random numbers that depend on key and counter only |
/// | [Parallel][adjoint.linalg.Parallel] | fork–join ranges that are cut the same way for any number of threads |
/// | [Simd][adjoint.linalg.Simd] | vector or scalar kernels, chosen once |
///
/// The same arguments give the same bits for any number of threads, and whether code was interpreted or compiled.
package adjoint.linalg;
