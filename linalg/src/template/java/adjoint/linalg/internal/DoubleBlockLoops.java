package adjoint.linalg.internal;

import adjoint.linalg.Precision;

/// The loops of [DoubleBlockOperation].
@SuppressWarnings("cast")
final class DoubleBlockLoops {
    private static final FloatFormat FORMAT = FloatFormat.of(ElementType.of(Precision.F64));
    private static final long ALL_BITS = Double.SIZE == 64 ? -1L : 0xFFFFFFFFL;
    private static final int MANTISSA = FORMAT.mantissaBits();
    private static final long FRACTION = (1L << MANTISSA) - 1;
    private static final long LIFT = FORMAT.one() - FORMAT.sqrtHalf();
    private static final long BIAS = FORMAT.roundBits() - (FORMAT.one() >>> MANTISSA);

    static final DoubleBlockOperation NEG = (n, x, _, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = -x[i];
        }
    };

    static final DoubleBlockOperation ABS = (n, x, _, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = Math.abs(x[i]);
        }
    };

    static final DoubleBlockOperation SQRT = (n, x, _, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = (double) Math.sqrt(x[i]);
        }
    };

    static final DoubleBlockOperation ADD = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] + y[i];
        }
    };

    static final DoubleBlockOperation SUB = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] - y[i];
        }
    };

    static final DoubleBlockOperation MUL = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] * y[i];
        }
    };

    static final DoubleBlockOperation DIV = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] / y[i];
        }
    };

    static final DoubleBlockOperation MIN = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = Math.min(x[i], y[i]);
        }
    };

    static final DoubleBlockOperation MAX = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = Math.max(x[i], y[i]);
        }
    };

    static final DoubleBlockOperation FMA = (n, x, y, z, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = Math.fma(x[i], y[i], z[i]);
        }
    };

    static final DoubleBlockOperation ADD_EXPONENT = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = number(ElementBits.of(x[i]) + (ElementBits.of(y[i]) << MANTISSA));
        }
    };

    static final DoubleBlockOperation COPY_SIGN = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = number(ElementBits.of(x[i]) | ElementBits.of(y[i]) & FORMAT.signBit());
        }
    };

    static final DoubleBlockOperation EXPONENT = (n, x, _, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = number(((ElementBits.of(x[i]) + LIFT & ALL_BITS) >>> MANTISSA) + BIAS);
        }
    };

    static final DoubleBlockOperation SIGNIFICAND = (n, x, _, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = number((ElementBits.of(x[i]) + LIFT & FRACTION) + FORMAT.sqrtHalf());
        }
    };

    static final DoubleBlockOperation LT = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] < y[i] ? 1 : 0;
        }
    };

    static final DoubleBlockOperation LE = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] <= y[i] ? 1 : 0;
        }
    };

    static final DoubleBlockOperation EQ = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] == y[i] ? 1 : 0;
        }
    };

    static final DoubleBlockOperation NE = (n, x, y, _, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] != y[i] ? 1 : 0;
        }
    };

    static final DoubleBlockOperation SELECT = (n, x, y, z, out) -> {
        for (int i = 0; i < n; i++) {
            out[i] = x[i] != 0 ? y[i] : z[i];
        }
    };

    private DoubleBlockLoops() {}

    private static double number(long bits) {
        return ElementBits.number(bits, 0.0);
    }
}
