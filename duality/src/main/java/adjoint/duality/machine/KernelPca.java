package adjoint.duality.machine;

import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.Kernel;
import adjoint.linalg.Kernels;
import adjoint.linalg.Lanczos;
import adjoint.linalg.LinearOperator;
import adjoint.linalg.Rng;
import adjoint.linalg.SymmetricEigen;

/// Kernel principal component analysis: the eigenvectors of the centred Gram matrix, `K̃ = CKC`, `C = I − 11ᵀ/N`.
///
/// The score of a row on component l is `Σ_i κ̃(x, x_i)·a_il/√λ_l`, of variance λ_l/N on the sample. What a row loses
/// is `κ̃(x, x) − ‖score‖²`.
///
/// Reference: Schölkopf, Smola, Müller, *Nonlinear component analysis as a kernel eigenvalue problem*, 1998.
///
/// @param kernel κ, positive semidefinite
/// @param x the sample `[N, d]`
/// @param eigenvalues λ of K̃ `[s]`, descending
/// @param vectors a `[N, s]`, orthonormal
/// @param means the means of K's columns `[N]`
/// @param total the trace of K̃: the sum of all eigenvalues
public record KernelPca(Kernel kernel, Tensor x, Tensor eigenvalues, Tensor vectors, Tensor means, double total) {

    private static final double NEGATIVE = 1e-7;

    /// The leading `rank` components.
    ///
    /// @throws IllegalArgumentException if the kernel is not symmetric, or the centred matrix has fewer positive
    ///     eigenvalues, or a negative one below −10⁻⁷ times the largest
    public static KernelPca fit(Kernel kernel, Tensor x, int rank) {
        if (!kernel.symmetric()) {
            throw new IllegalArgumentException(kernel + " is not symmetric: use KernelSvd");
        }
        Tensor rows = Matrices.rows("rows of x", x);
        Tensor gram = Matrices.gram(kernel, rows, rows);
        Tensor means = gram.mean(0);
        Tensor centred = gram.sub(means).sub(means.unsqueeze(1)).add(means.mean());
        int n = rows.dim(0);
        Matrices.requireRank("centred kernel matrix", rank, n - 1);
        Top top = Top.of(centred.toDoubles(), n, rank);
        double floor = n * Math.ulp(1.0) * gram.abs().max().item() + Double.MIN_NORMAL;
        double shift = Math.max(floor, NEGATIVE * top.values.get(0));
        Matrices.definite("the centred K", kernel, centred, shift, "; KernelSvd takes any");
        Matrices.requireRank("centred kernel matrix", rank, (int)
                top.values.greater(floor).sum().item());
        return new KernelPca(
                kernel, rows, top.values, top.vectors, means, centred.trace().item());
    }

    /// The scores of any rows, `[n, s]`.
    public Tensor transform(Tensor rows) {
        return centred(rows).matmul(vectors).div(eigenvalues.sqrt());
    }

    /// `κ̃(x, x) − ‖score‖²` of any rows, `[n]`: what the components leave of them.
    public Tensor reconstructionError(Tensor rows) {
        Tensor asked = Matrices.rows("rows", rows);
        Tensor cross = kernel.gram(asked, x).mean(1);
        Tensor own = kernel.diagonal(asked).sub(cross.mul(2)).add(means.mean());
        return own.sub(transform(asked).square().sum(1));
    }

    /// The share of the variance that the components have.
    public double explained() {
        return eigenvalues.sum().item() / total;
    }

    /// The relative residual of the eigenvalue equation, `‖K̃A − AΛ‖/‖Λ‖`.
    public Certificate certificate() {
        double slack = Matrices.norm(centred(x).matmul(vectors).sub(vectors.mul(eigenvalues)));
        return Certificate.exact(Certificate.Kind.KKT_RESIDUAL, slack / Matrices.norm(eigenvalues));
    }

    private Tensor centred(Tensor rows) {
        Tensor cross = kernel.gram(Matrices.rows("rows", rows), x);
        return cross.sub(cross.mean(true, 1)).sub(means).add(means.mean());
    }

    /// The largest eigenvalues, falling, with their vectors: of all of them, or by Lanczos where few are asked for.
    private record Top(Tensor values, Tensor vectors) {
        static Top of(double[] matrix, int n, int rank) {
            Kernels<double[]> kernels = Kernels.f64();
            if (Matrices.few(rank, n)) {
                var a = LinearOperator.of(kernels, n, n, matrix);
                var lanczos = Lanczos.largest(kernels, a, rank, Matrices.TOLERANCE, 20 * n, Rng.of(0));
                return new Top(falling(lanczos.values(), 1, rank, rank), falling(lanczos.vectors(), n, rank, rank));
            }
            SymmetricEigen<double[]> eigen = SymmetricEigen.of(kernels, n, matrix);
            return new Top(falling(eigen.values(), 1, n, rank), falling(eigen.vectors(), n, n, rank));
        }

        /// The last columns, from the last on.
        private static Tensor falling(double[] rising, int rows, int cols, int count) {
            Tensor all = Tensor.of(rising, rows, cols).flip(1).slice(1, 0, count);
            return (rows == 1 ? all.select(0, 0) : all).contiguous();
        }
    }
}
