package adjoint.nn.files;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.nn.internal.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// Named tensors in a file of the safetensors format: an 8-byte little-endian length, a JSON header of that length,
/// then the values.
///
/// ```json
/// {"__metadata__": {"key": "text"}, "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
/// ```
///
/// **Writing** is atomic, and the same content gives the same bytes: names in order, values packed without gaps.
///
/// **Reading** trusts nothing: the header is at most 100 MB and within the file; names are unique; each stretch of
/// values has exactly the size of dtype and shape; stretches cover the data without gap or overlap. Memory is taken
/// only for what the file really holds. The dtypes are those of [Encoding].
///
/// @param tensors by name
/// @param metadata free text by key
public record SafeTensors(SortedMap<String, Tensor> tensors, SortedMap<String, String> metadata) {
    private static final long MAX_HEADER = 100_000_000;

    public SafeTensors {
        tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
        metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
        if (tensors.containsKey(SafeTensorsHeader.METADATA)) {
            throw new IllegalArgumentException("a tensor cannot be called " + SafeTensorsHeader.METADATA);
        }
    }

    /// Writes `file`, atomically.
    ///
    /// @throws IOException if it cannot be written; an older file of that name stays as it was
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        new SafeTensors(new TreeMap<>(tensors), new TreeMap<>(metadata)).write(file);
    }

    /// [#write(Path, Map, Map)] of these.
    public void write(Path file) throws IOException {
        write(file, Map.of());
    }

    /// As [#write(Path)], with other encodings than those of the tensors' dtypes: halves, say.
    ///
    /// @param encodings by the name of the tensor
    /// @throws IllegalArgumentException if a name is none of a tensor, an encoding is one of another dtype, or an
    ///     integer does not fit
    public void write(Path file, Map<String, Encoding> encodings) throws IOException {
        encodings.forEach((name, encoding) -> {
            Tensor tensor = tensors.get(name);
            if (tensor == null || tensor.dtype() != encoding.dtype()) {
                throw new IllegalArgumentException(encoding + " is an encoding of " + encoding.dtype() + "; " + name
                        + (tensor == null ? " is no tensor" : " is " + tensor.dtype()));
            }
        });
        SafeTensorsHeader header = SafeTensorsHeader.of(tensors, encodings, metadata);
        byte[] text = header.toBytes();
        AtomicFile.write(file, channel -> {
            ByteBuffer start = ByteBuffer.allocate(8 + text.length).order(ByteOrder.LITTLE_ENDIAN);
            Channels.writeFully(channel, start.putLong(text.length).put(text).flip());
            for (SafeTensorsHeader.Entry entry : header.entries()) {
                entry.encoding().write(tensors.get(entry.name()), bytes -> Channels.writeFully(channel, bytes));
            }
        });
    }

    /// Reads `file`.
    ///
    /// @throws IOException if it cannot be read or is not a valid safetensors file; the message names file and fault
    public static SafeTensors read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long dataStart = 8 + headerLength(channel);
            SafeTensorsHeader header =
                    SafeTensorsHeader.parse(headerText(channel, dataStart), channel.size() - dataStart);
            SortedMap<String, Tensor> tensors = new TreeMap<>();
            for (SafeTensorsHeader.Entry entry : header.entries()) {
                tensors.put(entry.name(), decode(entry, Channels.from(channel, dataStart + entry.begin())));
            }
            return new SafeTensors(tensors, header.metadata());
        } catch (IOException e) {
            throw Channels.naming(file, e);
        }
    }

    static Tensor decode(SafeTensorsHeader.Entry entry, Encoding.Source source) throws IOException {
        Shape shape = Shape.of(entry.shape());
        return Tensor.wrap(entry.encoding().read(shape.size(), ByteOrder.LITTLE_ENDIAN, source), 0, shape);
    }

    /// A checksum (CRC-32C) of all names, shapes, values and metadata.
    public long checksum() {
        CRC32C checksum = new CRC32C();
        checksum.update(SafeTensorsHeader.of(tensors, Map.of(), metadata).toBytes());
        try {
            for (Tensor tensor : tensors.values()) {
                Encoding.of(tensor.dtype()).write(tensor, checksum::update);
            }
        } catch (IOException e) {
            throw new AssertionError("a checksum does no input or output", e);
        }
        return checksum.getValue();
    }

    static long headerLength(FileChannel channel) throws IOException {
        if (channel.size() < 8) {
            throw new IOException(
                    "not a safetensors file: it has " + channel.size() + " bytes, the header's length alone has 8");
        }
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        Channels.from(channel, 0).read(length);
        long bytes = length.getLong(0);
        if (bytes < 0 || bytes > MAX_HEADER) {
            throw new IOException("not a safetensors file, or a damaged one: a header of "
                    + Long.toUnsignedString(bytes) + " bytes, allowed are " + MAX_HEADER);
        }
        if (bytes > channel.size() - 8) {
            throw new IOException("truncated: a header of " + bytes + " bytes in a file of " + channel.size());
        }
        return bytes;
    }

    static String headerText(FileChannel channel, long dataStart) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) dataStart - 8);
        Channels.from(channel, 8).read(bytes);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new IOException("the header is not valid UTF-8", e);
        }
    }
}
