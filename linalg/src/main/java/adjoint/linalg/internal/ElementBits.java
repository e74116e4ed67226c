package adjoint.linalg.internal;

/// Numbers as their bits, those of a `float` in the lower half of a `long`; the same names for both precisions.
final class ElementBits {
    private ElementBits() {}

    static long of(double x) {
        return Double.doubleToRawLongBits(x);
    }

    static long of(float x) {
        return Float.floatToRawIntBits(x) & 0xFFFFFFFFL;
    }

    /// The number of these bits; the second argument only tells the type.
    static double number(long bits, double type) {
        return Double.longBitsToDouble(bits);
    }

    static float number(long bits, float type) {
        return Float.intBitsToFloat((int) bits);
    }
}
