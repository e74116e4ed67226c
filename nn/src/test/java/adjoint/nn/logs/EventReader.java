package adjoint.nn.logs;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/// Reads event files as their format is described, and knows nothing of how they are written: records whose checksums
/// fit, each a protocol buffer taken apart by its wire types.
final class EventReader {
    private EventReader() {}

    /// The events of a file, each by field number; a truncated last one is left out, as TensorFlow's reader does.
    static List<Map<Integer, List<Object>>> read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        List<Map<Integer, List<Object>>> events = new ArrayList<>();
        int at = 0;
        while (bytes.length - at >= 16) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            long length = buffer.getLong(at);
            if (unmasked(buffer.getInt(at + 8)) != crc(bytes, at, 8)) {
                throw new IOException("the length's checksum at " + at);
            }
            if (bytes.length - at < 16 + length) {
                break;
            }
            if (unmasked(buffer.getInt(at + 12 + (int) length)) != crc(bytes, at + 12, (int) length)) {
                throw new IOException("the data's checksum at " + at);
            }
            byte[] data = new byte[(int) length];
            buffer.get(at + 12, data);
            events.add(fields(data));
            at += 16 + (int) length;
        }
        return events;
    }

    /// The inverse of masking as TensorFlow's `crc32c::Unmask` has it.
    private static long unmasked(int masked) {
        int rotated = masked - 0xa282ead8;
        return ((rotated >>> 17) | (rotated << 15)) & 0xFFFFFFFFL;
    }

    private static long crc(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return crc.getValue();
    }

    /// Numbers as Long, `double` as Double, `float` as Float, the rest as bytes.
    static Map<Integer, List<Object>> fields(byte[] message) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(message));
        Map<Integer, List<Object>> fields = new LinkedHashMap<>();
        while (in.available() > 0) {
            long key = varint(in);
            Object value = switch ((int) (key & 7)) {
                case 0 -> varint(in);
                case 1 -> Double.longBitsToDouble(Long.reverseBytes(in.readLong()));
                case 2 -> in.readNBytes((int) varint(in));
                case 5 -> Float.intBitsToFloat(Integer.reverseBytes(in.readInt()));
                default -> throw new IOException("wire type of key " + key);
            };
            fields.computeIfAbsent((int) (key >>> 3), _ -> new ArrayList<>()).add(value);
        }
        return fields;
    }

    private static long varint(DataInputStream in) throws IOException {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            int next = in.readUnsignedByte();
            value |= (long) (next & 127) << shift;
            if (next < 128) {
                return value;
            }
        }
    }

    /// The scalars of a file: `tag step value`.
    static List<String> scalars(Path file) throws IOException {
        List<String> found = new ArrayList<>();
        for (Map<Integer, List<Object>> event : read(file)) {
            for (Object summary : event.getOrDefault(5, List.of())) {
                for (Object part : fields((byte[]) summary).get(1)) {
                    Map<Integer, List<Object>> value = fields((byte[]) part);
                    if (value.containsKey(2)) {
                        found.add(text(value.get(1)) + " " + event.get(2).getFirst() + " "
                                + value.get(2).getFirst());
                    }
                }
            }
        }
        return found;
    }

    static String text(List<Object> field) {
        return new String((byte[]) field.getFirst(), StandardCharsets.UTF_8);
    }

    static double[] doubles(List<Object> packed) {
        ByteBuffer bytes = ByteBuffer.wrap((byte[]) packed.getFirst()).order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[bytes.remaining() / 8];
        bytes.asDoubleBuffer().get(values);
        return values;
    }
}
