package adjoint.linalg.internal;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/// [DoubleStrips] with vector instructions: strips of two vectors, four rows at a time in registers.
public final class DoubleSimdStrips extends DoubleStrips {
    private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;
    private static final int L = S.length();
    private static final int WIDTH = 2 * L;

    @Override
    int width() {
        return WIDTH;
    }

    @Override
    void solve(int order, double[] t, double[] x) {
        int r = 0;
        for (; r <= order - 4; r += 4) {
            solveFour(r, t, x);
        }
        for (; r < order; r++) {
            solveOne(r, t, x);
        }
    }

    /// Rows `r … r+3`: first what the rows above contribute, then the triangle between the four.
    private static void solveFour(int r, double[] t, double[] x) {
        int t0 = r * ORDER;
        int t1 = t0 + ORDER;
        int t2 = t1 + ORDER;
        int t3 = t2 + ORDER;
        int row = r * WIDTH;
        DoubleVector u0 = DoubleVector.fromArray(S, x, row);
        DoubleVector v0 = DoubleVector.fromArray(S, x, row + L);
        DoubleVector u1 = DoubleVector.fromArray(S, x, row + WIDTH);
        DoubleVector v1 = DoubleVector.fromArray(S, x, row + WIDTH + L);
        DoubleVector u2 = DoubleVector.fromArray(S, x, row + 2 * WIDTH);
        DoubleVector v2 = DoubleVector.fromArray(S, x, row + 2 * WIDTH + L);
        DoubleVector u3 = DoubleVector.fromArray(S, x, row + 3 * WIDTH);
        DoubleVector v3 = DoubleVector.fromArray(S, x, row + 3 * WIDTH + L);
        for (int p = 0; p < r; p++) {
            DoubleVector u = DoubleVector.fromArray(S, x, p * WIDTH);
            DoubleVector v = DoubleVector.fromArray(S, x, p * WIDTH + L);
            DoubleVector f = DoubleVector.broadcast(S, t[t0 + p]);
            u0 = u.fma(f, u0);
            v0 = v.fma(f, v0);
            f = DoubleVector.broadcast(S, t[t1 + p]);
            u1 = u.fma(f, u1);
            v1 = v.fma(f, v1);
            f = DoubleVector.broadcast(S, t[t2 + p]);
            u2 = u.fma(f, u2);
            v2 = v.fma(f, v2);
            f = DoubleVector.broadcast(S, t[t3 + p]);
            u3 = u.fma(f, u3);
            v3 = v.fma(f, v3);
        }
        DoubleVector f = DoubleVector.broadcast(S, t[t0 + r]);
        u0 = u0.mul(f);
        v0 = v0.mul(f);
        f = DoubleVector.broadcast(S, t[t1 + r]);
        DoubleVector d = DoubleVector.broadcast(S, t[t1 + r + 1]);
        u1 = u0.fma(f, u1).mul(d);
        v1 = v0.fma(f, v1).mul(d);
        f = DoubleVector.broadcast(S, t[t2 + r]);
        DoubleVector g = DoubleVector.broadcast(S, t[t2 + r + 1]);
        d = DoubleVector.broadcast(S, t[t2 + r + 2]);
        u2 = u1.fma(g, u0.fma(f, u2)).mul(d);
        v2 = v1.fma(g, v0.fma(f, v2)).mul(d);
        f = DoubleVector.broadcast(S, t[t3 + r]);
        g = DoubleVector.broadcast(S, t[t3 + r + 1]);
        DoubleVector h = DoubleVector.broadcast(S, t[t3 + r + 2]);
        d = DoubleVector.broadcast(S, t[t3 + r + 3]);
        u3 = u2.fma(h, u1.fma(g, u0.fma(f, u3))).mul(d);
        v3 = v2.fma(h, v1.fma(g, v0.fma(f, v3))).mul(d);
        u0.intoArray(x, row);
        v0.intoArray(x, row + L);
        u1.intoArray(x, row + WIDTH);
        v1.intoArray(x, row + WIDTH + L);
        u2.intoArray(x, row + 2 * WIDTH);
        v2.intoArray(x, row + 2 * WIDTH + L);
        u3.intoArray(x, row + 3 * WIDTH);
        v3.intoArray(x, row + 3 * WIDTH + L);
    }

    private static void solveOne(int r, double[] t, double[] x) {
        DoubleVector u = DoubleVector.fromArray(S, x, r * WIDTH);
        DoubleVector v = DoubleVector.fromArray(S, x, r * WIDTH + L);
        for (int p = 0; p < r; p++) {
            DoubleVector f = DoubleVector.broadcast(S, t[r * ORDER + p]);
            u = DoubleVector.fromArray(S, x, p * WIDTH).fma(f, u);
            v = DoubleVector.fromArray(S, x, p * WIDTH + L).fma(f, v);
        }
        DoubleVector d = DoubleVector.broadcast(S, t[r * ORDER + r]);
        u.mul(d).intoArray(x, r * WIDTH);
        v.mul(d).intoArray(x, r * WIDTH + L);
    }

    /// From the last rows to the first, since a row needs those above it as they were.
    @Override
    void multiply(int order, double[] t, double[] x) {
        int r = order;
        for (; r % 4 != 0; r--) {
            multiplyOne(r - 1, t, x);
        }
        for (; r > 0; r -= 4) {
            multiplyFour(r - 4, t, x);
        }
    }

    /// Rows `r … r+3`: first the triangle between the four, then what the rows above contribute.
    private static void multiplyFour(int r, double[] t, double[] x) {
        int t0 = r * ORDER;
        int t1 = t0 + ORDER;
        int t2 = t1 + ORDER;
        int t3 = t2 + ORDER;
        int row = r * WIDTH;
        DoubleVector u0 = DoubleVector.fromArray(S, x, row);
        DoubleVector v0 = DoubleVector.fromArray(S, x, row + L);
        DoubleVector u1 = DoubleVector.fromArray(S, x, row + WIDTH);
        DoubleVector v1 = DoubleVector.fromArray(S, x, row + WIDTH + L);
        DoubleVector u2 = DoubleVector.fromArray(S, x, row + 2 * WIDTH);
        DoubleVector v2 = DoubleVector.fromArray(S, x, row + 2 * WIDTH + L);
        DoubleVector u3 = DoubleVector.fromArray(S, x, row + 3 * WIDTH);
        DoubleVector v3 = DoubleVector.fromArray(S, x, row + 3 * WIDTH + L);
        DoubleVector f = DoubleVector.broadcast(S, t[t3 + r]);
        DoubleVector g = DoubleVector.broadcast(S, t[t3 + r + 1]);
        DoubleVector h = DoubleVector.broadcast(S, t[t3 + r + 2]);
        DoubleVector d = DoubleVector.broadcast(S, t[t3 + r + 3]);
        u3 = u2.fma(h, u1.fma(g, u0.fma(f, u3.mul(d))));
        v3 = v2.fma(h, v1.fma(g, v0.fma(f, v3.mul(d))));
        f = DoubleVector.broadcast(S, t[t2 + r]);
        g = DoubleVector.broadcast(S, t[t2 + r + 1]);
        d = DoubleVector.broadcast(S, t[t2 + r + 2]);
        u2 = u1.fma(g, u0.fma(f, u2.mul(d)));
        v2 = v1.fma(g, v0.fma(f, v2.mul(d)));
        f = DoubleVector.broadcast(S, t[t1 + r]);
        d = DoubleVector.broadcast(S, t[t1 + r + 1]);
        u1 = u0.fma(f, u1.mul(d));
        v1 = v0.fma(f, v1.mul(d));
        d = DoubleVector.broadcast(S, t[t0 + r]);
        u0 = u0.mul(d);
        v0 = v0.mul(d);
        for (int p = 0; p < r; p++) {
            DoubleVector u = DoubleVector.fromArray(S, x, p * WIDTH);
            DoubleVector v = DoubleVector.fromArray(S, x, p * WIDTH + L);
            f = DoubleVector.broadcast(S, t[t0 + p]);
            u0 = u.fma(f, u0);
            v0 = v.fma(f, v0);
            f = DoubleVector.broadcast(S, t[t1 + p]);
            u1 = u.fma(f, u1);
            v1 = v.fma(f, v1);
            f = DoubleVector.broadcast(S, t[t2 + p]);
            u2 = u.fma(f, u2);
            v2 = v.fma(f, v2);
            f = DoubleVector.broadcast(S, t[t3 + p]);
            u3 = u.fma(f, u3);
            v3 = v.fma(f, v3);
        }
        u0.intoArray(x, row);
        v0.intoArray(x, row + L);
        u1.intoArray(x, row + WIDTH);
        v1.intoArray(x, row + WIDTH + L);
        u2.intoArray(x, row + 2 * WIDTH);
        v2.intoArray(x, row + 2 * WIDTH + L);
        u3.intoArray(x, row + 3 * WIDTH);
        v3.intoArray(x, row + 3 * WIDTH + L);
    }

    private static void multiplyOne(int r, double[] t, double[] x) {
        DoubleVector d = DoubleVector.broadcast(S, t[r * ORDER + r]);
        DoubleVector u = DoubleVector.fromArray(S, x, r * WIDTH).mul(d);
        DoubleVector v = DoubleVector.fromArray(S, x, r * WIDTH + L).mul(d);
        for (int p = 0; p < r; p++) {
            DoubleVector f = DoubleVector.broadcast(S, t[r * ORDER + p]);
            u = DoubleVector.fromArray(S, x, p * WIDTH).fma(f, u);
            v = DoubleVector.fromArray(S, x, p * WIDTH + L).fma(f, v);
        }
        u.intoArray(x, r * WIDTH);
        v.intoArray(x, r * WIDTH + L);
    }

    @Override
    void transpose(int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        if (DoubleTransposes.fit(rows, cols)) {
            DoubleTransposes.blocks(rows, cols, in, inOff, ldIn, out, outOff, ldOut);
        } else {
            super.transpose(rows, cols, in, inOff, ldIn, out, outOff, ldOut);
        }
    }
}
