package adjoint.linalg;

import adjoint.linalg.internal.AttentionKernels;
import adjoint.linalg.internal.DistributionDraws;
import adjoint.linalg.internal.DoubleAttention;
import adjoint.linalg.internal.DoubleLanes;
import adjoint.linalg.internal.DoubleSimdDraws;
import adjoint.linalg.internal.DoubleSimdGemm;
import adjoint.linalg.internal.DoubleSimdMatrixVector;
import adjoint.linalg.internal.DoubleSimdStrips;
import adjoint.linalg.internal.DoubleTransposes;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// The kernels of one precision with vector instructions: the loops of [DoubleKernels] that the JIT compiler
/// does not vectorise by itself, because they reduce, or because two rows might overlap for all it knows. Linked only
/// when `jdk.incubator.vector` is there.
///
/// Every index is an expression in the loop counter, so that range checks move out of the loop; every sum has
/// four accumulators, or the latency of an addition would bound it; and no vector leaves a method.
final class DoubleSimdKernels extends DoubleKernels {
    private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    DoubleSimdKernels() {
        super(
                new DoubleSimdGemm(),
                new DoubleSimdMatrixVector(),
                new DoubleSimdStrips(),
                new DoubleSimdDraws(),
                DistributionDraws.simd());
    }

    @Override
    AttentionKernels<double[]> newAttention() {
        return DoubleAttention.simd(this);
    }

    // ---- sums

    @Override
    /*64*/ double sumBlock(double[] x, int off, int n) {
        DoubleVector s0 = DoubleVector.zero(S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int i = 0;
        for (; i <= n - 4 * L; i += 4 * L) {
            s0 = s0.add(DoubleVector.fromArray(S, x, off + i));
            s1 = s1.add(DoubleVector.fromArray(S, x, off + i + L));
            s2 = s2.add(DoubleVector.fromArray(S, x, off + i + 2 * L));
            s3 = s3.add(DoubleVector.fromArray(S, x, off + i + 3 * L));
        }
        for (; i <= n - L; i += L) {
            s0 = s0.add(DoubleVector.fromArray(S, x, off + i));
        }
        return DoubleLanes.sum(s0.add(s1).add(s2.add(s3))) + super.sumBlock(x, off + i, n - i);
    }

    /// Eight vectors a turn also make the method too long to be inlined, as is wanted: in a caller with many sums, the
    /// JIT compiler would decline to inline the sum over lanes, and its argument would become an object.
    @Override
    /*64*/ double dotBlock(double[] x, int xOff, double[] y, int yOff, int n) {
        DoubleVector s0 = DoubleVector.zero(S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int i = 0;
        for (; i <= n - 8 * L; i += 8 * L) {
            s0 = DoubleVector.fromArray(S, x, xOff + i).fma(DoubleVector.fromArray(S, y, yOff + i), s0);
            s1 = DoubleVector.fromArray(S, x, xOff + i + L).fma(DoubleVector.fromArray(S, y, yOff + i + L), s1);
            s2 = DoubleVector.fromArray(S, x, xOff + i + 2 * L).fma(DoubleVector.fromArray(S, y, yOff + i + 2 * L), s2);
            s3 = DoubleVector.fromArray(S, x, xOff + i + 3 * L).fma(DoubleVector.fromArray(S, y, yOff + i + 3 * L), s3);
            s0 = DoubleVector.fromArray(S, x, xOff + i + 4 * L).fma(DoubleVector.fromArray(S, y, yOff + i + 4 * L), s0);
            s1 = DoubleVector.fromArray(S, x, xOff + i + 5 * L).fma(DoubleVector.fromArray(S, y, yOff + i + 5 * L), s1);
            s2 = DoubleVector.fromArray(S, x, xOff + i + 6 * L).fma(DoubleVector.fromArray(S, y, yOff + i + 6 * L), s2);
            s3 = DoubleVector.fromArray(S, x, xOff + i + 7 * L).fma(DoubleVector.fromArray(S, y, yOff + i + 7 * L), s3);
        }
        for (; i <= n - 4 * L; i += 4 * L) {
            s0 = DoubleVector.fromArray(S, x, xOff + i).fma(DoubleVector.fromArray(S, y, yOff + i), s0);
            s1 = DoubleVector.fromArray(S, x, xOff + i + L).fma(DoubleVector.fromArray(S, y, yOff + i + L), s1);
            s2 = DoubleVector.fromArray(S, x, xOff + i + 2 * L).fma(DoubleVector.fromArray(S, y, yOff + i + 2 * L), s2);
            s3 = DoubleVector.fromArray(S, x, xOff + i + 3 * L).fma(DoubleVector.fromArray(S, y, yOff + i + 3 * L), s3);
        }
        for (; i <= n - L; i += L) {
            s0 = DoubleVector.fromArray(S, x, xOff + i).fma(DoubleVector.fromArray(S, y, yOff + i), s0);
        }
        return DoubleLanes.sum(s0.add(s1).add(s2.add(s3))) + super.dotBlock(x, xOff + i, y, yOff + i, n - i);
    }

    @Override
    void addEightRows(int cols, double[] x, int off, int ld, double[] out, int outOff) {
        int r1 = off + ld;
        int r2 = off + 2 * ld;
        int r3 = off + 3 * ld;
        int r4 = off + 4 * ld;
        int r5 = off + 5 * ld;
        int r6 = off + 6 * ld;
        int r7 = off + 7 * ld;
        int j = 0;
        for (; j <= cols - L; j += L) {
            DoubleVector top = DoubleVector.fromArray(S, x, off + j)
                    .add(DoubleVector.fromArray(S, x, r1 + j))
                    .add(DoubleVector.fromArray(S, x, r2 + j).add(DoubleVector.fromArray(S, x, r3 + j)));
            DoubleVector bottom = DoubleVector.fromArray(S, x, r4 + j)
                    .add(DoubleVector.fromArray(S, x, r5 + j))
                    .add(DoubleVector.fromArray(S, x, r6 + j).add(DoubleVector.fromArray(S, x, r7 + j)));
            DoubleVector.fromArray(S, out, outOff + j).add(top.add(bottom)).intoArray(out, outOff + j);
        }
        super.addEightRows(cols - j, x, off + j, ld, out, outOff + j);
    }

    @Override
    void addRow(int n, double[] x, int xOff, double[] y, int yOff) {
        int i = 0;
        for (; i <= n - L; i += L) {
            DoubleVector.fromArray(S, y, yOff + i)
                    .add(DoubleVector.fromArray(S, x, xOff + i))
                    .intoArray(y, yOff + i);
        }
        super.addRow(n - i, x, xOff + i, y, yOff + i);
    }

    @Override
    void axpyRow(int n, double alpha, double[] x, int xOff, double[] y, int yOff) {
        int i = 0;
        for (; i <= n - L; i += L) {
            DoubleVector.fromArray(S, y, yOff + i)
                    .add(DoubleVector.fromArray(S, x, xOff + i).mul(alpha))
                    .intoArray(y, yOff + i);
        }
        super.axpyRow(n - i, alpha, x, xOff + i, y, yOff + i);
    }

    @Override
    void rotRow(int n, double[] x, int xOff, double[] y, int yOff, double cos, double sin) {
        DoubleVector c = DoubleVector.broadcast(S, cos);
        DoubleVector s = DoubleVector.broadcast(S, sin);
        int i = 0;
        for (; i <= n - L; i += L) {
            DoubleVector u = DoubleVector.fromArray(S, x, xOff + i);
            DoubleVector v = DoubleVector.fromArray(S, y, yOff + i);
            u.mul(c).add(v.mul(s)).intoArray(x, xOff + i);
            v.mul(c).sub(u.mul(s)).intoArray(y, yOff + i);
        }
        super.rotRow(n - i, x, xOff + i, y, yOff + i, cos, sin);
    }

    // ---- elements

    /// 0·x is NaN for NaN and the infinities, and a NaN spreads through the sum. Too long to be inlined, as
    /// [#dotBlock] is and for the same reason.
    @Override
    boolean hasNonFinite(double[] x, int off, int n) {
        DoubleVector zero = DoubleVector.zero(S);
        DoubleVector s0 = zero;
        DoubleVector s1 = zero;
        DoubleVector s2 = zero;
        DoubleVector s3 = zero;
        int i = 0;
        for (; i <= n - 8 * L; i += 8 * L) {
            s0 = DoubleVector.fromArray(S, x, off + i).fma(zero, s0);
            s1 = DoubleVector.fromArray(S, x, off + i + L).fma(zero, s1);
            s2 = DoubleVector.fromArray(S, x, off + i + 2 * L).fma(zero, s2);
            s3 = DoubleVector.fromArray(S, x, off + i + 3 * L).fma(zero, s3);
            s0 = DoubleVector.fromArray(S, x, off + i + 4 * L).fma(zero, s0);
            s1 = DoubleVector.fromArray(S, x, off + i + 5 * L).fma(zero, s1);
            s2 = DoubleVector.fromArray(S, x, off + i + 6 * L).fma(zero, s2);
            s3 = DoubleVector.fromArray(S, x, off + i + 7 * L).fma(zero, s3);
        }
        for (; i <= n - 2 * L; i += 2 * L) {
            s0 = DoubleVector.fromArray(S, x, off + i).fma(zero, s0);
            s1 = DoubleVector.fromArray(S, x, off + i + L).fma(zero, s1);
        }
        for (; i <= n - L; i += L) {
            s0 = DoubleVector.fromArray(S, x, off + i).fma(zero, s0);
        }
        boolean spread = DoubleLanes.sum(s0.add(s1).add(s2.add(s3))) != 0;
        return spread || super.hasNonFinite(x, off + i, n - i);
    }

    // ---- layout

    @Override
    void transposeBlocks(int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        if (DoubleTransposes.fit(rows, cols)) {
            DoubleTransposes.blocks(rows, cols, in, inOff, ldIn, out, outOff, ldOut);
        } else {
            super.transposeBlocks(rows, cols, in, inOff, ldIn, out, outOff, ldOut);
        }
    }
}
