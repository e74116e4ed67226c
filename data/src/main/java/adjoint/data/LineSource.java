package adjoint.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The lines of a text file as bytes, one at a time in one buffer, with the line number for messages.
///
/// A line ends with LF, CR LF or CR. A UTF-8 byte order mark at the start is skipped. No line may be longer than
/// [#LONGEST_LINE], so that memory stays bounded whatever the file holds.
final class LineSource {
    /// Far above any line of the archives (about 1 MiB), far below the largest array.
    static final int LONGEST_LINE = 1 << 28;

    private final String file;
    private final InputStream in;
    private final byte[] block = new byte[1 << 16];
    private int blockAt;
    private int blockEnd;
    private boolean skipLineFeed;

    private byte[] line = new byte[1 << 12];
    private int length;
    private int number;

    LineSource(String file, InputStream in) {
        this.file = file;
        this.in = in;
    }

    /// Moves to the next line.
    ///
    /// @return false at the end of the file
    boolean next() throws IOException {
        length = 0;
        number++;
        boolean any = false;
        while (fill()) {
            any = true;
            int end = lineEnd();
            append(end);
            if (end < blockEnd) {
                skipLineFeed = block[end] == '\r';
                blockAt = end + 1;
                break;
            }
            blockAt = end;
        }
        if (number == 1) {
            dropByteOrderMark();
        }
        return any;
    }

    /// The bytes of the line, valid up to [#length()] and until the next line.
    byte[] line() {
        return line;
    }

    int length() {
        return length;
    }

    /// Whether the line says nothing: blank, or a comment that starts with `#` or `%`.
    boolean isSilent() {
        int first = firstNonBlank();
        return first == length || line[first] == '#' || line[first] == '%';
    }

    /// The first byte of the line that is no blank, or [#length()].
    int firstNonBlank() {
        int i = 0;
        while (i < length && isBlank(line[i])) {
            i++;
        }
        return i;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /// The text of the bytes `from … to-1` of the line.
    ///
    /// @throws FormatException if they are not UTF-8
    String text(int from, int to) throws FormatException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line, from, to - from))
                    .toString();
        } catch (CharacterCodingException _) {
            throw error(from, "bytes that are not UTF-8", "UTF-8 text");
        }
    }

    /// The bytes `from … to-1` of the line as they can stand in a message, whatever they are.
    String excerpt(int from, int to) {
        return FormatException.excerpt(new String(line, from, Math.min(to - from, 1 << 10), StandardCharsets.UTF_8));
    }

    /// The error at byte `at` (from 0) of this line.
    FormatException error(int at, String found, String expected) {
        return new FormatException(file, number, at + 1, found, expected);
    }

    /// The error of this line as a whole.
    FormatException error(String found, String expected) {
        return new FormatException(file, number, 0, found, expected);
    }

    /// Makes sure that the block holds a byte that belongs to this or a later line.
    private boolean fill() throws IOException {
        while (true) {
            if (blockAt == blockEnd) {
                blockAt = 0;
                blockEnd = Math.max(0, in.read(block));
                if (blockEnd == 0) {
                    return false;
                }
            }
            if (skipLineFeed && block[blockAt] == '\n') {
                blockAt++;
                skipLineFeed = false;
                continue;
            }
            skipLineFeed = false;
            return true;
        }
    }

    private int lineEnd() {
        int end = blockAt;
        while (end < blockEnd && block[end] != '\n' && block[end] != '\r') {
            end++;
        }
        return end;
    }

    private void append(int end) throws FormatException {
        int more = end - blockAt;
        if (more > LONGEST_LINE - length) {
            throw error("a line longer than " + LONGEST_LINE + " bytes", "one case per line");
        }
        if (length + more > line.length) {
            line = Arrays.copyOf(line, Math.max(length + more, Math.min(LONGEST_LINE, 2 * line.length)));
        }
        System.arraycopy(block, blockAt, line, length, more);
        length += more;
    }

    private void dropByteOrderMark() throws FormatException {
        if (length >= 3 && line[0] == (byte) 0xEF && line[1] == (byte) 0xBB && line[2] == (byte) 0xBF) {
            length -= 3;
            System.arraycopy(line, 3, line, 0, length);
        } else if (length >= 2 && (line[0] & line[1] & 0xFE) == 0xFE && line[0] != line[1]) {
            throw error(0, "a UTF-16 byte order mark", "UTF-8 text");
        }
    }
}
