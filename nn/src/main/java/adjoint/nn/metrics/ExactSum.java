package adjoint.nn.metrics;

import java.math.BigDecimal;
import java.math.BigInteger;

/// A sum of doubles without rounding: a fixed-point number wide enough for all of them. So neither the order of the
/// summands nor how they were grouped shows in the result.
final class ExactSum {
    /// Limb k counts 2^(32k − 1074).
    private static final int LIMB_BITS = 32;
    private static final long LIMB = 0xFFFF_FFFFL;

    /// From 2⁻¹⁰⁷⁴ to 2¹⁰²⁴, and 2⁶⁴ times that.
    private static final int LIMBS = (1024 + 1074 + 64) / LIMB_BITS + 1;

    /// A limb takes that many additions of less than 2³² before it must hand on what is over.
    private static final int MOST_PENDING = 1 << 30;

    private static final BigDecimal UNIT = new BigDecimal(Double.MIN_VALUE);

    private final long[] limbs = new long[LIMBS];
    private int pending;

    /// The sum of what is not finite.
    private double special;

    void add(double x) {
        if (!Double.isFinite(x)) {
            special += x;
            return;
        }
        long bits = Double.doubleToRawLongBits(x);
        int exponent = (int) (bits >>> 52) & 0x7FF;
        long mantissa = bits & 0xF_FFFF_FFFF_FFFFL;
        // A subnormal has the exponent of the least normal number and no leading bit.
        int shift = Math.max(exponent, 1) - 1;
        mantissa |= exponent == 0 ? 0 : 1L << 52;
        int limb = shift / LIMB_BITS;
        int within = shift % LIMB_BITS;
        long low = (mantissa & LIMB) << within;
        long high = (mantissa >>> LIMB_BITS) << within;
        long sign = bits < 0 ? -1 : 1;
        limbs[limb] += sign * (low & LIMB);
        limbs[limb + 1] += sign * ((low >>> LIMB_BITS) + (high & LIMB));
        limbs[limb + 2] += sign * (high >>> LIMB_BITS);
        settle(1);
    }

    /// Adds x² exactly: the product and what it was rounded by.
    void addSquare(double x) {
        double square = x * x;
        add(square);
        add(Math.fma(x, x, -square));
    }

    void add(ExactSum other) {
        for (int k = 0; k < LIMBS; k++) {
            limbs[k] += other.limbs[k];
        }
        special += other.special;
        settle(other.pending + 1);
    }

    private void settle(int additions) {
        pending += additions;
        if (pending >= MOST_PENDING) {
            long carry = 0;
            for (int k = 0; k < LIMBS - 1; k++) {
                long limb = limbs[k] + carry;
                limbs[k] = limb & LIMB;
                carry = limb >> LIMB_BITS;
            }
            limbs[LIMBS - 1] += carry;
            pending = 1;
        }
    }

    /// The sum, rounded once.
    double value() {
        return special != 0 || Double.isNaN(special) ? special : exact().doubleValue();
    }

    /// The sum of the finite summands.
    BigDecimal exact() {
        BigInteger sum = BigInteger.ZERO;
        for (int k = LIMBS - 1; k >= 0; k--) {
            sum = sum.shiftLeft(LIMB_BITS).add(BigInteger.valueOf(limbs[k]));
        }
        return new BigDecimal(sum).multiply(UNIT);
    }

    boolean isFinite() {
        return special == 0;
    }
}
