package adjoint.duality.machine;

import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.Kernel;
import adjoint.linalg.Rng;
import java.util.Arrays;

/// The singular value decomposition of an asymmetric kernel from landmarks: the matrix is never formed.
///
/// With landmarks I of x and J of z, `G ≈ G̃ = C·G_IJ⁺·D`, `C = κ(x, z_J)`, `D = κ(x_I, z)`, which is exact where
/// `rank G = rank G_IJ`. Thin QR of C and Dᵀ leaves one small matrix to decompose; the singular values and the
/// orthonormal vectors are those of G̃, and their functions extend to any row:
/// ```text
/// G̃ = U Σ Vᵀ,   u(x) = κ(x, z_J)·G_IJ⁺ D V Σ⁻¹,   v(z) = κ(x_I, z)ᵀ·(G_IJ⁺)ᵀ Cᵀ U Σ⁻¹
/// ```
/// Cost O((n + m)·l²) for l landmarks a side. The plain scaling of the small problem's values, `√(nm/(n'm'))·σ̃`, is
/// [#sampledValues()].
///
/// Reference: Tao et al., ICML 2024, arXiv 2406.08748, for the asymmetric method; Williams, Seeger, NeurIPS 2000.
///
/// @param kernel κ, pointwise
/// @param x the rows of the one side `[n, d]`
/// @param z the rows of the other side `[m, d]`
/// @param queryLandmarks I, rows of x
/// @param keyLandmarks J, rows of z
/// @param singularValues of G̃ `[s]`
/// @param left U `[n, s]`
/// @param right V `[m, s]`
/// @param queryCoefficients `[|J|, s]`, which take κ(x, z_J) to u(x)
/// @param keyCoefficients `[|I|, s]`, which take κ(x_I, z)ᵀ to v(z)
/// @param sampledValues `√(nm/(n'm'))·σ̃` `[s]`
public record AsymmetricNystrom(
        Kernel kernel,
        Tensor x,
        Tensor z,
        int[] queryLandmarks,
        int[] keyLandmarks,
        Tensor singularValues,
        Tensor left,
        Tensor right,
        Tensor queryCoefficients,
        Tensor keyCoefficients,
        Tensor sampledValues) {
    private static final double CUTOFF = 1e-12;

    /// With `landmarks` rows of either side, or all where there are fewer, drawn without replacement.
    ///
    /// @throws IllegalArgumentException if the landmarks carry less than `rank`, or the kernel is not pointwise
    public static AsymmetricNystrom fit(Kernel kernel, Tensor x, Tensor z, int landmarks, int rank, Rng key) {
        if (!kernel.pointwise()) {
            throw new IllegalArgumentException(
                    kernel + " depends on all rows, so landmarks cannot stand for them; use a pointwise kernel");
        }
        if (landmarks < 1) {
            throw new IllegalArgumentException("at least 1 landmark is needed, not " + landmarks);
        }
        Tensor rows = Matrices.rows("rows of x", x);
        Tensor cols = Matrices.rows("rows of z", z);
        int[] i = sample(rows.dim(0), landmarks, key.child("x"));
        int[] j = sample(cols.dim(0), landmarks, key.child("z"));
        Tensor c = Matrices.gram(kernel, rows, cols.take(j, 0));
        Tensor d = Matrices.gram(kernel, rows.take(i, 0), cols);
        Tensor inner = c.take(i, 0);

        Tensor middle = Linalg.pinv(inner, CUTOFF);
        Linalg.Qr qc = Linalg.qr(c);
        Linalg.Qr qd = Linalg.qr(d.transpose(0, 1).contiguous());
        Tensor core = qc.r().matmul(middle).matmul(qd.r().transpose(0, 1));
        Matrices.Triplets top = Matrices.leading(core, rank);
        Tensor u = qc.q().matmul(top.left());
        Tensor v = qd.q().matmul(top.right());
        Tensor sigma = top.values();
        double scale = Math.sqrt((double) rows.dim(0) * cols.dim(0) / ((double) i.length * j.length));
        return new AsymmetricNystrom(
                kernel,
                rows,
                cols,
                i,
                j,
                sigma,
                u,
                v,
                middle.matmul(d.matmul(v)).div(sigma),
                middle.transpose(0, 1).matmul(c.transpose(0, 1).matmul(u)).div(sigma),
                Linalg.singularValues(inner).slice(0, 0, rank).mul(scale));
    }

    /// u of any rows, `[k, s]`.
    public Tensor queryScores(Tensor rows) {
        return kernel.gram(Matrices.rows("rows", rows), z.take(keyLandmarks, 0)).matmul(queryCoefficients);
    }

    /// v of any rows, `[k, s]`.
    public Tensor keyScores(Tensor rows) {
        return kernel.gram(x.take(queryLandmarks, 0), Matrices.rows("rows", rows))
                .transpose(0, 1)
                .matmul(keyCoefficients);
    }

    /// The relative error of `U Σ Vᵀ` on `rows` evenly spaced rows of G: exact if these are all.
    ///
    /// @throws IllegalArgumentException if `rows` is below 1
    public Certificate certificate(int rows) {
        if (rows < 1) {
            throw new IllegalArgumentException("at least 1 row is needed for an error, not " + rows);
        }
        int n = x.dim(0);
        int[] some = new int[Math.min(rows, n)];
        for (int k = 0; k < some.length; k++) {
            some[k] = (int) ((k + 0.5) * n / some.length);
        }
        Tensor gram = kernel.gram(x.take(some, 0), z);
        Tensor own = left.take(some, 0).mul(singularValues).matmul(right.transpose(0, 1));
        double error = Matrices.relative(Matrices.norm(gram.sub(own)), Matrices.norm(gram));
        return new Certificate(Certificate.Kind.RELATIVE_ERROR, error, some.length == n);
    }

    private static int[] sample(int n, int count, Rng key) {
        int[] chosen = Arrays.copyOf(key.permutation(n), Math.min(n, count));
        Arrays.sort(chosen);
        return chosen;
    }
}
