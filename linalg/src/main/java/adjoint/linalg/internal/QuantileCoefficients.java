package adjoint.linalg.internal;

/// The rational approximations of the standard normal quantile by M. Wichura, "Algorithm AS 241: the percentage points
/// of the normal distribution", Applied Statistics 37, 1988: PPND7 with a relative error of 1e-7, PPND16 with one of
/// 1e-16. Numerator and denominator each, lowest order first, all of one length within a precision.
///
/// @param centre in `0.180625 - q²`, times q, for `|q| ≤ 0.425`
/// @param near in `r - 1.6` with `r = √(-log tail)`, for `r ≤ 5`
/// @param far in `r - 5` beyond
record QuantileCoefficients(double[][] centre, double[][] near, double[][] far) {
    private static final QuantileCoefficients SINGLE = new QuantileCoefficients(
            new double[][] {
                {3.3871327179, 5.0434271938e1, 1.5929113202e2, 5.9109374720e1},
                {1, 1.7895169469e1, 7.8757757664e1, 6.7187563600e1}
            },
            new double[][] {
                {1.4234372777, 2.7568153900, 1.3067284816, 1.7023821103e-1}, {1, 7.3700164250e-1, 1.2021132975e-1, 0}
            },
            new double[][] {
                {6.6579051150, 3.0812263860, 4.2868294337e-1, 1.7337203997e-2}, {1, 2.4197894225e-1, 1.2258202635e-2, 0}
            });

    private static final QuantileCoefficients DOUBLE = new QuantileCoefficients(
            new double[][] {
                {
                    3.3871328727963666080e0,
                    1.3314166789178437745e2,
                    1.9715909503065514427e3,
                    1.3731693765509461125e4,
                    4.5921953931549871457e4,
                    6.7265770927008700853e4,
                    3.3430575583588128105e4,
                    2.5090809287301226727e3
                },
                {
                    1,
                    4.2313330701600911252e1,
                    6.8718700749205790830e2,
                    5.3941960214247511077e3,
                    2.1213794301586595867e4,
                    3.9307895800092710610e4,
                    2.8729085735721942674e4,
                    5.2264952788528545610e3
                }
            },
            new double[][] {
                {
                    1.42343711074968357734e0,
                    4.63033784615654529590e0,
                    5.76949722146069140550e0,
                    3.64784832476320460504e0,
                    1.27045825245236838258e0,
                    2.41780725177450611770e-1,
                    2.27238449892691845833e-2,
                    7.74545014278341407640e-4
                },
                {
                    1,
                    2.05319162663775882187e0,
                    1.67638483018380384940e0,
                    6.89767334985100004550e-1,
                    1.48103976427480074590e-1,
                    1.51986665636164571966e-2,
                    5.47593808499534494600e-4,
                    1.05075007164441684324e-9
                }
            },
            new double[][] {
                {
                    6.65790464350110377720e0,
                    5.46378491116411436990e0,
                    1.78482653991729133580e0,
                    2.96560571828504891230e-1,
                    2.65321895265761230930e-2,
                    1.24266094738807843860e-3,
                    2.71155556874348757815e-5,
                    2.01033439929228813265e-7
                },
                {
                    1,
                    5.99832206555887937690e-1,
                    1.36929880922735805310e-1,
                    1.48753612908506148525e-2,
                    7.86869131145613259100e-4,
                    1.84631831751005468180e-5,
                    1.42151175831644588870e-7,
                    2.04426310338993978564e-15
                }
            });

    static QuantileCoefficients of(ElementType type) {
        return type == ElementType.F32 ? SINGLE : DOUBLE;
    }
}
