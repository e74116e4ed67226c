package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.apache.commons.math3.special.Erf;
import org.apache.commons.math3.special.Gamma;
import org.apache.commons.math3.util.FastMath;
import org.junit.jupiter.api.Test;

/// The functions of [Functions] that have no vector form, against values worked out in 40 digits, against Commons Math
/// and against `StrictMath`; and chains of them.
class SpecialFunctionsTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double[] EDGES = {NAN, INF, -INF, 0, -0.0, 1, -1};

    private static void assertTable(String name, DoubleUnaryOperator f, double ulps, double[]... table) {
        for (double[] line : table) {
            double expected = line[1];
            // Below 0 the gamma functions have zeros that no double comes close to.
            double unit = line[0] < 0 ? Math.ulp(Math.max(1, Math.abs(expected))) : Math.ulp(expected);
            assertEquals(expected, f.applyAsDouble(line[0]), ulps * unit, name + " of " + line[0]);
        }
    }

    private static void assertEdges(String name, DoubleUnaryOperator f, double... expected) {
        for (int i = 0; i < EDGES.length; i++) {
            double tolerance = Double.isFinite(expected[i]) ? 8 * Math.ulp(expected[i]) : 0;
            assertEquals(expected[i], f.applyAsDouble(EDGES[i]), tolerance, name + " of " + EDGES[i]);
        }
    }

    @Test
    void complementaryErrorFunction() {
        assertTable("erfc", Functions::erfc, 5, new double[][] {
            {-6, 2},
            {-1.5, 1.9661051464753108},
            {1e-20, 1},
            {0.2, 0.7772974107895215},
            {0.9999, 0.15734072195124052},
            {1, 0.15729920705028513},
            {1.1, 0.11979493042591827},
            {1.7, 0.01620954140922544},
            {2.5, 0.0004069520174449589},
            {4, 1.541725790028002e-08},
            {6.3, 5.124221687395715e-19},
            {10.2, 3.6038304009246656e-47},
            {17, 1.0212280150942608e-127},
            {25.9, 1.0202833184732667e-293}
        });
        for (double x = -7; x < 26; x += 0.0137) {
            assertEquals(Erf.erfc(x), Functions.erfc(x), 1e-12 * Erf.erfc(x) + 1e-15, "erfc of " + x);
        }
        assertEdges("erfc", Functions::erfc, NAN, 0, 2, 1, 1, 0.15729920705028513, 1.8427007929497148);
        assertEquals(0, Functions.erfc(30));
    }

    @Test
    void inverseErrorFunction() {
        assertTable("erfinv", Functions::erfinv, 8, new double[][] {
            {1e-300, 8.86226925452758e-301},
            {1e-9, 8.86226925452758e-10},
            {-0.01, -0.008862501280950598},
            {0.3, 0.2724627147267543},
            {-0.7, -0.7328690779592167},
            {0.849, 1.0154111558190084},
            {0.851, 1.0204064737926706},
            {-0.99, -1.8213863677184494},
            {0.9999, 2.75106390571208},
            {0.9999999990686774, 4.328028275800946},
            {0.9999999999999999, 5.8635847487551676}
        });
        for (double x = -4; x < 4; x += 0.0137) {
            double slope = 2 / Math.sqrt(Math.PI) * Math.exp(-x * x);
            assertEquals(x, Functions.erfinv(Functions.erf(x)), 4e-16 / slope + 1e-14, "erfinv of erf " + x);
        }
        assertEdges("erfinv", Functions::erfinv, NAN, NAN, NAN, 0, -0.0, INF, -INF);
        assertEquals(NAN, Functions.erfinv(-1.0000000000000002));
    }

    @Test
    void logarithmOfTheGammaFunction() {
        assertTable("lgamma", Functions::lgamma, 8, new double[][] {
            {1e-300, 690.7755278982137},
            {1e-9, 20.723265836369194},
            {0.1, 2.252712651734206},
            {0.4999, 0.5725613186041184},
            {0.75, 0.20328095143129538},
            {0.9999999, 5.772157468444193e-08},
            {1.0000001, -5.772155829918507e-08},
            {1.2, -0.08537409000331583},
            {1.4616, -0.12148629003589732},
            {1.51, -0.12037073533396486},
            {1.9999999, -4.2278430309861296e-08},
            {2.0000001, 4.227843666532498e-08},
            {2.4, 0.21685932244884157},
            {2.6, 0.35741186354897986},
            {3, 0.6931471805599453},
            {5.5, 3.9578139676187165},
            {9.99, 12.779315214350193},
            {10.01, 12.824350262448247},
            {30, 71.25703896716801},
            {171.5, 709.1431630309282},
            {1e5, 1051287.7089736569},
            {1e300, 6.897755278982137e302},
            {-0.5, 1.2655121234846454},
            {-1e-9, 20.723265837523627},
            {-1.5, 0.860047015376481},
            {-2.7, -0.07140708531564569},
            {-33.25, -84.44198963688153}
        });
        for (double x = 0.01; x < 40; x += 0.0137) {
            assertEquals(Gamma.logGamma(x), Functions.lgamma(x), 1e-13 * (1 + Functions.lgamma(x)), "lgamma of " + x);
        }
        assertEdges("lgamma", Functions::lgamma, NAN, INF, INF, INF, INF, 0, INF);
    }

    @Test
    void digamma() {
        DoubleUnaryOperator digamma = x -> Functions.polygamma(0, x);
        assertTable("digamma", digamma, 8, new double[][] {
            {1e-300, -9.999999999999999e+299},
            {1e-9, -1000000000.5772156},
            {0.1, -10.423754940411076},
            {1, -0.5772156649015329},
            {3.7, 1.1671535393615113},
            {9.99, 2.250700372831201},
            {10.01, 2.2528037003181356},
            {50, 3.901989673427892},
            {1e8, 18.420680738952367},
            {-0.5, 0.03648997397857652},
            {-1e-9, 999999999.4227843},
            {-1.7, -1.4857174995110567},
            {-33.25, 6.6606096450806564}
        });
        // Beside the zero between.
        assertEquals(-0.06138454458511624, digamma.applyAsDouble(1.4), 1e-15);
        assertEquals(0.03648997397857652, digamma.applyAsDouble(1.5), 1e-15);
        // As accurate as the other is.
        for (double x = 0.01; x < 40; x += 0.0137) {
            assertEquals(Gamma.digamma(x), digamma.applyAsDouble(x), 1e-8, "digamma of " + x);
        }
        assertEdges("digamma", digamma, NAN, INF, NAN, -INF, INF, -0.5772156649015329, NAN);
    }

    @Test
    void polygamma() {
        assertTable("trigamma", x -> Functions.polygamma(1, x), 8, new double[][] {
            {0.001, 1000001.6425331958},
            {0.3, 12.245364546107732},
            {1, 1.6449340668482264},
            {4.5, 0.24872510303901038},
            {20, 0.05127082293520312},
            {1000.5, 0.0009999999166666958},
            {-0.25, 18.541879647671607},
            {-0.001, 1000001.6473414317},
            {-3.7, 14.84242186412428}
        });
        assertTable("polygamma 2", x -> Functions.polygamma(2, x), 8, new double[][] {
            {0.001, -2000000002.3976321},
            {0.3, -75.27253658872604},
            {1, -2.4041138063191885},
            {4.5, -0.061556821321027695},
            {20, -0.0026281224023146548},
            {1000.5, -9.999997500001458e-07},
            {-0.25, 122.69736678366236},
            {-0.001, 1999999997.5893795}
        });
        assertTable("polygamma 5", x -> Functions.polygamma(5, x), 8, new double[][] {
            {0.3, 164634.84609922304},
            {1, 122.0811674381339},
            {4.5, 0.0217702556694113},
            {20, 8.48426620615823e-06},
            {1000.5, 2.3999970000049e-14},
            {-0.25, 492198.7533428746}
        });
        assertTable("polygamma 20", x -> Functions.polygamma(20, x), 10, new double[][] {
            {0.3, -2.3258316052645292e+29},
            {1, -2.4329031685078615e+18},
            {4.5, -47340.82936317666},
            {20, -1.8395888048043844e-09},
            {1000.5, -1.2164297165099173e-43},
            {-0.25, 1.0700016187896275e+31}
        });
        // The distance to a pole has few digits left, of which the power keeps fewer.
        assertEquals(19.729283325349364, Functions.polygamma(1, -100.25), 1e-12);
        assertEquals(-68.89345468867354, Functions.polygamma(2, -3.7), 1e-12);
        assertEquals(1e40, Functions.polygamma(1, -1e-20), 1e25);
        for (double x = 0.01; x < 40; x += 0.0137) {
            assertEquals(Gamma.trigamma(x), Functions.polygamma(1, x), 1e-9 * (1 + 1 / x / x), "trigamma of " + x);
        }
        assertEdges("trigamma", x -> Functions.polygamma(1, x), NAN, 0, NAN, INF, INF, 1.6449340668482264, INF);
        assertEdges(
                "polygamma 2", x -> Functions.polygamma(2, x), NAN, -0.0, NAN, -INF, -INF, -2.4041138063191885, -INF);
    }

    @Test
    void logarithmsAndPowersOfTwo() {
        for (int e = -1074; e < 1024; e++) {
            assertEquals(e, Functions.log2(Math.scalb(1.0, e)));
            assertEquals(Math.scalb(1.0, e), Functions.exp2(e));
        }
        for (double x = 0.001; x < 5; x += 0.00137) {
            assertEquals(StrictMath.log(x) / StrictMath.log(2), Functions.log2(x), 4 * Math.ulp(Functions.log2(x)));
        }
        assertEdges("log2", Functions::log2, NAN, INF, NAN, -INF, -INF, 0, NAN);
    }

    @Test
    void inverseHyperbolicFunctions() {
        for (double x = -30; x < 30; x += 0.0137) {
            double y = Math.abs(x) + 1;
            assertEquals(FastMath.asinh(x), Functions.asinh(x), 8 * Math.ulp(x), "asinh of " + x);
            assertEquals(FastMath.acosh(y), Functions.acosh(y), 4 * Math.ulp(y), "acosh of " + y);
            assertEquals(
                    FastMath.atanh(x / 31), Functions.atanh(x / 31), 1e-15 + 4 * Math.ulp(Functions.atanh(x / 31)));
        }
        assertEquals(1e-20, Functions.asinh(1e-20));
        assertEquals(Math.sqrt(2e-12), Functions.acosh(1 + 1e-12), 1e-9);
        assertEquals(Math.log(2) + Math.log(1e200), Functions.acosh(1e200), 1e-12);
        for (double below : new double[] {0.9, -1.5, -2, -1e9, -1e200}) {
            assertEquals(NAN, Functions.acosh(below), "acosh of " + below);
        }
        assertEquals(-Math.log(2) - Math.log(1e200), Functions.asinh(-1e200), 1e-12);
        double one = Math.log(1 + Math.sqrt(2));
        assertEdges(
                "asinh",
                x -> Math.abs(x) == 1 ? Math.copySign(one, x) : Functions.asinh(x),
                NAN,
                INF,
                -INF,
                0,
                -0.0,
                one,
                -one);
        assertEdges("acosh", Functions::acosh, NAN, INF, NAN, NAN, NAN, 0, NAN);
        assertEdges("atanh", Functions::atanh, NAN, NAN, NAN, 0, -0.0, INF, -INF);
    }

    /// A chain of any of them is the function of each element, in both precisions.
    @Test
    void chainsApplyThem() {
        assertChain(Expr::exp2, Functions::exp2);
        assertChain(Expr::log2, Functions::log2);
        assertChain(Expr::log10, Math::log10);
        assertChain(Expr::sin, Math::sin);
        assertChain(Expr::cos, Math::cos);
        assertChain(Expr::tan, Math::tan);
        assertChain(Expr::asin, Math::asin);
        assertChain(Expr::acos, Math::acos);
        assertChain(Expr::atan, Math::atan);
        assertChain(Expr::sinh, Math::sinh);
        assertChain(Expr::cosh, Math::cosh);
        assertChain(Expr::asinh, Functions::asinh);
        assertChain(Expr::acosh, Functions::acosh);
        assertChain(Expr::atanh, Functions::atanh);
        assertChain(Expr::erfc, Functions::erfc);
        assertChain(Expr::erfinv, Functions::erfinv);
        assertChain(Expr::lgamma, Functions::lgamma);
        assertChain(Expr::floor, Math::floor);
        assertChain(Expr::ceil, Math::ceil);
        assertChain(Expr::rint, Math::rint);
        assertChain(Expr::trunc, x -> Math.copySign(Math.floor(Math.abs(x)), x));
        assertChain(x -> x.pow(x.neg().add(1)), x -> Math.pow(x, 1 - x));
        assertChain(x -> x.atan2(x.add(0.5)), x -> Math.atan2(x, x + 0.5));
        assertChain(x -> x.fmod(x.mul(x).add(0.25)), x -> x % (x * x + 0.25));
        assertChain(x -> x.polygamma(x.mul(0).add(2)), x -> Functions.polygamma(x * 0 + 2, x));
        assertChain(x -> x.sin().exp().sumRow().mul(0).add(x.cos()), x -> x - x + Math.cos(x));
    }

    private static void assertChain(UnaryOperator<Expr> chain, DoubleUnaryOperator function) {
        Chain defined = Chain.define("function", c -> c.out(chain.apply(c.in())));
        // Quarters: sums and squares of these are exact in single precision.
        double[] x = {0, -0.0, 0.25, 0.5, -0.5, 0.75, 1, -1, 1.25, 2.5, -2.25, 3.75, -7.5, 12.25, 20.5, -31.75, 40};
        float[] single = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            single[i] = (float) x[i];
        }
        double[] y = new double[x.length];
        float[] z = new float[x.length];
        defined.run(Precision.F64, 1, x.length, new Object[] {x, y}, new int[2], new int[2], new double[0]);
        defined.run(Precision.F32, 1, x.length, new Object[] {single, z}, new int[2], new int[2], new double[0]);
        for (int i = 0; i < x.length; i++) {
            double expected = function.applyAsDouble(x[i]);
            assertTrue(
                    expected == y[i]
                            || Double.compare(expected, y[i]) == 0
                            || Math.abs(expected - y[i]) <= Math.ulp(expected),
                    x[i] + ": " + y[i] + ", expected " + expected);
            float rounded = (float) expected;
            assertTrue(
                    Float.compare(rounded, z[i]) == 0
                            || rounded == z[i]
                            || Math.abs(rounded - z[i]) <= Math.ulp(rounded),
                    x[i] + ": " + z[i] + ", expected " + rounded);
        }
    }
}
