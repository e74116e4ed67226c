package adjoint.linalg.internal;

import static adjoint.linalg.internal.DoubleVectorConstants.exact;

import adjoint.linalg.CounterHash;
import adjoint.linalg.Precision;
import adjoint.linalg.internal.TileShape.Kind;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The arithmetic of attention on the generated register tiles, and with vectors of queries.
@SuppressWarnings("cast")
final class DoubleSimdAttentionBlocks extends DoubleAttentionBlocks {
    private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = DoubleVectorConstants.INTS;
    private static final int L = S.length();
    private static final TileShape SHAPE = DoubleTiles.SHAPE;

    /// Vectors of a panel: few, of high tiles, where the registers have room for such.
    static final int VECTORS = SHAPE.rows(Kind.PACKED, 2) >= 12 ? 2 : SHAPE.panel();
    private static final int PANEL = VECTORS * L;
    private static final int GROUP = SHAPE.rows(Kind.PACKED, VECTORS);

    DoubleSimdAttentionBlocks() {
        super(L, PANEL, GROUP);
    }

    // ---- products

    @Override
    void product(
            int m,
            int depth,
            double[] a,
            int aOff,
            double[] b,
            int bOff,
            double[] c,
            int cOff,
            int ldc,
            double alpha,
            boolean add) {
        DoubleTile tile = DoubleTiles.tile(Kind.PACKED, m, VECTORS, false, false);
        double[] start = add ? c : DoubleSimdGemm.ZEROS;
        int from = add ? cOff : 0;
        int step = add ? ldc : 0;
        tile.run(depth, a, aOff, m, b, bOff, PANEL, c, cOff, ldc, alpha, start, from, step, PANEL - L);
    }

    @Override
    void addRows(
            int m,
            int width,
            int depth,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            double[] c,
            int cOff,
            int ldc,
            double alpha) {
        DoubleTile tile = DoubleTiles.tile(Kind.ROWS, m, width / L, false, false);
        tile.run(depth, a, aOff, lda, b, bOff, width, c, cOff, ldc, alpha, c, cOff, ldc, width - L);
    }

    // ---- packing

    @Override
    void packGroup(int m, int depth, double[] x, int off, int ld, double[] out, int outOff) {
        if (depth < L) {
            super.packGroup(m, depth, x, off, ld, out, outOff);
            return;
        }
        for (int p = 0; p < depth; p += L) {
            // The last block overlaps the one before it.
            int from = Math.min(p, depth - L);
            // What is written too far behind a row of the group is overwritten by what comes next.
            for (int r = (m - 1) / L * L; r >= 0; r -= L) {
                DoubleTiles.transpose()
                        .run(Math.min(L, m - r), x, off + r * ld + from, ld, out, outOff + from * m + r, m);
            }
        }
    }

    @Override
    void packColumns(int m, int rows, double[] x, int off, int ld, double[] out, int outOff) {
        // Rows of which whole vectors can be read without leaving the array.
        int reach = Math.ceilDiv(m, L) * L;
        int inside = off + reach > x.length || ld == 0 ? 0 : Math.min(rows, (x.length - off - reach) / ld + 1);
        copyVectors(m, inside, x, off, ld, out, outOff);
        super.packColumns(m, rows - inside, x, off + inside * ld, ld, out, outOff + inside * m);
    }

    /// `out[p, i] = in[p, i]` for `rows` rows of `m`, by whole vectors. What one writes too far the next ones
    /// overwrite: first those behind the first vector of each row, then all the first ones.
    private static void copyVectors(int m, int rows, double[] in, int inOff, int ldIn, double[] out, int outOff) {
        for (int i = (m - 1) / L * L; i > 0; i -= L) {
            for (int p = 0; p < rows; p++) {
                DoubleVector.fromArray(S, in, inOff + p * ldIn + i).intoArray(out, outOff + p * m + i);
            }
        }
        for (int p = 0; p < rows; p++) {
            DoubleVector.fromArray(S, in, inOff + p * ldIn).intoArray(out, outOff + p * m);
        }
    }

    // ---- passes over blocks of scores
    //
    // No method here hands a vector to another: where the JIT compiler declines to inline such a call, the vector
    // becomes an object.

    @Override
    boolean softmax(int n, double[] s, int off, double[] state, int at, Draws draws) {
        boolean changed = false;
        for (int i = 0; i < PANEL; i += L) {
            changed |= max(n, s, off + i, state, at + i);
            powers(1, PANEL, state, at + 2 * PANEL + i, state, at + i, null, 0);
            DoubleVector.fromArray(S, state, at + PANEL + i)
                    .mul(DoubleVector.fromArray(S, state, at + 2 * PANEL + i))
                    .intoArray(state, at + PANEL + i);
            powers(n, PANEL, s, off + i, state, at + i, state, at + PANEL + i);
            if (draws != null) {
                drop(n, s, off + i, draws.keys, draws.row + i * CounterHash.GOLDEN, draws.last);
            }
        }
        return changed;
    }

    /// The greater of the maxima so far and of a column of vectors, where numbers are passed over that are NaN; what
    /// they were comes to stand where the factor will.
    private static boolean max(int n, double[] s, int off, double[] state, int at) {
        DoubleVector before = DoubleVector.fromArray(S, state, at);
        before.intoArray(state, at + 2 * PANEL);
        DoubleVector m0 = before;
        DoubleVector m1 = before;
        int j = 0;
        for (; j <= n - 2; j += 2) {
            DoubleVector x0 = DoubleVector.fromArray(S, s, off + j * PANEL);
            DoubleVector x1 = DoubleVector.fromArray(S, s, off + j * PANEL + PANEL);
            m0 = exact(m0).blend(x0, x0.compare(VectorOperators.GT, m0));
            m1 = exact(m1).blend(x1, x1.compare(VectorOperators.GT, m1));
        }
        if (j < n) {
            DoubleVector x = DoubleVector.fromArray(S, s, off + j * PANEL);
            m0 = exact(m0).blend(x, x.compare(VectorOperators.GT, m0));
        }
        m0 = exact(m0).blend(m1, exact(m1).compare(VectorOperators.GT, m0));
        m0.intoArray(state, at);
        return exact(m0).compare(VectorOperators.GT, before).anyTrue();
    }

    /// `x ← 2^(x − y)` for a column of n vectors x that lie `ld` apart, and one vector y, where the result is at most
    /// about 1; 0 where it is not normal. With `2ˣ = 2ⁿ·2ʳ`, `|r| ≤ ½`. What x becomes is added to the sums, if any.
    private static void powers(int n, int ld, double[] x, int off, double[] y, int at, double[] sums, int sumsAt) {
        DoubleVector shift = DoubleVector.fromArray(S, y, at);
        // Not a choice of two vectors, of which C2 would make an object.
        DoubleVector sum = DoubleVector.zero(S);
        for (int j = 0; j < n; j++) {
            DoubleVector z = DoubleVector.fromArray(S, x, off + j * ld).sub(shift);
            z = z.blend(LEAST, z.compare(VectorOperators.LT, LEAST));
            DoubleVector rounded = z.add(ROUND);
            DoubleVector r = z.sub(rounded.sub(ROUND));
            DoubleVector p = DoubleVector.broadcast(S, C6);
            if (Double.SIZE == 64) {
                p = DoubleVector.broadcast(S, C11)
                        .fma(r, DoubleVector.broadcast(S, C10))
                        .fma(r, DoubleVector.broadcast(S, C9))
                        .fma(r, DoubleVector.broadcast(S, C8))
                        .fma(r, DoubleVector.broadcast(S, C7))
                        .fma(r, DoubleVector.broadcast(S, C6));
            }
            p = p.fma(r, DoubleVector.broadcast(S, C5))
                    .fma(r, DoubleVector.broadcast(S, C4))
                    .fma(r, DoubleVector.broadcast(S, C3))
                    .fma(r, DoubleVector.broadcast(S, C2))
                    .fma(r, DoubleVector.broadcast(S, C1))
                    .fma(r, DoubleVector.broadcast(S, 1));
            p = p.mul(rounded.viewAsIntegralLanes()
                    .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                    .viewAsFloatingLanes());
            p.intoArray(x, off + j * ld);
            // In this order: p has a known class; a cast of the sum is sometimes compiled into code thrice as slow.
            sum = p.add(sum);
        }
        if (sums != null) {
            DoubleVector.fromArray(S, sums, sumsAt).add(sum).intoArray(sums, sumsAt);
        }
    }

    /// Makes weights 0 that are dropped.
    private static void drop(int n, double[] s, int off, int[] keys, int row, int last) {
        DoubleVector zero = DoubleVector.zero(S);
        IntVector rows = IntVector.broadcast(INTS, row)
                .add(IntVector.zero(INTS).addIndex(1).mul(CounterHash.GOLDEN));
        for (int j = 0; j < n; j++) {
            IntVector x = rows.add(keys[j]);
            x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16))
                    .mul(CounterHash.MULTIPLIER_1);
            x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15))
                    .mul(CounterHash.MULTIPLIER_2);
            x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15));
            VectorMask<Double> dropped = x.compare(VectorOperators.ULE, last).cast(S);
            DoubleVector.fromArray(S, s, off + j * PANEL).blend(zero, dropped).intoArray(s, off + j * PANEL);
        }
    }

    @Override
    void scaleColumns(int rows, double[] x, int off, double[] factor, int at) {
        for (int i = 0; i < PANEL; i += L) {
            DoubleVector f = DoubleVector.fromArray(S, factor, at + i);
            for (int r = 0; r < rows; r++) {
                int k = off + i + r * PANEL;
                DoubleVector.fromArray(S, x, k).mul(f).intoArray(x, k);
            }
        }
    }

    @Override
    void gradient(
            int n,
            double[] s,
            int sOff,
            double[] g,
            int gOff,
            int ld,
            double[] ds,
            int dsOff,
            double[] state,
            int at,
            Draws draws) {
        for (int i = 0; i < PANEL; i += L) {
            powers(n, ld, s, sOff + i, state, at + i, null, 0);
            if (draws == null) {
                gradients(n, s, sOff + i, g, gOff + i, ld, ds, dsOff + i, state, at + PANEL + i);
            } else {
                int row = draws.row + i * CounterHash.GOLDEN;
                gradients(
                        n,
                        s,
                        sOff + i,
                        g,
                        gOff + i,
                        ld,
                        ds,
                        dsOff + i,
                        state,
                        at + PANEL + i,
                        draws.keys,
                        row,
                        draws.last);
            }
        }
    }

    /// The gradients of a column of vectors of scores, from the weights.
    private static void gradients(
            int n,
            double[] s,
            int sOff,
            double[] g,
            int gOff,
            int ld,
            double[] ds,
            int dsOff,
            double[] deltas,
            int at) {
        DoubleVector delta = DoubleVector.fromArray(S, deltas, at);
        for (int j = 0; j < n; j++) {
            DoubleVector p = DoubleVector.fromArray(S, s, sOff + j * ld);
            DoubleVector x =
                    DoubleVector.fromArray(S, g, gOff + j * ld).sub(delta).mul(p);
            x.intoArray(g, gOff + j * ld);
            x.intoArray(ds, dsOff + j * PANEL);
        }
    }

    /// With dropout.
    private static void gradients(
            int n,
            double[] s,
            int sOff,
            double[] g,
            int gOff,
            int ld,
            double[] ds,
            int dsOff,
            double[] deltas,
            int at,
            int[] keys,
            int row,
            int last) {
        DoubleVector delta = DoubleVector.fromArray(S, deltas, at);
        DoubleVector zero = DoubleVector.zero(S);
        IntVector rows = IntVector.broadcast(INTS, row)
                .add(IntVector.zero(INTS).addIndex(1).mul(CounterHash.GOLDEN));
        for (int j = 0; j < n; j++) {
            IntVector x = rows.add(keys[j]);
            x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16))
                    .mul(CounterHash.MULTIPLIER_1);
            x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15))
                    .mul(CounterHash.MULTIPLIER_2);
            x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15));
            VectorMask<Double> dropped = x.compare(VectorOperators.ULE, last).cast(S);
            DoubleVector p = DoubleVector.fromArray(S, s, sOff + j * ld);
            DoubleVector y = DoubleVector.fromArray(S, g, gOff + j * ld)
                    .blend(zero, dropped)
                    .sub(delta)
                    .mul(p);
            p.blend(zero, dropped).intoArray(s, sOff + j * ld);
            y.intoArray(g, gOff + j * ld);
            y.intoArray(ds, dsOff + j * PANEL);
        }
    }

    // ---- constants of powers

    private static final int MANTISSA_BITS = Double.PRECISION - 1;

    /// Adding it rounds to an integer n, of which the lowest bits are then n plus the bias of the exponent.
    private static final double ROUND = Math.scalb(1.5, MANTISSA_BITS) + Double.MAX_EXPONENT;

    /// The power of 2 that is no longer normal.
    private static final double LEAST = -Double.MAX_EXPONENT;

    private static final double[] POWERS =
            coefficients(Coefficients.of(ElementType.of(Precision.F64)).expm1());
    private static final double C1 = LN_2;
    private static final double C2 = POWERS[0];
    private static final double C3 = POWERS[1];
    private static final double C4 = POWERS[2];
    private static final double C5 = POWERS[3];
    private static final double C6 = POWERS[4];
    private static final double C7 = POWERS[5];
    private static final double C8 = POWERS[6];
    private static final double C9 = POWERS[7];
    private static final double C10 = POWERS[8];
    private static final double C11 = POWERS[9];

    /// The coefficients of `2ʳ` from those of `eʳ`, from that of r² on.
    private static double[] coefficients(/*64*/ double[] exp) {
        double[] c = new double[10];
        for (int i = 0; i < exp.length; i++) {
            c[i] = (double) (exp[i] * Math.pow(Math.log(/*64*/ 2.0), i + 2));
        }
        return c;
    }
}
