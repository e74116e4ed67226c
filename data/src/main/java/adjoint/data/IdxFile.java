package adjoint.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// An array of bytes in the format IDX, in which MNIST comes: the bytes `0 0 8 rank`, the length of each axis as a
/// big-endian `int`, then the elements and nothing more. A file that begins as gzip files do is unpacked.
///
/// @param lengths of the axes
/// @param values row-major
record IdxFile(int[] lengths, byte[] values) {
    /// Far above MNIST (45 MiB).
    static final int LARGEST = 1 << 30;

    private static final int UNSIGNED_BYTE = 0x08;
    private static final int GZIP = 0x1f8b;

    /// Reads a file of that rank. Memory is taken as the file fills it, not as its header promises.
    ///
    /// @throws FormatException if it is not a whole file of this format
    static IdxFile read(Path file, int rank) throws IOException {
        try (Counted in = new Counted(opened(file))) {
            try {
                return read(file.toString(), in, rank);
            } catch (EOFException | ZipException e) {
                throw new FormatException(
                        file.toString(), in.count, "gzip data that ends or breaks off", "whole gzip data");
            }
        }
    }

    private static IdxFile read(String file, InputStream in, int rank) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(in.readNBytes(4 + 4 * rank));
        if (header.limit() < 4 || header.getInt() != (UNSIGNED_BYTE << 8 | rank)) {
            throw new FormatException(
                    file, 0, bytes(header), "the bytes 0 0 8 " + rank + " with which an IDX file of bytes begins");
        }
        if (header.limit() < 4 + 4 * rank) {
            throw new FormatException(file, header.limit(), "the end of the file", rank + " lengths of axes");
        }
        int[] lengths = lengths(file, header, rank);
        int size = Arrays.stream(lengths).reduce(1, (a, b) -> a * b);
        byte[] values = in.readNBytes(size);
        long end = 4 + 4L * rank + values.length;
        if (values.length < size) {
            throw new FormatException(
                    file, end, "the end of the file", (size - values.length) + " more of " + shape(lengths) + " bytes");
        }
        if (in.read() >= 0) {
            throw new FormatException(
                    file, end, "more bytes", "the end of the file after " + shape(lengths) + " bytes");
        }
        return new IdxFile(lengths, values);
    }

    private static int[] lengths(String file, ByteBuffer header, int rank) throws FormatException {
        int[] lengths = new int[rank];
        long size = 1;
        for (int i = 0; i < rank; i++) {
            lengths[i] = header.getInt();
            if (lengths[i] < 0 || size * lengths[i] > LARGEST) {
                throw new FormatException(
                        file,
                        4 + 4L * i,
                        "the length " + Integer.toUnsignedString(lengths[i]),
                        "a length with which there are at most " + LARGEST + " elements");
            }
            size *= lengths[i];
        }
        return lengths;
    }

    private static InputStream opened(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file));
        try {
            in.mark(2);
            boolean packed = (in.read() << 8 | in.read()) == GZIP;
            in.reset();
            return packed ? new GZIPInputStream(in, 1 << 16) : in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private static String bytes(ByteBuffer header) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(4, header.limit()); i++) {
            text.append(i == 0 ? "" : " ").append(header.get(i) & 0xff);
        }
        return text.isEmpty() ? "an empty file" : "the bytes " + text;
    }

    private static String shape(int[] lengths) {
        return Arrays.toString(lengths).replace(", ", "×").replaceAll("[\\[\\]]", "");
    }

    /// Counts what is read.
    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            count += value < 0 ? 0 : 1;
            return value;
        }

        @Override
        public int read(byte[] bytes, int off, int len) throws IOException {
            int n = in.read(bytes, off, len);
            count += Math.max(0, n);
            return n;
        }
    }
}
