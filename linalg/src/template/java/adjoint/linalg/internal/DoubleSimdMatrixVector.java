package adjoint.linalg.internal;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// The loops of [DoubleMatrixVector] with vector instructions. Sums of lanes go by way of memory: a vector handed to a
/// call that is not inlined would become an object.
public final class DoubleSimdMatrixVector extends DoubleMatrixVector {
    private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;
    private static final int L = S.length();

    @Override
    void addDot(int n, double alpha, double[] a, int aOff, double[] x, int xOff, double[] y, int yOff, double[] room) {
        DoubleVector s0 = DoubleVector.zero(S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int j = 0;
        for (; j <= n - 4 * L; j += 4 * L) {
            s0 = DoubleVector.fromArray(S, a, aOff + j).fma(DoubleVector.fromArray(S, x, xOff + j), s0);
            s1 = DoubleVector.fromArray(S, a, aOff + j + L).fma(DoubleVector.fromArray(S, x, xOff + j + L), s1);
            s2 = DoubleVector.fromArray(S, a, aOff + j + 2 * L).fma(DoubleVector.fromArray(S, x, xOff + j + 2 * L), s2);
            s3 = DoubleVector.fromArray(S, a, aOff + j + 3 * L).fma(DoubleVector.fromArray(S, x, xOff + j + 3 * L), s3);
        }
        for (; j <= n - L; j += L) {
            s0 = DoubleVector.fromArray(S, a, aOff + j).fma(DoubleVector.fromArray(S, x, xOff + j), s0);
        }
        s0.add(s1).add(s2.add(s3)).intoArray(room, 0);
        y[yOff] += alpha * sum(room, 0);
        super.addDot(n - j, alpha, a, aOff + j, x, xOff + j, y, yOff, room);
    }

    @Override
    void addFourDots(
            int n,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xOff,
            double[] y,
            int yOff,
            double[] room) {
        int r1 = aOff + lda;
        int r2 = aOff + 2 * lda;
        int r3 = aOff + 3 * lda;
        DoubleVector s0 = DoubleVector.zero(S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        DoubleVector t0 = s0;
        DoubleVector t1 = s0;
        DoubleVector t2 = s0;
        DoubleVector t3 = s0;
        int j = 0;
        for (; j <= n - 2 * L; j += 2 * L) {
            DoubleVector u = DoubleVector.fromArray(S, x, xOff + j);
            DoubleVector v = DoubleVector.fromArray(S, x, xOff + j + L);
            s0 = u.fma(DoubleVector.fromArray(S, a, aOff + j), s0);
            t0 = v.fma(DoubleVector.fromArray(S, a, aOff + j + L), t0);
            s1 = u.fma(DoubleVector.fromArray(S, a, r1 + j), s1);
            t1 = v.fma(DoubleVector.fromArray(S, a, r1 + j + L), t1);
            s2 = u.fma(DoubleVector.fromArray(S, a, r2 + j), s2);
            t2 = v.fma(DoubleVector.fromArray(S, a, r2 + j + L), t2);
            s3 = u.fma(DoubleVector.fromArray(S, a, r3 + j), s3);
            t3 = v.fma(DoubleVector.fromArray(S, a, r3 + j + L), t3);
        }
        for (; j <= n - L; j += L) {
            DoubleVector u = DoubleVector.fromArray(S, x, xOff + j);
            s0 = u.fma(DoubleVector.fromArray(S, a, aOff + j), s0);
            s1 = u.fma(DoubleVector.fromArray(S, a, r1 + j), s1);
            s2 = u.fma(DoubleVector.fromArray(S, a, r2 + j), s2);
            s3 = u.fma(DoubleVector.fromArray(S, a, r3 + j), s3);
        }
        s0.add(t0).intoArray(room, 0);
        s1.add(t1).intoArray(room, L);
        s2.add(t2).intoArray(room, 2 * L);
        s3.add(t3).intoArray(room, 3 * L);
        addFourSums(alpha, room, y, yOff);
        super.addFourDots(n - j, alpha, a, aOff + j, lda, x, xOff + j, y, yOff, room);
    }

    /// `yᵢ += alpha·` the sum of vector i of `sums`.
    private static void addFourSums(double alpha, double[] sums, double[] y, int yOff) {
        y[yOff] += alpha * sum(sums, 0);
        y[yOff + 1] += alpha * sum(sums, L);
        y[yOff + 2] += alpha * sum(sums, 2 * L);
        y[yOff + 3] += alpha * sum(sums, 3 * L);
    }

    /// The sum of a vector, of which every fourth lane makes one of four sums.
    private static double sum(double[] sums, int from) {
        if (L < 4) {
            return L == 2 ? sums[from] + sums[from + 1] : sums[from];
        }
        double s0 = sums[from];
        double s1 = sums[from + 1];
        double s2 = sums[from + 2];
        double s3 = sums[from + 3];
        for (int l = 4; l < L; l += 4) {
            s0 += sums[from + l];
            s1 += sums[from + l + 1];
            s2 += sums[from + l + 2];
            s3 += sums[from + l + 3];
        }
        return (s0 + s1) + (s2 + s3);
    }

    @Override
    void addEightRows(int n, double alpha, double[] x, int xOff, double[] a, int aOff, int lda, double[] y, int yOff) {
        DoubleVector x0 = DoubleVector.broadcast(S, alpha * x[xOff]);
        DoubleVector x1 = DoubleVector.broadcast(S, alpha * x[xOff + 1]);
        DoubleVector x2 = DoubleVector.broadcast(S, alpha * x[xOff + 2]);
        DoubleVector x3 = DoubleVector.broadcast(S, alpha * x[xOff + 3]);
        DoubleVector x4 = DoubleVector.broadcast(S, alpha * x[xOff + 4]);
        DoubleVector x5 = DoubleVector.broadcast(S, alpha * x[xOff + 5]);
        DoubleVector x6 = DoubleVector.broadcast(S, alpha * x[xOff + 6]);
        DoubleVector x7 = DoubleVector.broadcast(S, alpha * x[xOff + 7]);
        int r1 = aOff + lda;
        int r2 = aOff + 2 * lda;
        int r3 = aOff + 3 * lda;
        int r4 = aOff + 4 * lda;
        int r5 = aOff + 5 * lda;
        int r6 = aOff + 6 * lda;
        int r7 = aOff + 7 * lda;
        int j = 0;
        for (; j <= n - L; j += L) {
            DoubleVector top = DoubleVector.fromArray(S, a, aOff + j).mul(x0);
            DoubleVector bottom = DoubleVector.fromArray(S, a, r4 + j).mul(x4);
            top = DoubleVector.fromArray(S, a, r1 + j).fma(x1, top);
            bottom = DoubleVector.fromArray(S, a, r5 + j).fma(x5, bottom);
            top = DoubleVector.fromArray(S, a, r2 + j).fma(x2, top);
            bottom = DoubleVector.fromArray(S, a, r6 + j).fma(x6, bottom);
            top = DoubleVector.fromArray(S, a, r3 + j).fma(x3, top);
            bottom = DoubleVector.fromArray(S, a, r7 + j).fma(x7, bottom);
            DoubleVector.fromArray(S, y, yOff + j).add(top.add(bottom)).intoArray(y, yOff + j);
        }
        super.addEightRows(n - j, alpha, x, xOff, a, aOff + j, lda, y, yOff + j);
    }

    @Override
    void addRow(int n, double factor, double[] x, int xOff, double[] y, int yOff) {
        DoubleVector f = DoubleVector.broadcast(S, factor);
        int j = 0;
        for (; j <= n - L; j += L) {
            DoubleVector.fromArray(S, x, xOff + j)
                    .fma(f, DoubleVector.fromArray(S, y, yOff + j))
                    .intoArray(y, yOff + j);
        }
        super.addRow(n - j, factor, x, xOff + j, y, yOff + j);
    }

    @Override
    void addFourBoth(
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xi,
            int xj,
            double[] y,
            int yi,
            int yj,
            double[] room) {
        int r1 = aOff + lda;
        int r2 = aOff + 2 * lda;
        int r3 = aOff + 3 * lda;
        DoubleVector x0 = DoubleVector.broadcast(S, x[xi]);
        DoubleVector x1 = DoubleVector.broadcast(S, x[xi + 1]);
        DoubleVector x2 = DoubleVector.broadcast(S, x[xi + 2]);
        DoubleVector x3 = DoubleVector.broadcast(S, x[xi + 3]);
        DoubleVector s0 = DoubleVector.zero(S);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int j = 0;
        for (; j <= n - L; j += L) {
            DoubleVector a0 = DoubleVector.fromArray(S, a, aOff + j);
            DoubleVector a1 = DoubleVector.fromArray(S, a, r1 + j);
            DoubleVector a2 = DoubleVector.fromArray(S, a, r2 + j);
            DoubleVector a3 = DoubleVector.fromArray(S, a, r3 + j);
            DoubleVector v = DoubleVector.fromArray(S, x, xj + j);
            s0 = a0.fma(v, s0);
            s1 = a1.fma(v, s1);
            s2 = a2.fma(v, s2);
            s3 = a3.fma(v, s3);
            a1.fma(x1, a0.mul(x0))
                    .add(a3.fma(x3, a2.mul(x2)))
                    .add(DoubleVector.fromArray(S, y, yj + j))
                    .intoArray(y, yj + j);
        }
        s0.intoArray(room, 0);
        s1.intoArray(room, L);
        s2.intoArray(room, 2 * L);
        s3.intoArray(room, 3 * L);
        addFourSums(1, room, y, yi);
        super.addFourBoth(n - j, a, aOff + j, lda, x, xi, xj + j, y, yi, yj + j, room);
    }
}
