package adjoint.nn.files;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// How numbers lie in a file, under the names of the safetensors format, and the dtype of a tensor that holds all of
/// them: halves become `F32`, small integers `I32`, 32 bits without a sign `I64`.
public enum Encoding {
    F64(8, DType.F64),
    F32(4, DType.F32),
    /// IEEE 754 binary16.
    F16(2, DType.F32),
    /// The upper half of an `F32`.
    BF16(2, DType.F32),
    I64(8, DType.I64),
    I32(4, DType.I32),
    U32(4, DType.I64),
    I16(2, DType.I32),
    U16(2, DType.I32),
    I8(1, DType.I32),
    U8(1, DType.I32),
    /// A byte that is 0 or 1.
    BOOL(1, DType.I32);

    private static final int CHUNK = 1 << 16;

    private final int bytes;
    private final DType dtype;

    Encoding(int bytes, DType dtype) {
        this.bytes = bytes;
        this.dtype = dtype;
    }

    /// Bytes per number.
    public int bytes() {
        return bytes;
    }

    /// The dtype of a tensor that is read.
    public DType dtype() {
        return dtype;
    }

    /// The encoding that changes no bit of a dtype.
    public static Encoding of(DType dtype) {
        return valueOf(dtype.name());
    }

    /// Gives bytes, one after another.
    @FunctionalInterface
    interface Source {
        /// Fills the buffer up to its limit.
        void read(ByteBuffer bytes) throws IOException;
    }

    /// Takes bytes, between the position and the limit of the buffer.
    @FunctionalInterface
    interface Sink {
        void accept(ByteBuffer bytes) throws IOException;
    }

    /// Reads `n` numbers into a new array.
    Object read(int n, ByteOrder order, Source source) throws IOException {
        Object array = dtype.allocate(n);
        int perChunk = CHUNK / bytes;
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(n, perChunk) * bytes).order(order);
        for (int from = 0; from < n; from += perChunk) {
            int count = Math.min(perChunk, n - from);
            source.read(buffer.clear().limit(count * bytes));
            decode(buffer.flip(), array, from, count);
        }
        return array;
    }

    /// Writes the values of a tensor of [#dtype], low bytes first.
    ///
    /// @throws IllegalArgumentException if an integer does not fit
    void write(Tensor tensor, Sink sink) throws IOException {
        int n = tensor.size();
        Object array = dtype.allocate(n);
        tensor.copyTo(array, 0);
        int perChunk = CHUNK / bytes;
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(n, perChunk) * bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < n; from += perChunk) {
            int count = Math.min(perChunk, n - from);
            encode(array, from, count, buffer.clear());
            sink.accept(buffer.flip());
        }
    }

    private void decode(ByteBuffer from, Object to, int offset, int n) throws IOException {
        switch (this) {
            case F64 -> from.asDoubleBuffer().get((double[]) to, offset, n);
            case F32 -> from.asFloatBuffer().get((float[]) to, offset, n);
            case I64 -> from.asLongBuffer().get((long[]) to, offset, n);
            case I32 -> from.asIntBuffer().get((int[]) to, offset, n);
            case F16, BF16 -> {
                float[] x = (float[]) to;
                for (int i = offset; i < offset + n; i++) {
                    short bits = from.getShort();
                    x[i] = this == F16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
                }
            }
            case U32 -> {
                long[] x = (long[]) to;
                for (int i = offset; i < offset + n; i++) {
                    x[i] = Integer.toUnsignedLong(from.getInt());
                }
            }
            case I16, U16 -> {
                int[] x = (int[]) to;
                for (int i = offset; i < offset + n; i++) {
                    short bits = from.getShort();
                    x[i] = this == I16 ? bits : Short.toUnsignedInt(bits);
                }
            }
            case I8, U8, BOOL -> {
                int[] x = (int[]) to;
                for (int i = offset; i < offset + n; i++) {
                    byte bits = from.get();
                    x[i] = this == I8 ? bits : Byte.toUnsignedInt(bits);
                    if (this == BOOL && x[i] > 1) {
                        throw new IOException("a BOOL must be 0 or 1, got " + x[i]);
                    }
                }
            }
        }
    }

    private void encode(Object from, int offset, int n, ByteBuffer to) {
        switch (from) {
            case double[] x -> {
                for (int i = offset; i < offset + n; i++) {
                    to.putDouble(x[i]);
                }
            }
            case float[] x -> {
                for (int i = offset; i < offset + n; i++) {
                    switch (this) {
                        case F16 -> to.putShort(Float.floatToFloat16(x[i]));
                        case BF16 -> to.putShort(bfloat16(x[i]));
                        default -> to.putFloat(x[i]);
                    }
                }
            }
            case long[] x -> {
                for (int i = offset; i < offset + n; i++) {
                    if (this == I64) {
                        to.putLong(x[i]);
                    } else {
                        to.putInt((int) within(x[i]));
                    }
                }
            }
            case int[] x -> {
                for (int i = offset; i < offset + n; i++) {
                    switch (bytes) {
                        case 1 -> to.put((byte) within(x[i]));
                        case 2 -> to.putShort((short) within(x[i]));
                        default -> to.putInt(x[i]);
                    }
                }
            }
            default -> throw new AssertionError(from);
        }
    }

    /// To the nearest, of two equally near ones to the even one; NaN stays NaN.
    private static short bfloat16(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    private long within(long x) {
        long low = this == I16 ? Short.MIN_VALUE : this == I8 ? Byte.MIN_VALUE : 0;
        long high = this == BOOL ? 1 : low + (1L << 8 * bytes) - 1;
        if (x < low || x > high) {
            throw new IllegalArgumentException(this + " holds " + low + " to " + high + ", not " + x);
        }
        return x;
    }
}
