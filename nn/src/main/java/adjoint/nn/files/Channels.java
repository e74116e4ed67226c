package adjoint.nn.files;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// Whole reads and writes.
final class Channels {
    private Channels() {}

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// The bytes from `position` on.
    static Encoding.Source from(FileChannel channel, long position) {
        long[] next = {position};
        return bytes -> {
            while (bytes.hasRemaining()) {
                int n = channel.read(bytes, next[0]);
                if (n < 0) {
                    throw new EOFException("the file became shorter while it was read");
                }
                next[0] += n;
            }
        };
    }

    /// The exception with the file's name in its message.
    static IOException naming(Path file, IOException e) {
        return e.getMessage() != null && e.getMessage().contains(file.toString())
                ? e
                : new IOException(file + ": " + e.getMessage(), e);
    }
}
