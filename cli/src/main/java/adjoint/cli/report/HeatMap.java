package adjoint.cli.report;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// A matrix as a small picture: one pixel per entry, positive entries in one colour and negative ones in another, the
/// more opaque the larger. Zero is transparent, so that the picture suits a light page and a dark one.
final class HeatMap {
    private static final int POSITIVE = 0x2F6FDE;
    private static final int NEGATIVE = 0xD9722E;
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    private HeatMap() {}

    /// The picture as a `data:` address.
    ///
    /// @param values rows of equal length; entries that are not finite are left transparent
    /// @param full the magnitude that is drawn opaque
    static String address(List<List<Double>> values, double full) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png(values, full));
    }

    /// The greatest finite magnitude in a matrix, 0 for one without.
    static double magnitude(List<List<Double>> values) {
        return values.stream()
                .flatMap(List::stream)
                .mapToDouble(Math::abs)
                .filter(Double::isFinite)
                .max()
                .orElse(0);
    }

    /// A PNG of 8-bit RGBA: signature, then the chunks IHDR, IDAT (a filter byte 0 before each row) and IEND.
    private static byte[] png(List<List<Double>> values, double full) {
        int rows = values.size();
        int columns = rows == 0 ? 0 : values.getFirst().size();
        ByteBuffer pixels = ByteBuffer.allocate(rows * (1 + 4 * columns));
        for (List<Double> row : values) {
            pixels.put((byte) 0);
            for (double value : row) {
                int opacity = Double.isFinite(value) && full > 0
                        ? (int) Math.round(255 * Math.min(1, Math.abs(value) / full))
                        : 0;
                pixels.putInt((value < 0 ? NEGATIVE : POSITIVE) << 8 | opacity);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(SIGNATURE);
        byte[] header = ByteBuffer.allocate(13)
                .putInt(columns)
                .putInt(rows)
                .put(new byte[] {8, 6, 0, 0, 0})
                .array();
        chunk(out, "IHDR", header);
        chunk(out, "IDAT", deflate(pixels.array()));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] content) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 check = new CRC32();
        check.update(name);
        check.update(content);
        out.writeBytes(ByteBuffer.allocate(12 + content.length)
                .putInt(content.length)
                .put(name)
                .put(content)
                .putInt((int) check.getValue())
                .array());
    }

    private static byte[] deflate(byte[] bytes) {
        try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
            deflater.setInput(bytes);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        }
    }
}
