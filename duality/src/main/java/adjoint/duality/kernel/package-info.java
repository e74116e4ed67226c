/// Kernels: their algebra, feature maps, random features, and products with Gram matrices that are never formed.
///
/// ```java
/// Kernel kernel = new Rbf(1.5).plus(new Polynomial(2, 1).scaled(0.1)).normalised();
/// Tensor gram = kernel.gram(x, y);                    // [N, d], [M, d] → [N, M], differentiable
/// Tensor product = new LazyGram(kernel).apply(x, y, v);    // gram·v in O(N + M) memory
/// ```
package adjoint.duality.kernel;
