package adjoint.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads plain text in UTF-8.
public final class TextReader {
    /// The largest file that is read.
    static final int LARGEST = 1 << 28;

    private TextReader() {}

    /// The whole text of a file.
    ///
    /// @throws FormatException if it is empty, larger than 256 MiB, or not UTF-8; the message says at which byte
    /// @throws IOException if it cannot be read
    public static String read(Path file) throws IOException {
        return read(file, LARGEST);
    }

    static String read(Path file, int largest) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(largest);
            if (in.read() >= 0) {
                throw new FormatException(file.toString(), largest, "more bytes", "a text of at most " + largest);
            }
        }
        if (bytes.length == 0) {
            throw new FormatException(file.toString(), 0, "an empty file", "text");
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, text, true);
        if (result.isError()) {
            throw new FormatException(
                    file.toString(),
                    in.position(),
                    "the byte " + (bytes[in.position()] & 0xff),
                    "a character in UTF-8");
        }
        return text.flip().toString();
    }
}
