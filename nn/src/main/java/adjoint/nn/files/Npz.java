package adjoint.nn.files;

import adjoint.autodiff.Tensor;
import adjoint.nn.internal.AtomicFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Named arrays in a file of NumPy's format `.npz`: a zip archive of an `.npy` for each name.
///
/// **Reading** is as strict as [Npy]'s: every entry is an array, of exactly the size that the archive says, which is no
/// more than its compressed bytes can have become. So memory is bounded by about a thousand times that of the file, and
/// by the file's own size if it is not compressed. **Writing** is atomic, does not compress, and gives the same bytes
/// for the same content.
public final class Npz {
    private static final String SUFFIX = ".npy";

    /// What deflate makes of a byte at most.
    private static final long MOST_INFLATED = 1032;

    /// The first date that a zip archive can say.
    private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

    private Npz() {}

    /// Reads `file`.
    ///
    /// @throws IOException if it cannot be read or is not a valid file; the message names file, array and fault
    public static SortedMap<String, Tensor> read(Path file) throws IOException {
        SortedMap<String, Tensor> tensors = new TreeMap<>();
        try (ZipFile archive = new ZipFile(file.toFile())) {
            for (ZipEntry entry : archive.stream().toArray(ZipEntry[]::new)) {
                String name = entry.getName();
                if (!name.endsWith(SUFFIX)) {
                    throw new IOException("the entry " + name + " is no " + SUFFIX);
                }
                String key = name.substring(0, name.length() - SUFFIX.length());
                if (tensors.put(key, read(archive, entry)) != null) {
                    throw new IOException("two arrays are called " + key);
                }
            }
        } catch (IOException e) {
            throw Channels.naming(file, e);
        }
        return tensors;
    }

    private static Tensor read(ZipFile archive, ZipEntry entry) throws IOException {
        long size = entry.getSize();
        long compressed = entry.getCompressedSize();
        if (size < 0 || compressed < 0 || size / MOST_INFLATED > compressed) {
            throw new IOException(
                    "the entry " + entry.getName() + " claims to have " + size + " bytes in " + compressed);
        }
        try (InputStream in = archive.getInputStream(entry)) {
            Tensor tensor = Npy.read(size, bytes -> {
                int n = in.readNBytes(bytes.array(), bytes.position(), bytes.remaining());
                if (n < bytes.remaining()) {
                    throw new EOFException("truncated");
                }
                bytes.position(bytes.limit());
            });
            if (in.read() >= 0) {
                throw new ZipException("it is longer than the archive says");
            }
            return tensor;
        } catch (IOException e) {
            throw new IOException("array " + entry.getName() + ": " + e.getMessage(), e);
        }
    }

    /// Writes `file`, atomically.
    ///
    /// @throws IOException if it cannot be written; an older file of that name stays as it was
    public static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        AtomicFile.write(file, channel -> {
            ZipOutputStream archive = new ZipOutputStream(new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    Channels.writeFully(channel, ByteBuffer.wrap(bytes, offset, length));
                }
            });
            archive.setMethod(ZipOutputStream.STORED);
            for (Map.Entry<String, Tensor> named : new TreeMap<>(tensors).entrySet()) {
                archive.putNextEntry(entry(named.getKey() + SUFFIX, named.getValue()));
                Npy.write(named.getValue(), bytes -> {
                    archive.write(bytes.array(), bytes.position(), bytes.remaining());
                    bytes.position(bytes.limit());
                });
                archive.closeEntry();
            }
            archive.finish();
        });
    }

    /// What is stored as it is has its size and checksum in front of it.
    private static ZipEntry entry(String name, Tensor tensor) throws IOException {
        CRC32 checksum = new CRC32();
        long[] size = {0};
        Npy.write(tensor, bytes -> {
            size[0] += bytes.remaining();
            checksum.update(bytes);
        });
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(EPOCH);
        entry.setSize(size[0]);
        entry.setCompressedSize(size[0]);
        entry.setCrc(checksum.getValue());
        return entry;
    }
}
