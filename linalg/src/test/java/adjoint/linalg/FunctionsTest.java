package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// The accuracy that [Functions] states, for chains as this JVM compiles them and for single numbers.
class FunctionsTest {
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double LEAST_FLOAT = Float.MIN_NORMAL;
    private static final double LEAST_DOUBLE = Double.MIN_NORMAL;

    private static Chain chain(String name, UnaryOperator<Expr> function) {
        return Chain.define(name, c -> c.out(function.apply(c.in())));
    }

    private static final Chain EXP = chain("exp", Expr::exp);
    private static final Chain LOG = chain("log", Expr::log);
    private static final Chain TANH = chain("tanh", Expr::tanh);
    private static final Chain SIGMOID = chain("sigmoid", Expr::sigmoid);
    private static final Chain ERF = chain("erf", Expr::erf);

    private static final Chain EXPM1 = chain("expm1", Expr::expm1);
    private static final Chain LOG1P = chain("log1p", Expr::log1p);

    private static float[] floats(Chain chain, float[] x) {
        float[] y = new float[x.length];
        chain.run(Precision.F32, 1, x.length, new Object[] {x, y}, new int[2], new int[2], new double[0]);
        return y;
    }

    private static double[] doubles(Chain chain, double... x) {
        double[] y = new double[x.length];
        chain.run(Precision.F64, 1, x.length, new Object[] {x, y}, new int[2], new int[2], new double[0]);
        return y;
    }

    /// All finite floats, in steps of about a ten-thousandth of a power of two.
    private static float[] everyFloat() {
        float[] x = new float[2 * (0x7F800000 / 2003 + 1)];
        for (int i = 0; i < x.length; i++) {
            x[i] = Float.intBitsToFloat(i / 2 * 2003 | (i % 2 << 31));
        }
        return x;
    }

    /// The greatest error in units in the last place; where the exact result is below `leastNormal`, in units of that.
    private static void assertFloats(Chain chain, DoubleUnaryOperator exact, double ulps) {
        float[] x = everyFloat();
        float[] y = floats(chain, x);
        for (int i = 0; i < x.length; i++) {
            double expected = exact.applyAsDouble(x[i]);
            if (Double.isNaN(expected) || Double.isInfinite((float) expected)) {
                assertEquals((float) expected, y[i], chain + " of " + x[i]);
            } else if (Math.abs(expected) < LEAST_FLOAT && !isOdd(chain)) {
                assertTrue(y[i] >= 0 && y[i] <= LEAST_FLOAT, chain + " of " + x[i] + " is " + y[i]);
            } else {
                double unit = Math.ulp((float) expected);
                double error = Math.abs(y[i] - expected) / unit;
                assertTrue(error <= ulps, chain + " of " + x[i] + " is " + y[i] + ", " + error + " ulp off");
            }
        }
    }

    /// Whether a function is as its argument near 0, subnormal results included.
    private static boolean isOdd(Chain chain) {
        return chain == TANH || chain == ERF || chain == EXPM1 || chain == LOG1P;
    }

    @Test
    void singlePrecisionOverTheWholeRange() {
        assertFloats(EXP, Math::exp, 1.5);
        assertFloats(LOG, Math::log, 1.5);
        assertFloats(TANH, Math::tanh, 3);
        assertFloats(SIGMOID, x -> 1 / (1 + Math.exp(-x)), 3);
        assertFloats(ERF, FunctionsTest::exactErf, 6);
        assertFloats(EXPM1, Math::expm1, 3);
        assertFloats(LOG1P, Math::log1p, 4);
    }

    /// erf in double precision, independent of the polynomials under test: its Maclaurin series with positive terms,
    /// and beyond 2.5 the continued fraction of erfc.
    private static double exactErf(double x) {
        double y = Math.abs(x);
        if (y < 2.5) {
            double term = y;
            double sum = y;
            for (int n = 1; term > sum * 1e-17; n++) {
                term *= 2 * y * y / (2 * n + 1);
                sum += term;
            }
            return Math.copySign(2 / Math.sqrt(Math.PI) * Math.exp(-y * y) * sum, x);
        }
        double fraction = y;
        for (int n = 60; n > 0; n--) {
            fraction = y + n / 2.0 / fraction;
        }
        return Math.copySign(1 - Math.exp(-y * y) / (Math.sqrt(Math.PI) * fraction), x);
    }

    private static void assertDoubles(Chain chain, double from, double to, DoubleUnaryOperator exact, double ulps) {
        int n = 20_011;
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = from + (to - from) * (i / (n - 1.0));
        }
        double[] y = doubles(chain, x);
        for (int i = 0; i < n; i++) {
            double expected = exact.applyAsDouble(x[i]);
            double error = Math.abs(y[i] - expected) / Math.ulp(expected);
            assertTrue(error <= ulps, chain + " of " + x[i] + " is " + y[i] + ", " + error + " ulp off");
        }
    }

    /// Against the library's `StrictMath`, itself off by up to one unit in the last place.
    @Test
    void doublePrecision() {
        assertDoubles(EXP, -708, 709.7, StrictMath::exp, 2.5);
        assertDoubles(EXP, -1, 1, StrictMath::exp, 2.5);
        assertDoubles(LOG, 1e-300, 3, StrictMath::log, 2.5);
        assertDoubles(LOG, 0.9, 1.1, StrictMath::log, 2.5);
        assertDoubles(LOG, 1, 1e308, StrictMath::log, 2.5);
        assertDoubles(TANH, -25, 25, StrictMath::tanh, 4);
        assertDoubles(TANH, -1e-3, 1e-3, StrictMath::tanh, 4);
        assertDoubles(SIGMOID, -700, 40, x -> 1 / (1 + StrictMath.exp(-x)), 4);
        assertDoubles(EXPM1, -50, 709.7, StrictMath::expm1, 4);
        assertDoubles(EXPM1, -1, 1, StrictMath::expm1, 4);
        assertDoubles(EXPM1, -1e-9, 1e-9, StrictMath::expm1, 4);
        assertDoubles(LOG1P, -0.999, 3, StrictMath::log1p, 5);
        assertDoubles(LOG1P, -1e-9, 1e-9, StrictMath::log1p, 5);
        assertDoubles(LOG1P, 1, 1e308, StrictMath::log1p, 5);
    }

    @Test
    void errorFunctionInDoublePrecision() {
        double[] x = new double[301];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i - 150) * 0.0437;
        }
        double[] y = doubles(ERF, x);
        for (int i = 0; i < x.length; i++) {
            double exact = bigErf(x[i]);
            assertEquals(exact, y[i], 3 * Math.ulp(exact), "erf of " + x[i]);
            assertEquals(exact, Functions.erf(x[i]), 3 * Math.ulp(exact), "erf of " + x[i]);
        }
    }

    /// `2/√π Σ (−1)ⁿ x^(2n+1) / (n!·(2n+1))` in 60 digits, of which the largest terms cost 20.
    private static double bigErf(double x) {
        MathContext digits = new MathContext(60);
        BigDecimal z = new BigDecimal(x).multiply(new BigDecimal(x), digits);
        BigDecimal power = new BigDecimal(x);
        BigDecimal sum = power;
        for (int n = 1; n < 300; n++) {
            power = power.multiply(z, digits).negate().divide(BigDecimal.valueOf(n), digits);
            sum = sum.add(power.divide(BigDecimal.valueOf(2L * n + 1), digits), digits);
        }
        BigDecimal pi = new BigDecimal("3.14159265358979323846264338327950288419716939937510582097494");
        return sum.multiply(BigDecimal.TWO).divide(pi.sqrt(digits), digits).doubleValue();
    }

    @Test
    void edges() {
        double nan = Double.NaN;
        double[] x = {nan, INF, -INF, 0, -0.0, 1000, -1000};
        assertEdges(EXP, x, nan, INF, 0, 1, 1, INF, 0);
        assertEdges(TANH, x, nan, 1, -1, 0, -0.0, 1, -1);
        assertEdges(ERF, x, nan, 1, -1, 0, -0.0, 1, -1);
        assertEdges(SIGMOID, x, nan, 1, 0, 0.5, 0.5, 1, 0);
        assertEdges(EXPM1, x, nan, INF, -1, 0, -0.0, INF, -1);
        assertEdges(LOG1P, new double[] {nan, INF, -INF, 0, -0.0, -1, -2}, nan, INF, nan, 0, -0.0, -INF, nan);
        assertEdges(LOG, new double[] {nan, INF, -INF, 0, -0.0, 1, -1}, nan, INF, nan, -INF, -INF, 0, nan);
        assertEquals(Math.log(LEAST_DOUBLE / 1024), doubles(LOG, LEAST_DOUBLE / 1024)[0], 1e-12);
        assertEquals((float) Math.log(1e-42f), floats(LOG, new float[] {1e-42f})[0], 1e-5f);
        // A NaN with other bits than the usual one.
        float odd = Float.intBitsToFloat(0x7FC00001);
        for (Chain chain : new Chain[] {EXP, LOG, TANH, SIGMOID, ERF, EXPM1, LOG1P}) {
            assertEquals(Float.NaN, floats(chain, new float[] {odd})[0], chain.name());
        }
    }

    private static void assertEdges(Chain chain, double[] x, double... expected) {
        double[] y = doubles(chain, x);
        float[] single = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            single[i] = (float) x[i];
        }
        float[] z = floats(chain, single);
        for (int i = 0; i < x.length; i++) {
            assertEquals(expected[i], y[i], chain + " of " + x[i]);
            assertEquals((float) expected[i], z[i], chain + " of " + x[i]);
        }
    }
}
