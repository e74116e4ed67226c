package adjoint.autodiff;

import adjoint.linalg.Diagonal;
import adjoint.linalg.Rng;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// The identities that define what linear algebra computes, for batches of matrices of both precisions.
class LinalgLaws {

    @Property(tries = 60)
    void systemsAreSolved(
            @ForAll @IntRange(max = 9) int n,
            @ForAll @IntRange(max = 4) int k,
            @ForAll @IntRange(max = 3) int batch,
            @ForAll boolean single,
            @ForAll long seed) {
        DType dtype = single ? DType.F32 : DType.F64;
        double tolerance = tolerance(dtype, n);
        Tensor a = regular(dtype, seed, batch, n);
        Tensor b = normal(dtype, seed + 1, n, k);
        Tensor expected = b.expand(batch, n, k);
        Tensor identity = Tensor.eye(n, dtype).expand(batch, n, n);
        Close.assertClose("A·X", expected, a.matmul(Linalg.solve(a, b)), tolerance);
        Close.assertClose("A·A⁻¹", identity, a.matmul(Linalg.inverse(a)), tolerance);
        Close.assertClose("A²·A⁻²", identity, Linalg.matrixPower(a, 2).matmul(Linalg.matrixPower(a, -2)), tolerance);
        Tensor positive = positive(a);
        Tensor l = Linalg.cholesky(positive);
        Close.assertClose("L·Lᵀ", positive, l.matmul(l.transpose(-1, -2)), tolerance);
        Close.assertClose("A·X by L", expected, positive.matmul(Linalg.choleskySolve(l, b)), tolerance);
        Tensor root = Linalg.sqrtm(positive);
        Close.assertClose("A^½·A^½", positive, root.matmul(root), tolerance);
        Tensor c = normal(dtype, seed + 2, batch, n, n);
        Tensor x = Linalg.lyapunov(positive, c);
        Close.assertClose("A·X + X·A", c, positive.matmul(x).add(x.matmul(positive)), tolerance);
    }

    @Property(tries = 60)
    void triangularSystemsAreSolved(
            @ForAll @IntRange(max = 9) int n,
            @ForAll Side side,
            @ForAll Triangle triangle,
            @ForAll Transpose transpose,
            @ForAll Diagonal diagonal,
            @ForAll long seed) {
        Tensor a = regular(DType.F64, seed, 2, n);
        Tensor b = normal(DType.F64, seed + 1, n, n);
        Tensor x = Linalg.triangularSolve(a, b, side, triangle, transpose, diagonal);
        int skipped = diagonal == Diagonal.UNIT ? 1 : 0;
        Tensor part = triangle == Triangle.LOWER ? a.tril(-skipped) : a.triu(skipped);
        part = diagonal == Diagonal.UNIT ? part.add(Tensor.eye(n, DType.F64)) : part;
        Tensor op = transpose == Transpose.YES ? part.transpose(-1, -2) : part;
        Tensor product = side == Side.LEFT ? op.matmul(x) : x.matmul(op);
        Close.assertClose("op(A)·X", b.expand(2, n, n), product, 1e-10);
    }

    @Property(tries = 60)
    void decompositionsMultiplyToTheMatrix(
            @ForAll @IntRange(max = 9) int m,
            @ForAll @IntRange(max = 9) int n,
            @ForAll @IntRange(max = 3) int batch,
            @ForAll boolean single,
            @ForAll long seed) {
        DType dtype = single ? DType.F32 : DType.F64;
        double tolerance = tolerance(dtype, Math.max(m, n));
        int k = Math.min(m, n);
        Tensor a = normal(dtype, seed, batch, m, n);
        Tensor identity = Tensor.eye(k, dtype).expand(batch, k, k);
        Linalg.Qr qr = Linalg.qr(a);
        Close.assertClose("Q·R", a, qr.q().matmul(qr.r()), tolerance);
        Close.assertClose("Qᵀ·Q", identity, qr.q().transpose(-1, -2).matmul(qr.q()), tolerance);
        Tensor square = qr.r().slice(-1, 0, k);
        Close.assertClose("the triangle of R", square.triu(0), square, 0);
        Linalg.Svd svd = Linalg.svd(a);
        Tensor scaled = svd.u().mul(svd.s().unsqueeze(-2));
        Close.assertClose("U·S·Vᵀ", a, scaled.matmul(svd.vt()), tolerance);
        Close.assertClose("Uᵀ·U", identity, svd.u().transpose(-1, -2).matmul(svd.u()), tolerance);
        Close.assertClose("Vᵀ·V", identity, svd.vt().matmul(svd.vt().transpose(-1, -2)), tolerance);
        Close.assertClose("s alone", svd.s(), Linalg.singularValues(a), tolerance);
        Close.assertClose("U·Vᵀ", svd.u().matmul(svd.vt()), Linalg.polar(a), 10 * tolerance);
        Tensor inverse = Linalg.pinv(a);
        Close.assertClose("A·A⁺·A", a, a.matmul(inverse).matmul(a), tolerance);
        Tensor symmetric = a.matmul(a.transpose(-1, -2));
        Linalg.Eigh eigh = Linalg.eigh(symmetric);
        Tensor turned = eigh.vectors().mul(eigh.values().unsqueeze(-2));
        Close.assertClose("V·Λ·Vᵀ", symmetric, turned.matmul(eigh.vectors().transpose(-1, -2)), 10 * tolerance);
        Close.assertClose("λ alone", eigh.values(), Linalg.eigenvalues(symmetric), 10 * tolerance);
        Tensor same = Linalg.symmetricFunction(symmetric, x -> x, x -> x.mul(0).add(1));
        Close.assertClose("the identity of λ", symmetric, same, 10 * tolerance);
    }

    /// Diagonally dominant.
    private static Tensor regular(DType dtype, long seed, int batch, int n) {
        return Tensor.uniform(Rng.of(seed), -1, 1, dtype, batch, n, n)
                .add(Tensor.eye(n, dtype).mul(n + 1));
    }

    private static Tensor positive(Tensor regular) {
        return regular.matmul(regular.transpose(-1, -2)).div(regular.dim(-1) + 1);
    }

    private static Tensor normal(DType dtype, long seed, int... shape) {
        return Tensor.normal(Rng.of(seed), 0, 1, dtype, shape);
    }

    /// Well conditioned systems, and the pseudoinverse of random matrices, whose condition is the larger factor.
    private static double tolerance(DType dtype, int n) {
        return 1000 * (n + 1) * Determinants.epsilon(dtype);
    }
}
