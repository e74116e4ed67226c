package adjoint.linalg.internal;

import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.AND;
import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// The loops of [DoubleDraws] that the JIT compiler does not vectorise by itself, with vector instructions and to the
/// bit. Linked only when `jdk.incubator.vector` is there.
///
/// Far tails, which come up once in 10¹⁰ draws, leave the whole block to the plain code.
@SuppressWarnings("cast")
public final class DoubleSimdDraws extends DoubleDraws {
    private static final VectorSpecies<Double> S = DoubleVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> I = DoubleVectorConstants.INTS;
    private static final int L = S.length();

    private static final FloatFormat FORMAT = FloatFormat.of(ElementType.F64);
    private static final int MANTISSA_BITS = FORMAT.mantissaBits();
    private static final long MANTISSA = (1L << MANTISSA_BITS) - 1;
    private static final long SQRT_HALF = FORMAT.sqrtHalf();
    private static final long ONE_FROM_SQRT_HALF = FORMAT.one() - SQRT_HALF;
    private static final long EXPONENT_TO_ROUND = FORMAT.roundBits() - (FORMAT.one() >>> MANTISSA_BITS);
    private static final double ROUND = (double) FORMAT.round();

    private static final Pass[] NORMAL = {
        (n, words, q, tail, x, off, a, b, c) -> centred(n, words, q, tail),
        (n, words, q, tail, x, off, a, b, c) -> minusLogs(n, tail, 0),
        (n, words, q, tail, x, off, mean, deviation, c) -> scaledQuantiles(n, q, tail, x, off, mean, deviation)
    };

    private static final Pass[] QUANTILES = {
        (n, words, q, tail, x, off, lower, upper, width) -> centred(n, x, off, lower, upper, width, q, tail),
        NORMAL[1],
        (n, words, q, tail, x, off, a, b, c) -> scaledQuantiles(n, q, tail, x, off, 0, 1)
    };

    private static final Pass[] LOGS = {(n, words, q, tail, x, off, a, b, c) -> minusLogs(n, x, off)};

    /// A pass over a block; false if a tail is far.
    ///
    /// All are called from one place, [#run]: a call with so many targets C2 never inlines, so it compiles each pass by
    /// itself. Together they would exceed what it takes in one compilation, and then every vector becomes an object.
    @FunctionalInterface
    private interface Pass {
        boolean over(int n, int[] words, double[] q, double[] tail, double[] x, int off, double a, double b, double c);
    }

    private static boolean run(Pass[] passes, int n, int[] words, double[] x, int off, double a, double b, double c) {
        double[] q = DoubleScratch.take(BLOCK);
        double[] tail = DoubleScratch.take(BLOCK);
        boolean near = true;
        for (int i = 0; near && i < passes.length; i++) {
            near = passes[i].over(n, words, q, tail, x, off, a, b, c);
        }
        DoubleScratch.give(tail);
        DoubleScratch.give(q);
        return near;
    }

    @Override
    void normal(int from, int to, int[] words, double[] x, int off, double mean, double deviation) {
        int whole = S.loopBound(to);
        if (!run(NORMAL, whole, words, x, off, mean, deviation, 0)) {
            whole = 0;
        }
        super.normal(whole, to, words, x, off, mean, deviation);
    }

    /// q and the tail of a normal draw; false if a tail is far.
    private static boolean centred(int n, int[] words, double[] q, double[] tail) {
        for (int i = 0; i < n; i += L) {
            IntVector high = IntVector.fromArray(I, words, i).lanewise(XOR, Integer.MIN_VALUE);
            IntVector sign = high.lanewise(ASHR, 31);
            IntVector top = high.lanewise(XOR, sign);
            DoubleVector magnitude;
            DoubleVector rest;
            if (WIDE) {
                IntVector second = IntVector.fromArray(I, words, BLOCK + i).lanewise(XOR, sign);
                magnitude = real(top)
                        .mul(0x1p-32)
                        .add(real(second.lanewise(LSHR, 11)).add(0.5).mul(0x1p-53));
                rest = magnitude.neg().add(0.5);
            } else {
                magnitude = real(top).add(0.5).mul(0x1p-32);
                rest = real(top.lanewise(XOR, Integer.MAX_VALUE)).add(0.5).mul(0x1p-32);
            }
            magnitude.mul(real(sign.lanewise(OR, 1))).intoArray(q, i);
            rest.intoArray(tail, i);
            if (rest.compare(LT, DoubleQuantile.FAR).anyTrue()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void negativeLog(double[] x, int off, int n) {
        int whole = S.loopBound(n);
        run(LOGS, whole, null, x, off, 0, 0, 0);
        super.negativeLog(x, off + whole, n - whole);
    }

    @Override
    public void quantiles(double[] x, int off, int n, double lower, double upper, double width) {
        int whole = S.loopBound(n);
        if (!run(QUANTILES, whole, null, x, off, lower, upper, width)) {
            whole = 0;
        }
        super.quantiles(x, off + whole, n - whole, lower, upper, width);
    }

    /// q and the tail of [DoubleDraws#quantiles]; false if a tail is far.
    private static boolean centred(
            int n, double[] x, int off, double lower, double upper, double width, double[] q, double[] tail) {
        for (int i = 0; i < n; i += L) {
            DoubleVector u = DoubleVector.fromArray(S, x, off + i);
            DoubleVector below = u.mul(width).add(lower);
            DoubleVector above = u.neg().add(1).mul(width).add(upper);
            DoubleVector rest = below.min(above);
            DoubleVector magnitude = rest.neg().add(0.5);
            magnitude.blend(magnitude.neg(), below.compare(LT, above)).intoArray(q, i);
            rest.intoArray(tail, i);
            if (rest.compare(LT, DoubleQuantile.FAR).anyTrue()) {
                return false;
            }
        }
        return true;
    }

    private static DoubleVector real(IntVector x) {
        return (DoubleVector) x.convertShape(DoubleVectorConstants.FROM_INT, S, 0);
    }

    /// `x[off + i] = -log x[off + i]` as [DoubleQuantile#log] does it; always true.
    private static boolean minusLogs(int n, double[] x, int off) {
        double[] c = DoubleQuantile.LOG;
        for (int i = 0; i < n; i += L) {
            var lifted =
                    DoubleVector.fromArray(S, x, off + i).viewAsIntegralLanes().lanewise(ADD, ONE_FROM_SQRT_HALF);
            DoubleVector k = lifted.lanewise(LSHR, MANTISSA_BITS)
                    .lanewise(ADD, EXPONENT_TO_ROUND)
                    .viewAsFloatingLanes()
                    .sub(ROUND);
            DoubleVector f = lifted.lanewise(AND, MANTISSA)
                    .lanewise(ADD, SQRT_HALF)
                    .viewAsFloatingLanes()
                    .sub(1);
            DoubleVector s = f.div(f.add(2));
            DoubleVector half = f.mul(f).mul(0.5);
            DoubleVector z = s.mul(s);
            DoubleVector sum = DoubleVector.broadcast(S, c[c.length - 1]);
            if (WIDE) {
                sum = sum.fma(z, DoubleVector.broadcast(S, c[c.length - 2]));
                sum = sum.fma(z, DoubleVector.broadcast(S, c[c.length - 3]));
                sum = sum.fma(z, DoubleVector.broadcast(S, c[c.length - 4]));
            }
            sum = sum.fma(z, DoubleVector.broadcast(S, c[2]));
            sum = sum.fma(z, DoubleVector.broadcast(S, c[1]));
            sum = sum.fma(z, DoubleVector.broadcast(S, c[0]));
            DoubleVector low = s.fma(sum.mul(z).add(half), k.mul(DoubleQuantile.LN2_LOW));
            DoubleVector log = k.fma(
                    DoubleVector.broadcast(S, DoubleQuantile.LN2_HIGH),
                    low.sub(half).add(f));
            DoubleVector.zero(S).sub(log).intoArray(x, off + i);
        }
        return true;
    }

    /// `x[off + i] = mean + deviation·z` from q, with its sign, and the negative logarithm of the tail, as
    /// [DoubleQuantile#magnitude] does it where no tail is far; always true.
    private static boolean scaledQuantiles(
            int n, double[] q, double[] minusLog, double[] x, int off, double mean, double deviation) {
        double[] centreAbove = DoubleQuantile.CENTRE_NUMERATOR;
        double[] centreBelow = DoubleQuantile.CENTRE_DENOMINATOR;
        double[] nearAbove = DoubleQuantile.NEAR_NUMERATOR;
        double[] nearBelow = DoubleQuantile.NEAR_DENOMINATOR;
        int last = centreAbove.length - 1;
        for (int i = 0; i < n; i += L) {
            DoubleVector signed = DoubleVector.fromArray(S, q, i);
            VectorMask<Double> centre = signed.abs().compare(LE, DoubleQuantile.CENTRE);
            DoubleVector inner = signed.neg().fma(signed, DoubleVector.broadcast(S, 0.180625));
            DoubleVector outer = DoubleVector.fromArray(S, minusLog, i).sqrt().sub(1.6);
            DoubleVector r = outer.blend(inner, centre);
            DoubleVector above = DoubleVector.broadcast(S, nearAbove[last]).blend(centreAbove[last], centre);
            DoubleVector below = DoubleVector.broadcast(S, nearBelow[last]).blend(centreBelow[last], centre);
            if (WIDE) {
                above = above.fma(
                        r, DoubleVector.broadcast(S, nearAbove[last - 1]).blend(centreAbove[last - 1], centre));
                below = below.fma(
                        r, DoubleVector.broadcast(S, nearBelow[last - 1]).blend(centreBelow[last - 1], centre));
                above = above.fma(
                        r, DoubleVector.broadcast(S, nearAbove[last - 2]).blend(centreAbove[last - 2], centre));
                below = below.fma(
                        r, DoubleVector.broadcast(S, nearBelow[last - 2]).blend(centreBelow[last - 2], centre));
                above = above.fma(
                        r, DoubleVector.broadcast(S, nearAbove[last - 3]).blend(centreAbove[last - 3], centre));
                below = below.fma(
                        r, DoubleVector.broadcast(S, nearBelow[last - 3]).blend(centreBelow[last - 3], centre));
                above = above.fma(
                        r, DoubleVector.broadcast(S, nearAbove[last - 4]).blend(centreAbove[last - 4], centre));
                below = below.fma(
                        r, DoubleVector.broadcast(S, nearBelow[last - 4]).blend(centreBelow[last - 4], centre));
            }
            above = above.fma(r, DoubleVector.broadcast(S, nearAbove[2]).blend(centreAbove[2], centre));
            below = below.fma(r, DoubleVector.broadcast(S, nearBelow[2]).blend(centreBelow[2], centre));
            above = above.fma(r, DoubleVector.broadcast(S, nearAbove[1]).blend(centreAbove[1], centre));
            below = below.fma(r, DoubleVector.broadcast(S, nearBelow[1]).blend(centreBelow[1], centre));
            above = above.fma(r, DoubleVector.broadcast(S, nearAbove[0]).blend(centreAbove[0], centre));
            below = below.fma(r, DoubleVector.broadcast(S, nearBelow[0]).blend(centreBelow[0], centre));
            DoubleVector one = DoubleVector.broadcast(S, 1);
            DoubleVector factor = one.blend(one.neg(), signed.compare(LT, 0)).blend(signed, centre);
            above.mul(factor).div(below).mul(deviation).add(mean).intoArray(x, off + i);
        }
        return true;
    }
}
