package adjoint.autodiff;

import adjoint.linalg.Kernels;
import adjoint.linalg.Svd;
import adjoint.linalg.SymmetricEigen;
import java.util.List;

/// Eigenvalues of symmetric matrices, and singular values.
///
/// Vectors of values that are equal are not determined, and have no derivative. In the formulas stand the reciprocals
/// of differences, Δ⁻¹; in their place stands Δ³/(Δ⁴ + τ⁴) with τ = (n·ε)^¾ times the largest of the n values. That is
/// 0 for equal values; at the differences that rounding errors make, n·ε, it is at most of the size of 1, so that
/// errors are not made larger; and beyond τ it soon is Δ⁻¹. Sums of singular values and singular values themselves,
/// which may be 0, are treated alike.
final class Spectra {
    private Spectra() {}

    /// Eigenvectors `[…, n, n]` and eigenvalues `[…, n]` of symmetric matrices, of which the lower triangle is read,
    /// one after another in a last axis.
    static final Op<Void> EIGH = new Op<>("eigh", "V and λ with A = V·diag(λ)·Vᵀ") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            int n = Matrices.requireSquare(this, a);
            call.output(a.dtype(), Matrices.shape(Matrices.batch(a.shape()), n * n + n));
        }

        @Override
        void compute(Call call, Void none) {
            Tensor a = call.in(0);
            Tensor out = call.out(0);
            int n = a.dim(-1);
            int[] strides = Layout.dense(Matrices.shape(Matrices.batch(a.shape()), n + 1, n));
            Engine.copy(a, out.array(), out.offset, strides);
            for (int i = 0; n > 0 && i < Matrices.count(a); i++) {
                int at = out.offset + i * (n + 1) * n;
                Matrices.requireFinite(this, a, i, out.array(), at);
                decompose(out.dtype(), n, out.array(), at, out.array(), at + n * n);
            }
        }

        @Override
        int reads(int i) {
            return output(0);
        }

        /// V·(F ∘ skew(Vᵀ·dV) + diag(dλ))·Vᵀ with F[i, j] = (λⱼ − λᵢ)⁻¹.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            if (call.in(0).size() == 0) {
                return;
            }
            Linalg.Eigh eigh = parts(call, call.out(0));
            Linalg.Eigh g = parts(call, flow.gradient());
            Tensor v = eigh.vectors();
            Tensor turn = Matrices.skew(Matrices.transpose(v).matmul(g.vectors()));
            Tensor inner = gaps(eigh.values()).mul(turn).add(g.values().diagEmbed(0));
            flow.give(0, v.matmul(inner).matmul(Matrices.transpose(v)));
        }

        /// With P = Vᵀ·dA·V: dV = V·(F ∘ P) and dλ = diag P.
        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            if (call.in(0).size() == 0) {
                return null;
            }
            Linalg.Eigh eigh = parts(call, call.out(0));
            Tensor v = eigh.vectors();
            Tensor p = Matrices.transpose(v).matmul(tangents.of(0)).matmul(v);
            Tensor vectors = v.matmul(gaps(eigh.values()).mul(p));
            return Matrices.pack(Matrices.batch(call.in(0).shape()), vectors, p.diagonal(0));
        }

        private Linalg.Eigh parts(Call call, Tensor packed) {
            return Spectra.parts(packed, call.in(0).dim(-1));
        }

        private Tensor gaps(Tensor values) {
            Tensor gaps = values.unsqueeze(-2).sub(values.unsqueeze(-1));
            return reciprocal(gaps, values.abs().max(true, -1).unsqueeze(-1));
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(14L * call.in(0).size() * call.in(0).dim(-1) / 3, Cost.bytes(call));
        }
    };

    /// The eigenvalues alone. A further output holds the vectors if there is to be a gradient, else it is scratch.
    static final Op<Void> EIGENVALUES = new Op<>("eigenvalues", "λ of a symmetric A, rising") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            int n = Matrices.requireSquare(this, a);
            call.output(a.dtype(), Matrices.shape(Matrices.batch(a.shape()), n));
            call.output(a.dtype(), a.shape());
        }

        @Override
        void compute(Call call, Void none) {
            Tensor out = call.out(0);
            Tensor v = call.out(1);
            int n = v.dim(-1);
            Engine.copy(call.in(0), v.array(), v.offset);
            for (int i = 0; n > 0 && i < Matrices.count(v); i++) {
                int at = v.offset + i * n * n;
                int to = out.offset + i * n;
                Matrices.requireFinite(this, v, i, v.array(), at);
                if (call.source(0) == null) {
                    SymmetricEigen.values(Engine.kernels(v.dtype()), n, v.array(), at, n, out.array(), to);
                } else {
                    decompose(v.dtype(), n, v.array(), at, out.array(), to);
                }
            }
        }

        @Override
        int reads(int i) {
            return output(1);
        }

        /// V·diag(g)·Vᵀ.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, spread(eigh(call.in(0)).vectors(), flow.gradient()));
        }

        @Override
        void fusedVjp(Call call, Void none, Flow flow) {
            flow.give(0, spread(call.out(1), flow.gradient()));
        }

        private Tensor spread(Tensor v, Tensor g) {
            return Matrices.scaleColumns(v, g).matmul(Matrices.transpose(v));
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor v = eigh(call.in(0)).vectors();
            return v.mul(tangents.of(0).matmul(v)).sum(-2);
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(4L * call.in(0).size() * call.in(0).dim(-1) / 3, Cost.bytes(call));
        }
    };

    /// U `[…, m, k]`, s `[…, k]` and Vᵀ `[…, k, n]` with k = min(m, n), one after another in a last axis.
    static final Op<Void> SVD = new Op<>("svd", "U, s and Vᵀ with A = U·diag(s)·Vᵀ") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            Matrices.requireMatrix(this, a);
            int size = (a.dim(-2) + a.dim(-1) + 1) * Math.min(a.dim(-2), a.dim(-1));
            call.output(a.dtype(), Matrices.shape(Matrices.batch(a.shape()), size));
        }

        @Override
        void compute(Call call, Void none) {
            Tensor a = call.engine.dense(call.in(0));
            Tensor out = call.out(0);
            int m = a.dim(-2);
            int k = Math.min(m, a.dim(-1));
            try {
                for (int i = 0; a.size() > 0 && i < Matrices.count(a); i++) {
                    int u = out.offset + i * out.dim(-1);
                    decompose(this, a, i, out.array(), u, out.array(), u + m * k, out.array(), u + m * k + k);
                }
            } finally {
                call.engine.drop(a, call.in(0));
            }
        }

        @Override
        int reads(int i) {
            return output(0);
        }

        /// With X = Uᵀ·dU, Y = Vᵀ·dV, D[i, j] = (sⱼ − sᵢ)⁻¹ and E[i, j] = (sᵢ + sⱼ)⁻¹:
        ///
        /// U·(D ∘ skew(X + Y) + E ∘ skew(X − Y) + diag(ds))·Vᵀ + (dU − U·X)·s⁻¹·Vᵀ + U·s⁻¹·(dV − V·Y)ᵀ.
        ///
        /// Where U and V turn together within a space of equal values, nothing but D is undetermined.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            if (call.in(0).size() == 0) {
                return;
            }
            Linalg.Svd svd = parts(call, call.out(0));
            Linalg.Svd g = parts(call, flow.gradient());
            Tensor u = svd.u();
            Tensor vt = svd.vt();
            Tensor x = Matrices.transpose(u).matmul(g.u());
            Tensor y = vt.matmul(Matrices.transpose(g.vt()));
            Tensor inner = differences(svd.s())
                    .mul(Matrices.skew(x.add(y)))
                    .add(sums(svd.s()).mul(Matrices.skew(x.sub(y))))
                    .add(g.s().diagEmbed(0));
            Tensor gradient = u.matmul(inner).matmul(vt);
            if (u.dim(-2) > u.dim(-1)) {
                Tensor outside = g.u().sub(u.matmul(x));
                gradient = gradient.add(
                        Matrices.scaleColumns(outside, reciprocals(svd.s())).matmul(vt));
            }
            if (vt.dim(-1) > vt.dim(-2)) {
                Tensor outside = g.vt().sub(Matrices.transpose(y).matmul(vt));
                gradient = gradient.add(
                        Matrices.scaleColumns(u, reciprocals(svd.s())).matmul(outside));
            }
            flow.give(0, gradient);
        }

        /// With P = Uᵀ·dA·V: dU = U·(D ∘ sym P + E ∘ skew P) + (dA·V − U·P)·s⁻¹, dV = V·(D ∘ sym P − E ∘ skew P) +
        /// (dAᵀ·U − V·Pᵀ)·s⁻¹ and ds = diag P.
        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            if (call.in(0).size() == 0) {
                return null;
            }
            Linalg.Svd svd = parts(call, call.out(0));
            Tensor u = svd.u();
            Tensor v = Matrices.transpose(svd.vt());
            Tensor along = tangents.of(0);
            Tensor p = Matrices.transpose(u).matmul(along).matmul(v);
            Tensor together = differences(svd.s()).mul(Matrices.symmetric(p));
            Tensor apart = sums(svd.s()).mul(Matrices.skew(p));
            Tensor du = u.matmul(together.add(apart));
            Tensor dv = v.matmul(together.sub(apart));
            if (u.dim(-2) > u.dim(-1)) {
                Tensor outside = along.matmul(v).sub(u.matmul(p));
                du = du.add(Matrices.scaleColumns(outside, reciprocals(svd.s())));
            }
            if (v.dim(-2) > v.dim(-1)) {
                Tensor outside = Matrices.transpose(along).matmul(u).sub(v.matmul(Matrices.transpose(p)));
                dv = dv.add(Matrices.scaleColumns(outside, reciprocals(svd.s())));
            }
            Shape batch = Matrices.batch(call.in(0).shape());
            return Matrices.pack(batch, du, p.diagonal(0), Matrices.transpose(dv));
        }

        private Linalg.Svd parts(Call call, Tensor packed) {
            return Spectra.parts(packed, call.in(0).dim(-2), call.in(0).dim(-1));
        }

        private Tensor differences(Tensor s) {
            return reciprocal(s.unsqueeze(-2).sub(s.unsqueeze(-1)), largest(s).unsqueeze(-1));
        }

        private Tensor sums(Tensor s) {
            return reciprocal(s.unsqueeze(-2).add(s.unsqueeze(-1)), largest(s).unsqueeze(-1));
        }

        private Tensor reciprocals(Tensor s) {
            return reciprocal(s, largest(s));
        }

        private Tensor largest(Tensor s) {
            return s.slice(-1, 0, 1);
        }

        @Override
        Cost cost(Call call, Void none) {
            Tensor a = call.in(0);
            return new Cost(9L * a.size() * Math.min(a.dim(-2), a.dim(-1)), Cost.bytes(call));
        }
    };

    /// The singular values alone; the vectors are worked out too if there is to be a gradient.
    static final Op<Void> SINGULAR_VALUES = new Op<>("singularValues", "s of A, falling") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            Matrices.requireMatrix(this, a);
            Shape batch = Matrices.batch(a.shape());
            int k = Math.min(a.dim(-2), a.dim(-1));
            call.output(a.dtype(), Matrices.shape(batch, k));
            if (call.source(0) != null) {
                call.output(a.dtype(), Matrices.shape(batch, a.dim(-2), k));
                call.output(a.dtype(), Matrices.shape(batch, k, a.dim(-1)));
            }
        }

        @Override
        void compute(Call call, Void none) {
            Tensor a = call.engine.dense(call.in(0));
            try {
                for (int i = 0; a.size() > 0 && i < Matrices.count(a); i++) {
                    decompose(call, a, i);
                }
            } finally {
                call.engine.drop(a, call.in(0));
            }
        }

        private void decompose(Call call, Tensor a, int item) {
            Tensor out = call.out(0);
            int m = a.dim(-2);
            int n = a.dim(-1);
            int k = out.dim(-1);
            int s = out.offset + item * k;
            if (call.outputs() == 1) {
                int at = a.offset + item * m * n;
                Matrices.requireFinite(this, a, item, a.array(), at);
                Svd.computeValues(Engine.kernels(a.dtype()), m, n, a.array(), at, n, out.array(), s);
            } else {
                Tensor u = call.out(1);
                Tensor vt = call.out(2);
                int left = u.offset + item * m * k;
                int right = vt.offset + item * k * n;
                Spectra.decompose(this, a, item, u.array(), left, out.array(), s, vt.array(), right);
            }
        }

        @Override
        int reads(int i) {
            return output(1) | output(2);
        }

        /// U·diag(g)·Vᵀ.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            Linalg.Svd svd = svd(call.in(0));
            flow.give(0, Matrices.scaleColumns(svd.u(), flow.gradient()).matmul(svd.vt()));
        }

        @Override
        void fusedVjp(Call call, Void none, Flow flow) {
            flow.give(0, Matrices.scaleColumns(call.out(1), flow.gradient()).matmul(call.out(2)));
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Linalg.Svd svd = svd(call.in(0));
            return svd.u()
                    .mul(tangents.of(0).matmul(Matrices.transpose(svd.vt())))
                    .sum(-2);
        }

        @Override
        Cost cost(Call call, Void none) {
            Tensor a = call.in(0);
            return new Cost(8L * a.size() * Math.min(a.dim(-2), a.dim(-1)) / 3, Cost.bytes(call));
        }
    };

    static final List<Op<?>> ALL = List.of(EIGH, EIGENVALUES, SVD, SINGULAR_VALUES);

    /// Of symmetric matrices.
    static Linalg.Eigh eigh(Tensor a) {
        return parts(Engine.run(EIGH, null, a), a.dim(-1));
    }

    static Linalg.Svd svd(Tensor a) {
        return parts(Engine.run(SVD, null, a), a.dim(-2), a.dim(-1));
    }

    private static Linalg.Eigh parts(Tensor packed, int n) {
        return new Linalg.Eigh(Matrices.part(packed, n * n, n), Matrices.part(packed, 0, n, n));
    }

    private static Linalg.Svd parts(Tensor packed, int m, int n) {
        int k = Math.min(m, n);
        return new Linalg.Svd(
                Matrices.part(packed, 0, m, k),
                Matrices.part(packed, m * k, k),
                Matrices.part(packed, m * k + k, k, n));
    }

    /// x⁻¹ where |x| is not small against `largest`, which is taken for a constant; 0 where x is 0.
    private static Tensor reciprocal(Tensor x, Tensor largest) {
        Tensor constant = largest.detach();
        Tensor scale = constant.add(constant.equal(0));
        Tensor relative = x.div(scale);
        Tensor square = relative.square();
        double limit = Math.pow(x.dim(-1) * Determinants.epsilon(x.dtype()), 3);
        return relative.mul(square).div(square.square().add(limit)).div(scale);
    }

    /// Eigenvectors in the place of a finite symmetric matrix, and its eigenvalues.
    static void decompose(DType dtype, int n, Object a, int offset, Object values, int to) {
        Kernels<Object> kernels = Engine.kernels(dtype);
        SymmetricEigen.decompose(kernels, n, a, offset, n, values, to);
    }

    /// U, s and Vᵀ of one of the matrices of a dense tensor.
    static void decompose(
            Op<?> op, Tensor a, int item, Object u, int uOffset, Object s, int sOffset, Object vt, int vtOffset) {
        int m = a.dim(-2);
        int n = a.dim(-1);
        int k = Math.min(m, n);
        int at = a.offset + item * m * n;
        Matrices.requireFinite(op, a, item, a.array(), at);
        Svd.compute(Engine.kernels(a.dtype()), m, n, a.array(), at, n, u, uOffset, k, s, sOffset, vt, vtOffset, n);
    }
}
