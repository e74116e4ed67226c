package adjoint.linalg.internal;

/// What the vector forms of the elementary functions are made of in one precision. Polynomials are minimax fits, lowest
/// order first, those of `log` FDLIBM's and musl's.
///
/// @param ln2High ln 2 with zeros at the end, so that multiples by small integers are exact
/// @param ln2Low the rest of ln 2
/// @param leastNormal the least positive normal number
/// @param expMax the greatest x with a finite eˣ
/// @param expMin the least x with a normal eˣ
/// @param expm1 `(eʳ − 1 − r)/r²` for `|r| ≤ ln 2 / 2`
/// @param log `R(z)/z`, see [Lowering]
/// @param erf `erf(x)/x` in `x²`: a polynomial for `|x| ≤ 1`, or the numerator of a quotient for `|x| ≤ erfEnd`, which
///     is exactly 1 there
/// @param erfDenominator of that quotient; empty for a polynomial
/// @param logErfc `log erfc(x)` for `1 ≤ x ≤ erfEnd`, beside a polynomial
/// @param erfEnd from where on erf is 1
record Coefficients(
        double ln2High,
        double ln2Low,
        double leastNormal,
        double expMax,
        double expMin,
        double[] expm1,
        double[] log,
        double[] erf,
        double[] erfDenominator,
        double[] logErfc,
        double erfEnd) {
    private static final Coefficients SINGLE = new Coefficients(
            0.69314575195,
            1.4286067653e-6,
            Float.MIN_NORMAL,
            88.72283,
            -87.33654,
            new double[] {
                0.500000006244699194,
                0.166665421794569959,
                0.0416662795395171207,
                0.00836669809762474801,
                0.00139466459495059781
            },
            new double[] {0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841},
            new double[] {
                1.4408533573150635,
                0.24228151142597198,
                0.06288779526948929,
                0.004213566891849041,
                0.00017227469652425498,
                -2.5526417175569804e-06,
                2.7330420593330018e-08
            },
            new double[] {
                1.2769230604171753, 0.6403558850288391, 0.141500785946846, 0.01725083403289318, 0.0011075338115915656
            },
            new double[0],
            3.8);

    private static final Coefficients DOUBLE = new Coefficients(
            6.93147180369123816490e-01,
            1.90821492927058770002e-10,
            Double.MIN_NORMAL,
            709.782712893384,
            -708.3964185322641,
            new double[] {
                0.50000000000000056,
                0.166666666666666862,
                0.0416666666665726857,
                0.00833333333331437766,
                0.00138888889327525553,
                0.000198412699035883283,
                0.0000248015039391191875,
                2.75572273855452644e-6,
                2.762654621562246e-7,
                2.51146718911534922e-8
            },
            new double[] {
                6.666666666666735130e-01,
                3.999999999940941908e-01,
                2.857142874366239149e-01,
                2.222219843214978396e-01,
                1.818357216161805012e-01,
                1.531383769920937332e-01,
                1.479819860511658591e-01
            },
            ErfSeries.SMALL,
            new double[0],
            ErfSeries.LOG_ERFC,
            6);

    static Coefficients of(ElementType type) {
        return type == ElementType.F32 ? SINGLE : DOUBLE;
    }
}
