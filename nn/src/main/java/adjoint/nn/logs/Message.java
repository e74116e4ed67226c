package adjoint.nn.logs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A protocol buffer under construction: fields by number, in the order in which they are put.
final class Message {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// An `int64` or enum.
    Message number(int field, long value) {
        key(field, VARINT);
        varint(value);
        return this;
    }

    /// A `double`.
    Message fixed(int field, double value) {
        key(field, FIXED64);
        out.writeBytes(little(8).putDouble(value).array());
        return this;
    }

    /// A `float`.
    Message single(int field, float value) {
        key(field, FIXED32);
        out.writeBytes(little(4).putFloat(value).array());
        return this;
    }

    /// A `string`.
    Message text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /// A message within.
    Message message(int field, Message value) {
        return bytes(field, value.bytes());
    }

    /// A `repeated double`, packed.
    Message packed(int field, double[] values) {
        ByteBuffer bytes = little(8 * values.length);
        bytes.asDoubleBuffer().put(values);
        return bytes(field, bytes.array());
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    private Message bytes(int field, byte[] value) {
        key(field, LENGTH);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    private void key(int field, int type) {
        varint((long) field << 3 | type);
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
