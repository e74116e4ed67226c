package adjoint.autodiff;

import adjoint.linalg.Cholesky;
import adjoint.linalg.Diagonal;
import adjoint.linalg.Kernels;
import adjoint.linalg.PivotException;
import adjoint.linalg.Qr;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import java.util.List;

/// The Cholesky and QR decompositions.
final class Factorizations {
    private Factorizations() {}

    /// The lower factor of symmetric matrices, of which the lower triangle is read.
    static final Op<Void> CHOLESKY = new Op<>("cholesky", "L with A = L·Lᵀ") {
        @Override
        void infer(Call call, Void none) {
            Matrices.declareAlike(this, call);
        }

        @Override
        void compute(Call call, Void none) {
            Tensor out = call.out(0);
            Engine.copy(call.in(0), out.array(), out.offset);
            int n = out.dim(-1);
            Kernels<Object> kernels = Engine.kernels(out.dtype());
            for (int i = 0; n > 0 && i < Matrices.count(out); i++) {
                int at = out.offset + i * n * n;
                try {
                    Cholesky.factor(kernels, n, out.array(), at, n);
                } catch (PivotException e) {
                    throw new ArithmeticException(this + ": " + Matrices.which(out, i)
                            + " is not positive definite: pivot " + e.index() + " of its elimination is " + e.value()
                            + ", it must be > 0");
                }
                for (int r = 0; r < n; r++) {
                    kernels.fill(out.array(), at + r * n + r + 1, n - 1 - r, 0);
                }
            }
        }

        @Override
        int reads(int i) {
            return output(0);
        }

        /// L⁻ᵀ·Φ(Lᵀ·G)·L⁻¹, where Φ takes the lower triangle with half of the diagonal.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            Tensor l = call.out(0);
            Tensor inner = half(Matrices.transpose(l).matmul(flow.gradient()));
            Tensor left = solve(l, Side.LEFT, Transpose.YES, inner);
            flow.give(0, solve(l, Side.RIGHT, Transpose.NO, left));
        }

        /// dL = L·Φ(L⁻¹·dA·L⁻ᵀ).
        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor l = call.out(0);
            Tensor left = solve(l, Side.LEFT, Transpose.NO, tangents.of(0));
            return l.matmul(half(solve(l, Side.RIGHT, Transpose.YES, left)));
        }

        private Tensor half(Tensor a) {
            Tensor strict = a.tril(-1);
            return strict.add(a.tril(0)).mul(0.5);
        }

        private Tensor solve(Tensor l, Side side, Transpose transpose, Tensor b) {
            return Linalg.triangularSolve(l, b, side, Triangle.LOWER, transpose, Diagonal.NON_UNIT);
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost((long) call.out(0).size() * call.out(0).dim(-1) / 3, Cost.bytes(call));
        }
    };

    /// Q `[…, m, n]` and R `[…, n, n]` of matrices with m ≥ n, one after another in a last axis.
    static final Op<Void> QR = new Op<>("qr", "Q and R with A = Q·R") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            Matrices.requireMatrix(this, a);
            int m = a.dim(-2);
            int n = a.dim(-1);
            call.output(a.dtype(), Matrices.shape(Matrices.batch(a.shape()), m * n + n * n));
        }

        @Override
        void compute(Call call, Void none) {
            Tensor a = call.in(0);
            int m = a.dim(-2);
            int n = a.dim(-1);
            Tensor out = call.out(0);
            Storage factors = call.engine.takeTemporary(a.dtype(), a.size());
            Storage tau = call.engine.takeTemporary(a.dtype(), n);
            Engine.copy(a, factors.array, 0);
            for (int i = 0; a.size() > 0 && i < Matrices.count(a); i++) {
                int q = out.offset + i * (m + n) * n;
                decompose(a.dtype(), m, n, factors.array, i * m * n, tau.array, out.array(), q, q + m * n);
            }
            call.engine.dropTemporary(tau);
            call.engine.dropTemporary(factors);
        }

        private void decompose(DType dtype, int m, int n, Object a, int off, Object tau, Object out, int q, int r) {
            Kernels<Object> kernels = Engine.kernels(dtype);
            Qr.factor(kernels, m, n, a, off, n, tau, 0);
            Qr.form(kernels, m, n, n, a, off, n, tau, 0, out, q, n);
            for (int i = 0; i < n; i++) {
                kernels.fill(out, r + i * n, i, 0);
                System.arraycopy(a, off + i * (n + 1), out, r + i * (n + 1), n - i);
                if (Tensor.element(out, r + i * (n + 1)) < 0) {
                    kernels.scale(n - i, -1, out, r + i * (n + 1));
                    negateColumn(m, n, out, q + i);
                }
            }
        }

        private void negateColumn(int rows, int ld, Object array, int offset) {
            switch (array) {
                case float[] a -> {
                    for (int i = 0; i < rows; i++) {
                        a[offset + i * ld] = -a[offset + i * ld];
                    }
                }
                case double[] a -> {
                    for (int i = 0; i < rows; i++) {
                        a[offset + i * ld] = -a[offset + i * ld];
                    }
                }
                default -> throw new IllegalStateException("no such array: " + array.getClass());
            }
        }

        @Override
        int reads(int i) {
            return output(0);
        }

        /// (dQ + Q·S)·R⁻ᵀ with S the symmetric matrix whose lower triangle is that of R·dRᵀ − dQᵀ·Q.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            Linalg.Qr qr = parts(call, call.out(0));
            Linalg.Qr g = parts(call, flow.gradient());
            Tensor m = qr.r()
                    .matmul(Matrices.transpose(g.r()))
                    .sub(Matrices.transpose(g.q()).matmul(qr.q()));
            Tensor s = m.tril(0).add(Matrices.transpose(m.tril(-1)));
            flow.give(0, divide(g.q().add(qr.q().matmul(s)), qr.r(), Transpose.YES));
        }

        /// With C = dA·R⁻¹ and the skew matrix Ω whose strict lower triangle is that of Qᵀ·C: dQ = C − Q·(Qᵀ·C − Ω) and
        /// dR = (Qᵀ·C − Ω)·R.
        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Linalg.Qr qr = parts(call, call.out(0));
            Tensor c = divide(tangents.of(0), qr.r(), Transpose.NO);
            Tensor inner = Matrices.transpose(qr.q()).matmul(c);
            Tensor lower = inner.tril(-1);
            Tensor upper = inner.sub(lower).add(Matrices.transpose(lower));
            Shape batch = Matrices.batch(call.in(0).shape());
            return Matrices.pack(batch, c.sub(qr.q().matmul(upper)), upper.matmul(qr.r()));
        }

        private Linalg.Qr parts(Call call, Tensor packed) {
            return Factorizations.parts(packed, call.in(0).dim(-2), call.in(0).dim(-1));
        }

        /// B·op(R)⁻¹.
        private Tensor divide(Tensor b, Tensor r, Transpose transpose) {
            return Linalg.triangularSolve(r, b, Side.RIGHT, Triangle.UPPER, transpose, Diagonal.NON_UNIT);
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(4L * call.in(0).size() * call.in(0).dim(-1), Cost.bytes(call));
        }
    };

    static final List<Op<?>> ALL = List.of(CHOLESKY, QR);

    /// Q and R for matrices A; a wide one is decomposed by its first columns, R = QᵀA.
    static Linalg.Qr qr(Tensor a) {
        Matrices.requireMatrix(QR, a);
        int m = a.dim(-2);
        int n = a.dim(-1);
        if (m >= n) {
            return parts(Engine.run(QR, null, a), m, n);
        }
        Linalg.Qr first = parts(Engine.run(QR, null, a.slice(-1, 0, m)), m, m);
        Tensor rest = Matrices.transpose(first.q()).matmul(a.slice(-1, m, n));
        return new Linalg.Qr(first.q(), Tensor.concat(-1, first.r(), rest));
    }

    private static Linalg.Qr parts(Tensor packed, int m, int n) {
        return new Linalg.Qr(Matrices.part(packed, 0, m, n), Matrices.part(packed, m * n, n, n));
    }
}
