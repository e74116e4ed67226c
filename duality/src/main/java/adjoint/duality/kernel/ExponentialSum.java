package adjoint.duality.kernel;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Chain;
import adjoint.linalg.Epilogue;
import adjoint.linalg.Expr;
import adjoint.linalg.Kernels;
import adjoint.linalg.PackedMatrix;
import adjoint.linalg.Parallel;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/// `out_i = Σ_j e^(a_iᵀb_j + α_i + β_j)·v_j` in tiles: a matrix product into a tile that stays in the cache, and one
/// sweep over it that takes the exponential and sums, or a second product for several columns.
///
/// The gradients are sums of the same kind, so it can be differentiated any number of times in O(N + M) memory:
/// ```text
/// v: Kᵀg     α: rows of g ∘ out     β: rows of v ∘ Kᵀg     a_i: Σ_c g_ic·(K·(v_c ⊗ b))_i     b: the same of Kᵀ
/// ```
/// A row of the result is summed over tiles from the first to the last, whatever the number of threads.
final class ExponentialSum {
    private static final int ROWS = 128;
    private static final int COLUMNS = 512;

    private static final Chain DOT = Chain.define("exponentialDot", c -> {
        Expr s = c.in();
        Expr v = c.in();
        Expr alpha = c.perRow();
        Expr before = c.perRow();
        c.outRow(before.add(s.add(alpha).exp().mul(v).sumRow()));
    });

    private static final Chain EXP = Chain.define("exponentialTile", c -> {
        Expr s = c.in();
        Expr alpha = c.perRow();
        c.out(s.add(alpha).exp());
    });

    private static final Function<List<Tensor>, Tensor> SUM =
            Autodiff.customVjp(ExponentialSum::value, (in, out, g) -> gradients(in, out, g));

    private ExponentialSum() {}

    /// @param sides a `[N, k]`, α `[N]`, b `[M, k]` and β `[M]`
    /// @param v `[M, c]`
    /// @return `[N, c]`
    static Tensor of(ExponentialForm.Sides sides, Tensor v) {
        return SUM.apply(List.of(sides.a(), sides.alpha(), sides.b(), sides.beta(), v));
    }

    private static List<Tensor> gradients(List<Tensor> in, Tensor out, Tensor g) {
        Tensor a = in.get(0);
        Tensor b = in.get(2);
        Tensor v = in.get(4);
        int columns = v.dim(1);
        Tensor moments = SUM.apply(List.of(a, in.get(1), b, in.get(3), outer(v, b)));
        Tensor back = SUM.apply(List.of(b, in.get(3), a, in.get(1), Tensor.concat(1, g, outer(g, a))));
        Tensor dv = back.slice(1, 0, columns);
        Tensor backMoments = back.slice(1, columns, back.dim(1));
        return List.of(
                contract(moments, g),
                g.mul(out).sum(1),
                contract(backMoments, v),
                v.mul(dv).sum(1),
                dv);
    }

    /// The products of each row's elements, `[M, c·k]`.
    private static Tensor outer(Tensor v, Tensor b) {
        return v.unsqueeze(2).mul(b.unsqueeze(1)).flatten(1, 2);
    }

    /// `Σ_c g_ic·moments_ick`.
    private static Tensor contract(Tensor moments, Tensor g) {
        int k = moments.dim(1) / g.dim(1);
        return moments.reshape(g.dim(0), g.dim(1), k).mul(g.unsqueeze(2)).sum(1);
    }

    private static Tensor value(List<Tensor> in) {
        Kernels<?> kernels = in.getFirst().dtype().precision() == Precision.F32 ? Kernels.f32() : Kernels.f64();
        return new Sum<>(kernels, in).run();
    }

    private static final class Sum<A> {
        private final Kernels<A> kernels;
        private final Precision precision;
        private final List<Tensor> in;
        private final int n;
        private final int m;
        private final int k;
        private final int c;
        private final A a;
        private final A alpha;
        private final A b;
        private final A v;
        private final A out;
        private final Queue<A> tiles = new ConcurrentLinkedQueue<>();

        Sum(Kernels<A> kernels, List<Tensor> in) {
            this.kernels = kernels;
            this.precision = kernels.precision();
            this.in = in;
            this.n = in.get(0).dim(0);
            this.k = in.get(0).dim(1) + 1;
            this.m = in.get(2).dim(0);
            this.c = in.get(4).dim(1);
            // β as one more component is cheaper than a bias.
            this.a = array(in.get(0).pad(1, 0, 1));
            this.alpha = array(in.get(1));
            this.b = array(Tensor.concat(1, in.get(2), in.get(3).unsqueeze(1)));
            this.v = array(in.get(4));
            this.out = allocate(Math.multiplyExact(n, c));
        }

        Tensor run() {
            int blocks = (m + COLUMNS - 1) / COLUMNS;
            @SuppressWarnings("unchecked")
            PackedMatrix<A>[] packed = (PackedMatrix<A>[]) new PackedMatrix<?>[blocks];
            Parallel.tasks(blocks, j -> {
                int from = j * COLUMNS;
                packed[j] = kernels.pack(Transpose.YES, k, Math.min(COLUMNS, m - from), b, from * k, k);
            });
            Parallel.range(n, ROWS, (from, to) -> rows(packed, from, to - from));
            return Tensor.wrap(out, 0, Shape.of(n, c));
        }

        private void rows(PackedMatrix<A>[] packed, int from, int rows) {
            A free = tiles.poll();
            A tile = free != null ? free : allocate(ROWS * COLUMNS);
            Object[] dot = {tile, v, alpha, out, out};
            Object[] exp = {tile, alpha, tile};
            int[] dotStrides = {COLUMNS, 0, 1, 1, 1};
            int[] expStrides = {COLUMNS, 1, COLUMNS};
            int[] dotOffsets = {0, 0, from, from, from};
            int[] expOffsets = {0, from, 0};
            double[] none = {};
            for (int j = 0; j < packed.length; j++) {
                int first = j * COLUMNS;
                int cols = packed[j].cols();
                kernels.gemm(Transpose.NO, rows, 1, a, from * k, k, packed[j], 0, tile, 0, COLUMNS, Epilogue.none());
                if (c == 1) {
                    dotOffsets[1] = first;
                    DOT.run(precision, rows, cols, dot, dotOffsets, dotStrides, none);
                } else {
                    EXP.run(precision, rows, cols, exp, expOffsets, expStrides, none);
                    kernels.gemm(
                            Transpose.NO,
                            Transpose.NO,
                            rows,
                            c,
                            cols,
                            1,
                            tile,
                            0,
                            COLUMNS,
                            v,
                            first * c,
                            c,
                            1,
                            out,
                            from * c,
                            c);
                }
            }
            tiles.add(tile);
        }

        private A array(Tensor tensor) {
            A values = allocate(tensor.size());
            tensor.copyTo(values, 0);
            return values;
        }

        @SuppressWarnings("unchecked")
        private A allocate(int length) {
            return (A) in.getFirst().dtype().allocate(length);
        }
    }
}
