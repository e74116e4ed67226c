package adjoint.linalg.internal;

/// The bits of a floating-point format.
///
/// @param mantissaBits of the mantissa, without the hidden one
/// @param signBit the sign alone, as an integer of the format's size
/// @param one the bits of 1
/// @param sqrtHalf the bits of √½
/// @param round 1.5·2^mantissaBits; adding it rounds a small number to an integer, which then stands in the lowest
///     bits of the sum
/// @param roundBits the bits of `round`
record FloatFormat(int mantissaBits, long signBit, long one, long sqrtHalf, double round, long roundBits) {
    private static final FloatFormat BINARY32 =
            new FloatFormat(23, Integer.MIN_VALUE, 0x3F800000L, 0x3F3504F3L, 0x1.8p23, 0x4B400000L);

    private static final FloatFormat BINARY64 = new FloatFormat(
            52, Long.MIN_VALUE, 0x3FF0000000000000L, 0x3FE6A09E667F3BCDL, 0x1.8p52, 0x4338000000000000L);

    static FloatFormat of(ElementType type) {
        return type == ElementType.F32 ? BINARY32 : BINARY64;
    }
}
