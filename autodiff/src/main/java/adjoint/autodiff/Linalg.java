package adjoint.autodiff;

import adjoint.autodiff.LinearSystems.Triangular;
import adjoint.linalg.Diagonal;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import java.util.function.UnaryOperator;

/// Linear algebra over the last two axes of tensors; the axes before them are a batch, and broadcast where there are
/// two arguments. All of it can be differentiated, to any order.
///
/// ```
/// Tensor x = Linalg.solve(a, b);                    // A·x = b
/// Linalg.Svd svd = Linalg.svd(a);                   // A = U·diag(s)·Vᵀ
/// Tensor rank = Linalg.singularValues(a).sum(-1);   // a convex stand-in for the rank
/// ```
///
/// **Symmetric matrices.** What asks for a symmetric matrix takes ½(A + Aᵀ) of what it is given, so that the gradient
/// is symmetric.
///
/// **Errors.** A matrix that is singular, or not positive definite, is an [ArithmeticException] that names the
/// operation and the item of the batch; so is an element that is NaN or infinite, by an [IllegalArgumentException],
/// where a decomposition is iterative. Nothing is recorded then. [#solve], [#inverse], [#det], [#slogdet], [#qr] and
/// [#matrixExponential] let a NaN spread.
///
/// **Equal values.** Singular or eigenvectors of equal values are not determined, and have no derivative. Gradients
/// stay finite: in the place of 1/Δ, for a difference Δ of two values, stands Δ³/(Δ⁴ + τ⁴), with τ = (n·ε)^¾ times the
/// largest of the n values and ε the distance from 1 to the next number; 1/s of a singular value is treated alike. So,
/// at equal values,
///
/// * the gradient is right for what does not depend on the choice of vectors to first order: symmetric functions of the
///   values ([#singularValues], norms), projections to the whole space of equal values, U·Vᵀ;
/// * it is not for V·diag(f(λ))·Vᵀ put together from the parts of [#eigh], nor for second derivatives of functions of
///   the values: no rule that sees V and λ alone can know f′ beside the diagonal. [#symmetricFunction], [#sqrtm],
///   [#matrixExponential], [#polar] and [#pinv] have rules of their own, which are right there.
public final class Linalg {
    private Linalg() {}

    // ---- systems of equations

    /// X with A·X = B, for A `[…, n, n]` and B `[…, n, k]`, or the vector `[n]`.
    ///
    /// @throws ArithmeticException if a matrix is singular
    public static Tensor solve(Tensor a, Tensor b) {
        if (b.rank() == 1) {
            return solve(a, b.unsqueeze(-1)).squeeze(-1);
        }
        return Engine.run(LinearSystems.SOLVE, Transpose.NO, a, broadcast(LinearSystems.SOLVE, a, b));
    }

    /// X with A·X = B, as [#solve], for a triangular A; the other triangle is not read and has the gradient 0.
    ///
    /// @throws ArithmeticException if an element of the diagonal is 0
    public static Tensor triangularSolve(Tensor a, Tensor b, Triangle triangle) {
        if (b.rank() == 1) {
            return triangularSolve(a, b.unsqueeze(-1), triangle).squeeze(-1);
        }
        return triangularSolve(a, b, Side.LEFT, triangle, Transpose.NO, Diagonal.NON_UNIT);
    }

    /// X with op(A)·X = B or X·op(A) = B for a triangular A and a matrix B. The diagonal of a unit triangle is not
    /// read.
    ///
    /// @throws ArithmeticException if an element of the diagonal is 0
    public static Tensor triangularSolve(
            Tensor a, Tensor b, Side side, Triangle triangle, Transpose transpose, Diagonal diagonal) {
        Triangular system = new Triangular(side, triangle, transpose, diagonal);
        Tensor right = broadcast(LinearSystems.TRIANGULAR_SOLVE, a, b);
        return Engine.run(LinearSystems.TRIANGULAR_SOLVE, system, a, right);
    }

    /// X with A·X = B for A = L·Lᵀ, given the L of [#cholesky].
    public static Tensor choleskySolve(Tensor l, Tensor b) {
        if (b.rank() == 1) {
            return choleskySolve(l, b.unsqueeze(-1)).squeeze(-1);
        }
        Tensor y = triangularSolve(l, b, Triangle.LOWER);
        return triangularSolve(l, y, Side.LEFT, Triangle.LOWER, Transpose.YES, Diagonal.NON_UNIT);
    }

    /// A⁻¹. To solve with A, prefer [#solve]: it is faster and more accurate.
    ///
    /// @throws ArithmeticException if a matrix is singular
    public static Tensor inverse(Tensor a) {
        return Engine.run(LinearSystems.INVERSE, null, a);
    }

    /// The Moore–Penrose inverse A⁺, `[…, n, m]`. Singular values below max(m, n)·ε times the largest count as 0; the
    /// gradient is that among matrices of the same rank.
    public static Tensor pinv(Tensor a) {
        Matrices.requireMatrix(Inverses.PINV, a);
        return pinv(a, Math.max(a.dim(-2), a.dim(-1)) * Determinants.epsilon(a.dtype()));
    }

    /// [#pinv(Tensor)] with another tolerance, relative to the largest singular value.
    public static Tensor pinv(Tensor a, double tolerance) {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException("pinv: the tolerance must be ≥ 0, got " + tolerance);
        }
        return Engine.run(Inverses.PINV, tolerance, a);
    }

    /// The X of least norm among those that make ‖A·X − B‖ as small as can be, A⁺·B, for A `[…, m, n]` of any rank and
    /// B `[…, m, k]` or the vector `[m]`.
    public static Tensor lstsq(Tensor a, Tensor b) {
        int axis = b.rank() == 1 ? -1 : -2;
        if (a.rank() < 2 || b.rank() == 0 || b.dim(axis) != a.dim(-2)) {
            throw new ShapeError("lstsq: A of shape " + a.shape() + " and B of shape " + b.shape()
                    + ": both must have as many rows");
        }
        return pinv(a).matmul(b);
    }

    /// X with A·X + X·A = C for symmetric matrices A; 0 where two of their eigenvalues add up to 0.
    public static Tensor lyapunov(Tensor a, Tensor c) {
        Matrices.requireSquare(MatrixFunctions.LYAPUNOV, a);
        return Engine.run(MatrixFunctions.LYAPUNOV, null, Matrices.symmetric(a), c);
    }

    // ---- determinants

    /// det A. The gradient is the matrix of cofactors, for a singular A too; second derivatives need A⁻¹.
    public static Tensor det(Tensor a) {
        return Engine.run(Determinants.DET, null, a);
    }

    /// det A as a sign and the logarithm of its magnitude; a singular matrix has 0 and −∞. The gradient of the
    /// logarithm is A⁻ᵀ, that of the sign 0.
    public static SlogDet slogdet(Tensor a) {
        Tensor both = Engine.run(Determinants.SLOGDET, null, a);
        return new SlogDet(both.select(-1, 0), both.select(-1, 1));
    }

    /// @param sign 1, −1, or 0 for a singular matrix
    /// @param logAbs ln |det A|
    public record SlogDet(Tensor sign, Tensor logAbs) {}

    /// ln det A: −∞ where that is 0, NaN where it is negative.
    public static Tensor logdet(Tensor a) {
        SlogDet det = slogdet(a);
        return det.logAbs().add(det.sign().detach().log());
    }

    // ---- decompositions

    /// The lower triangular L with A = L·Lᵀ and a positive diagonal, for symmetric positive definite matrices.
    ///
    /// @throws ArithmeticException if a matrix is not positive definite
    public static Tensor cholesky(Tensor a) {
        Matrices.requireSquare(Factorizations.CHOLESKY, a);
        return Engine.run(Factorizations.CHOLESKY, null, Matrices.symmetric(a));
    }

    /// The reduced A = Q·R with a diagonal of R that is ≥ 0: with k = min(m, n), Q `[…, m, k]` has orthonormal columns
    /// and R `[…, k, n]` is upper triangular. The gradient needs the first k columns of A to be linearly independent;
    /// else going back is an [ArithmeticException].
    public static Qr qr(Tensor a) {
        return Factorizations.qr(a);
    }

    public record Qr(Tensor q, Tensor r) {}

    /// The reduced A = U·diag(s)·Vᵀ: with k = min(m, n), U `[…, m, k]`, s `[…, k]` falling and ≥ 0, Vᵀ `[…, k, n]`. The
    /// largest entry of each row of Vᵀ is positive.
    public static Svd svd(Tensor a) {
        Matrices.requireMatrix(Spectra.SVD, a);
        return Spectra.svd(a);
    }

    public record Svd(Tensor u, Tensor s, Tensor vt) {}

    /// The singular values of A, falling. The gradient is right where they are equal, as long as they are used alike.
    public static Tensor singularValues(Tensor a) {
        return Engine.run(Spectra.SINGULAR_VALUES, null, a);
    }

    /// A = V·diag(λ)·Vᵀ for symmetric matrices: λ `[…, n]` rising, and eigenvectors of either sign in the columns of V.
    public static Eigh eigh(Tensor a) {
        Matrices.requireSquare(Spectra.EIGH, a);
        return Spectra.eigh(Matrices.symmetric(a));
    }

    /// @param values λ
    /// @param vectors V
    public record Eigh(Tensor values, Tensor vectors) {}

    /// The eigenvalues of symmetric matrices, rising.
    public static Tensor eigenvalues(Tensor a) {
        Matrices.requireSquare(Spectra.EIGENVALUES, a);
        return Engine.run(Spectra.EIGENVALUES, null, Matrices.symmetric(a));
    }

    /// The orthogonal factor Q of the polar decomposition: A = Q·H for m ≥ n, A = H·Q for m < n, with a symmetric H ≥
    /// 0.
    /// With A = U·diag(s)·Vᵀ, it is U·Vᵀ: of all matrices with orthonormal columns, or rows, the one nearest to A. For
    /// a
    /// matrix without full rank it is one of several, and its gradient is 0 where they part.
    public static Tensor polar(Tensor a) {
        Matrices.requireMatrix(Inverses.POLAR, a);
        if (a.dim(-2) < a.dim(-1)) {
            return Matrices.transpose(polar(Matrices.transpose(a)));
        }
        return Engine.run(Inverses.POLAR, null, a);
    }

    // ---- functions of matrices

    /// eᴬ = Σₖ Aᵏ/k!, of square matrices.
    public static Tensor matrixExponential(Tensor a) {
        return Engine.run(MatrixFunctions.MATRIX_EXPONENTIAL, null, a);
    }

    /// Aᵏ of square matrices, by repeated squaring; that of the inverse if k is negative.
    public static Tensor matrixPower(Tensor a, int k) {
        int n = Matrices.requireSquare("matrixPower", a);
        if (k == 0) {
            return Tensor.eye(n, a.dtype()).expand(a.shape());
        }
        Tensor square = k < 0 ? inverse(a) : a;
        Tensor power = null;
        for (long rest = Math.abs((long) k); rest > 0; rest >>= 1) {
            if ((rest & 1) == 1) {
                power = power == null ? square : power.matmul(square);
            }
            square = rest > 1 ? square.matmul(square) : square;
        }
        return power;
    }

    /// The symmetric positive semidefinite X with X·X = A, for symmetric positive semidefinite matrices. Where
    /// eigenvalues are 0 the gradient, which is infinite there, is 0 instead.
    ///
    /// @throws ArithmeticException if a matrix has a negative eigenvalue, beyond rounding errors
    public static Tensor sqrtm(Tensor a) {
        Matrices.requireSquare(MatrixFunctions.SQRTM, a);
        return Engine.run(MatrixFunctions.SQRTM, null, Matrices.symmetric(a));
    }

    /// V·diag(f(λ))·Vᵀ of symmetric matrices A = V·diag(λ)·Vᵀ, for an element-wise f with the given derivative: the
    /// logarithm of a covariance is `symmetricFunction(a, Tensor::log, Tensor::reciprocal)`. The gradient is right
    /// where eigenvalues are equal; its own derivatives only where they are not.
    public static Tensor symmetricFunction(Tensor a, UnaryOperator<Tensor> f, UnaryOperator<Tensor> derivative) {
        Matrices.requireSquare(MatrixFunctions.SYMMETRIC_FUNCTION, a);
        Tensor symmetric = Matrices.symmetric(a);
        Eigh eigh = Spectra.eigh(symmetric);
        MatrixFunctions.Function function = new MatrixFunctions.Function(f, derivative);
        Tensor[] inputs = {symmetric, eigh.vectors(), eigh.values(), f.apply(eigh.values())};
        return Engine.run(MatrixFunctions.SYMMETRIC_FUNCTION, function, inputs);
    }

    // ---- numbers

    /// Which norm [#matrixNorm] is.
    public enum Norm {
        /// √Σ aᵢⱼ²; the gradient at 0 is 0.
        FROBENIUS,
        /// Σ s of the singular values.
        NUCLEAR,
        /// The largest singular value, 0 for an empty matrix. Where several are equal the gradient is that of one.
        SPECTRAL
    }

    /// A norm of each matrix.
    public static Tensor matrixNorm(Tensor a, Norm norm) {
        return switch (norm) {
            case FROBENIUS -> frobenius(a);
            case NUCLEAR -> singularValues(a).sum(-1);
            case SPECTRAL -> {
                Tensor s = singularValues(a);
                yield s.dim(-1) == 0 ? s.sum(-1) : s.select(-1, 0);
            }
        };
    }

    private static Tensor frobenius(Tensor a) {
        if (a.rank() < 2) {
            throw new ShapeError("matrixNorm: needs matrices in the last two axes, got shape " + a.shape());
        }
        Tensor sum = a.square().sum(-2, -1);
        Tensor isZero = sum.equal(0);
        return sum.add(isZero).sqrt().sub(isZero);
    }

    /// A right-hand side repeated to the batch that it has in common with the matrices.
    private static Tensor broadcast(Op<?> op, Tensor a, Tensor b) {
        Matrices.requireSquare(op, a);
        if (b.rank() < 2) {
            return b;
        }
        Shape batch = Layout.broadcast(op.name(), Matrices.batch(a.shape()), Matrices.batch(b.shape()));
        return b.expand(Matrices.shape(batch, b.dim(-2), b.dim(-1)));
    }
}
