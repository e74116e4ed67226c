package adjoint.autodiff;

import adjoint.autodiff.LinearSystems.Factors;
import adjoint.linalg.LogDeterminant;
import adjoint.linalg.Lu;
import adjoint.linalg.Transpose;
import java.util.List;

/// Determinants, by the LU decomposition.
final class Determinants {
    private Determinants() {}

    static final Op<Void> DET = new Op<>("det", "det A") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            Matrices.requireSquare(this, a);
            call.output(a.dtype(), Matrices.batch(a.shape()));
            Factors.declare(call, a);
        }

        @Override
        void compute(Call call, Void none) {
            Tensor a = call.in(0);
            Tensor out = call.out(0);
            Factors factors = Factors.of(call, 1);
            factors.fill(this, a, true);
            for (int i = 0; i < out.size(); i++) {
                Tensor.setElement(out.array(), out.offset + i, det(factors, i));
            }
        }

        @Override
        int reads(int i) {
            return input(0) | Factors.reads(1);
        }

        /// g·cofactors of A.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, cofactors(call).mul(flow.gradient().unsqueeze(-1).unsqueeze(-1)));
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            return cofactors(call).mul(tangents.of(0)).sum(-2, -1);
        }

        private Tensor cofactors(Call call) {
            Factors factors = Factors.of(call, 1);
            return Engine.run(COFACTORS, null, call.in(0), factors.lu(), factors.pivots());
        }

        @Override
        Cost cost(Call call, Void none) {
            return elimination(call);
        }
    };

    /// The gradient of the determinant, det A·A⁻ᵀ, which a singular matrix has too.
    ///
    /// Further inputs are its decomposition. A pivot that is 0 is replaced by one of the size of a rounding error: the
    /// result is that of a matrix as near to A as any that floating point numbers tell from it, and depends smoothly on
    /// it.
    static final Op<Void> COFACTORS = new Op<>("cofactors", "det A·A⁻ᵀ") {
        @Override
        void infer(Call call, Void none) {
            Matrices.declareAlike(this, call);
        }

        @Override
        void compute(Call call, Void none) {
            Tensor out = call.out(0);
            Factors factors = Factors.of(call, 1);
            int n = out.dim(-1);
            Storage pivoted = call.engine.takeTemporary(out.dtype(), out.size());
            Engine.copy(factors.lu(), pivoted.array, 0);
            Factors regular = new Factors(Tensor.over(pivoted.array, 0, out.shape()), factors.pivots());
            for (int i = 0; i < Matrices.count(out); i++) {
                replaceZeros(n, pivoted.array, i * n * n, epsilon(out.dtype()));
            }
            LinearSystems.fillInverse(regular, Transpose.YES, out);
            for (int i = 0; n > 0 && i < Matrices.count(out); i++) {
                Engine.kernels(out.dtype()).scale(n * n, det(regular, i), out.array(), out.offset + i * n * n);
            }
            call.engine.dropTemporary(pivoted);
        }

        private void replaceZeros(int n, Object lu, int offset, double epsilon) {
            double largest = 0;
            for (int j = 0; j < n * n; j++) {
                largest = Math.max(largest, Math.abs(Tensor.element(lu, offset + j)));
            }
            double pivot = largest == 0 ? TINY : epsilon * largest;
            for (int j = 0; j < n; j++) {
                int at = offset + j * (n + 1);
                if (Tensor.element(lu, at) == 0) {
                    Tensor.setElement(lu, at, pivot);
                }
            }
        }

        @Override
        int reads(int i) {
            return input(0) | output(0);
        }

        /// With C = det A·A⁻ᵀ: ⟨G, C⟩·A⁻ᵀ − A⁻ᵀ·Gᵀ·C.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, along(call, flow.gradient()));
        }

        /// The second derivative of the determinant is symmetric.
        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            return along(call, tangents.of(0));
        }

        private Tensor along(Call call, Tensor e) {
            Tensor c = call.out(0);
            Tensor inverse = Matrices.transpose(Engine.run(LinearSystems.INVERSE, null, call.in(0)));
            Tensor trace = e.mul(c).sum(true, -2, -1);
            return inverse.mul(trace).sub(inverse.matmul(Matrices.transpose(e)).matmul(c));
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(2L * call.out(0).size() * call.out(0).dim(-1), Cost.bytes(call));
        }
    };

    /// sign det A and ln |det A|, in a last axis of length 2.
    static final Op<Void> SLOGDET = new Op<>("slogdet", "sign det A and ln |det A|") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            Matrices.requireSquare(this, a);
            call.output(a.dtype(), Matrices.shape(Matrices.batch(a.shape()), 2));
            Factors.declare(call, a);
        }

        @Override
        void compute(Call call, Void none) {
            Tensor a = call.in(0);
            Tensor out = call.out(0);
            Factors factors = Factors.of(call, 1);
            factors.fill(this, a, true);
            int n = a.dim(-1);
            for (int i = 0; i < Matrices.count(a); i++) {
                LogDeterminant log =
                        Lu.logDet(n, factors.lu().array(), factors.at(i), n, factors.rows(), factors.first(i));
                Tensor.setElement(out.array(), out.offset + 2 * i, log.sign());
                Tensor.setElement(out.array(), out.offset + 2 * i + 1, log.logAbs());
            }
        }

        @Override
        int reads(int i) {
            return input(0) | Factors.reads(1);
        }

        /// g·A⁻ᵀ; the sign is piecewise constant.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            Tensor g = flow.gradient().slice(-1, 1, 2).unsqueeze(-1);
            Tensor right = g.mul(Tensor.eye(call.in(0).dim(-1), g.dtype()));
            flow.give(0, solve(call, Transpose.YES, right));
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor log = solve(call, Transpose.NO, tangents.of(0)).trace().unsqueeze(-1);
            return Tensor.concat(-1, Tensor.zeros(log.dtype(), log.shape()), log);
        }

        private Tensor solve(Call call, Transpose transpose, Tensor right) {
            return Factors.of(call, 1).solve(transpose, call.in(0), right);
        }

        @Override
        Cost cost(Call call, Void none) {
            return elimination(call);
        }
    };

    static final List<Op<?>> ALL = List.of(DET, COFACTORS, SLOGDET);

    /// Stands for the pivots of a zero matrix: so small that its products vanish, and its reciprocal is a `float`.
    private static final double TINY = 1e-30;

    /// The distance from 1 to the next number.
    static double epsilon(DType dtype) {
        return dtype == DType.F32 ? Math.ulp(1f) : Math.ulp(1.0);
    }

    private static double det(Factors factors, int item) {
        int n = factors.lu().dim(-1);
        return Lu.det(n, factors.lu().array(), factors.at(item), n, factors.rows(), factors.first(item));
    }

    private static Op.Cost elimination(Call call) {
        long n = call.in(0).dim(-1);
        return new Op.Cost(2 * n * call.in(0).size() / 3, Op.Cost.bytes(call));
    }
}
