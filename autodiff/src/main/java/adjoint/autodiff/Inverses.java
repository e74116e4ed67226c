package adjoint.autodiff;

import adjoint.autodiff.MatrixFunctions.Eigen;
import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;
import java.util.List;

/// What generalises the inverse to matrices of any shape: the pseudoinverse, and the orthogonal polar factor.
final class Inverses {
    private Inverses() {}

    /// The Moore–Penrose inverse. Singular values not greater than the parameter times the largest count as 0.
    static final Op<Double> PINV = new Op<>("pinv", "A⁺") {
        @Override
        void infer(Call call, Double tolerance) {
            Tensor a = call.in(0);
            Matrices.requireMatrix(this, a);
            call.output(a.dtype(), Matrices.shape(Matrices.batch(a.shape()), a.dim(-1), a.dim(-2)));
        }

        @Override
        void compute(Call call, Double tolerance) {
            Tensor a = call.in(0);
            try (Decomposition svd = new Decomposition(this, call.engine, a)) {
                for (int i = 0; a.size() > 0 && i < Matrices.count(a); i++) {
                    invert(svd.of(i), tolerance, call.out(0), call.out(0).offset + i * svd.m * svd.n);
                }
            }
        }

        private void invert(Decomposition svd, double tolerance, Tensor out, int at) {
            Kernels<Object> kernels = Engine.kernels(out.dtype());
            int n = svd.n;
            int rank = 0;
            while (rank < svd.k && svd.value(rank) > tolerance * svd.value(0)) {
                kernels.scale(n, 1 / svd.value(rank), svd.vt.array, rank * n);
                rank++;
            }
            Object vt = svd.vt.array;
            Object u = svd.u.array;
            Transpose both = Transpose.YES;
            kernels.gemm(both, both, n, svd.m, rank, 1, vt, 0, n, u, 0, svd.k, 0, out.array(), at, svd.m);
        }

        @Override
        int reads(int i) {
            return input(0) | output(0);
        }

        /// −Pᵀ·G·Pᵀ + (I − A·P)·Gᵀ·P·Pᵀ + Pᵀ·P·Gᵀ·(I − P·A) with P = A⁺, for changes that keep the rank.
        @Override
        void vjp(Call call, Double tolerance, Flow flow) {
            Tensor a = call.in(0);
            Tensor p = call.out(0);
            Tensor pt = Matrices.transpose(p);
            Tensor g = flow.gradient();
            Tensor gt = Matrices.transpose(g);
            Tensor right = gt.matmul(p);
            Tensor left = p.matmul(gt);
            Tensor da = right.sub(a.matmul(p.matmul(right)))
                    .matmul(pt)
                    .add(pt.matmul(left.sub(left.matmul(p).matmul(a))))
                    .sub(pt.matmul(g).matmul(pt));
            flow.give(0, da);
        }

        @Override
        Tensor jvp(Call call, Double tolerance, Tangents tangents) {
            Tensor a = call.in(0);
            Tensor p = call.out(0);
            Tensor pt = Matrices.transpose(p);
            Tensor t = tangents.of(0);
            Tensor tt = Matrices.transpose(t);
            Tensor right = pt.matmul(tt);
            Tensor left = tt.matmul(pt);
            return p.matmul(right.sub(right.matmul(a).matmul(p)))
                    .add(left.sub(p.matmul(a.matmul(left))).matmul(p))
                    .sub(p.matmul(t).matmul(p));
        }

        @Override
        Cost cost(Call call, Double tolerance) {
            Tensor a = call.in(0);
            return new Cost(11L * a.size() * Math.min(a.dim(-2), a.dim(-1)), Cost.bytes(call));
        }
    };

    /// Q of the polar decomposition A = Q·H of matrices `[…, m, n]` with m ≥ n. Further outputs are the eigenvectors
    /// and eigenvalues of H.
    static final Op<Void> POLAR = new Op<>("polar", "Q with A = Q·H, Q orthogonal and H ≥ 0") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            Matrices.requireMatrix(this, a);
            int n = a.dim(-1);
            Shape batch = Matrices.batch(a.shape());
            call.output(a.dtype(), a.shape());
            call.output(a.dtype(), Matrices.shape(batch, n, n));
            call.output(a.dtype(), Matrices.shape(batch, n));
        }

        @Override
        void compute(Call call, Void none) {
            Tensor a = call.in(0);
            Tensor values = call.out(2);
            try (Decomposition svd = new Decomposition(this, call.engine, a)) {
                for (int i = 0; a.size() > 0 && i < Matrices.count(a); i++) {
                    turn(svd.of(i), call.out(0), call.out(1), i);
                    System.arraycopy(svd.s.array, 0, values.array(), values.offset + i * svd.n, svd.n);
                }
            }
        }

        private void turn(Decomposition svd, Tensor q, Tensor v, int item) {
            Kernels<Object> kernels = Engine.kernels(q.dtype());
            int m = svd.m;
            int n = svd.n;
            int at = q.offset + item * m * n;
            Object vt = svd.vt.array;
            Transpose no = Transpose.NO;
            kernels.gemm(no, no, m, n, n, 1, svd.u.array, 0, n, vt, 0, n, 0, q.array(), at, n);
            kernels.transpose(n, n, vt, 0, n, v.array(), v.offset + item * n * n, n);
        }

        @Override
        int reads(int i) {
            return input(0) | output(0) | output(1) | output(2);
        }

        /// Q·L(Qᵀ·G − Gᵀ·Q) + (G − Q·Qᵀ·G)·H⁺, where X = L(C) solves H·X + X·H = C.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, along(call, flow.gradient()));
        }

        /// The derivative is symmetric: of the nearest point, it is that of a gradient.
        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            return along(call, tangents.of(0));
        }

        private Tensor along(Call call, Tensor e) {
            Tensor q = call.out(0);
            Tensor qt = Matrices.transpose(q);
            Tensor h = Matrices.symmetric(qt.matmul(call.in(0)));
            Tensor inner = qt.matmul(e);
            Tensor turn = Eigen.of(call).lyapunov(h, inner.sub(Matrices.transpose(inner)));
            Tensor within = q.matmul(turn);
            return q.dim(-2) == q.dim(-1)
                    ? within
                    : within.add(e.sub(q.matmul(inner)).matmul(Linalg.pinv(h)));
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(11L * call.in(0).size() * call.in(0).dim(-1), Cost.bytes(call));
        }
    };

    static final List<Op<?>> ALL = List.of(PINV, POLAR);

    /// The singular value decompositions of the matrices of a batch, one after another in the same place.
    private static final class Decomposition implements AutoCloseable {
        final int m;
        final int n;
        final int k;
        final Storage u;
        final Storage s;
        final Storage vt;
        private final Op<?> op;
        private final Engine engine;
        private final Tensor original;
        private final Tensor a;

        Decomposition(Op<?> op, Engine engine, Tensor original) {
            this.op = op;
            this.engine = engine;
            this.original = original;
            m = original.dim(-2);
            n = original.dim(-1);
            k = Math.min(m, n);
            a = engine.dense(original);
            u = engine.takeTemporary(a.dtype(), m * k);
            s = engine.takeTemporary(a.dtype(), k);
            vt = engine.takeTemporary(a.dtype(), k * n);
        }

        Decomposition of(int item) {
            Spectra.decompose(op, a, item, u.array, 0, s.array, 0, vt.array, 0);
            return this;
        }

        double value(int j) {
            return Tensor.element(s.array, j);
        }

        @Override
        public void close() {
            engine.dropTemporary(vt);
            engine.dropTemporary(s);
            engine.dropTemporary(u);
            engine.drop(a, original);
        }
    }
}
