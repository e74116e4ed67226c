package adjoint.duality.machine;

import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.Kernel;
import adjoint.linalg.Kernels;
import adjoint.linalg.SymmetricEigen;

/// Kernel principal component analysis: the eigenvectors of the centred Gram matrix, `K̃ = CKC`, `C = I − 11ᵀ/N`.
///
/// The score of a row on component l is `Σ_i κ̃(x, x_i)·a_il/√λ_l`, of variance λ_l/N on the sample. What a row loses
/// is
/// `κ̃(x, x) − ‖score‖²`.
///
/// Reference: Schölkopf, Smola, Müller, *Nonlinear component analysis as a kernel eigenvalue problem*, 1998.
///
/// @param kernel κ, symmetric
/// @param x the sample `[N, d]`
/// @param eigenvalues λ of K̃ `[s]`, descending
/// @param vectors a `[N, s]`, orthonormal
/// @param means the means of K's columns `[N]`
/// @param total the trace of K̃: the sum of all eigenvalues
public record KernelPca(Kernel kernel, Tensor x, Tensor eigenvalues, Tensor vectors, Tensor means, double total) {

    /// The leading `rank` components.
    ///
    /// @throws IllegalArgumentException if the kernel is not symmetric, or the centred matrix has fewer positive
    ///     eigenvalues
    public static KernelPca fit(Kernel kernel, Tensor x, int rank) {
        if (!kernel.symmetric()) {
            throw new IllegalArgumentException(kernel + " is not symmetric: use KernelSvd");
        }
        Tensor rows = Matrices.rows("rows of x", x);
        Tensor gram = Matrices.gram(kernel, rows, rows);
        Tensor means = gram.mean(0);
        Tensor centred = gram.sub(means).sub(means.unsqueeze(1)).add(means.mean());
        int n = rows.dim(0);
        SymmetricEigen<double[]> eigen = SymmetricEigen.of(Kernels.f64(), n, centred.toDoubles());
        Tensor values = Tensor.of(eigen.values(), n).flip(0).contiguous();
        double floor = n * Math.ulp(1.0) * values.get(0);
        int carried = (int) values.greater(floor).sum().item();
        Matrices.requireRank(rank, carried);
        Tensor vectors = Tensor.of(eigen.vectors(), n, n).flip(1).slice(1, 0, rank);
        return new KernelPca(
                kernel,
                rows,
                values.slice(0, 0, rank).contiguous(),
                vectors.contiguous(),
                means,
                centred.trace().item());
    }

    /// The scores of any rows, `[n, s]`.
    public Tensor transform(Tensor rows) {
        return centred(rows).matmul(vectors).div(eigenvalues.sqrt());
    }

    /// `κ̃(x, x) − ‖score‖²` of any rows, `[n]`: what the components leave of them.
    public Tensor reconstructionError(Tensor rows) {
        Tensor cross = kernel.gram(Matrices.rows("rows", rows), x).mean(1);
        Tensor own = kernel.diagonal(rows).sub(cross.mul(2)).add(means.mean());
        return own.sub(transform(rows).square().sum(1));
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
}
