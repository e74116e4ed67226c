package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.nn.internal.AtomicFile;
import adjoint.nn.internal.JsonReader;
import adjoint.nn.internal.JsonText;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
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
/// only for what the file really holds. Dtypes: `F32`, `F64`, `I32`, `I64`.
///
/// @param tensors by name
/// @param metadata free text by key
public record SafeTensors(SortedMap<String, Tensor> tensors, SortedMap<String, String> metadata) {
    private static final long MAX_HEADER = 100_000_000;
    private static final int MAX_RANK = 32;
    private static final int CHUNK = 1 << 16;
    private static final String METADATA = "__metadata__";

    public SafeTensors {
        tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
        metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
        if (tensors.containsKey(METADATA)) {
            throw new IllegalArgumentException("a tensor cannot be called " + METADATA);
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
        byte[] header = header();
        AtomicFile.write(file, channel -> {
            ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, start.putLong(header.length).put(header).flip());
            for (Tensor tensor : tensors.values()) {
                encode(tensor, bytes -> writeFully(channel, bytes));
            }
        });
    }

    /// Reads `file`.
    ///
    /// @throws IOException if it cannot be read or is not a valid safetensors file; the message names file and fault
    public static SafeTensors read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long dataStart = 8 + headerLength(channel);
            SortedMap<String, String> metadata = new TreeMap<>();
            List<Entry> entries = parse(headerText(channel, dataStart), metadata);
            checkLayout(entries, channel.size() - dataStart);
            SortedMap<String, Tensor> tensors = new TreeMap<>();
            for (Entry entry : entries) {
                tensors.put(entry.name, decode(channel, dataStart + entry.begin, entry));
            }
            return new SafeTensors(tensors, metadata);
        } catch (IOException e) {
            throw e.getMessage() != null && e.getMessage().contains(file.toString())
                    ? e
                    : new IOException(file + ": " + e.getMessage(), e);
        }
    }

    /// A checksum (CRC-32C) of all names, shapes, values and metadata.
    public long checksum() {
        CRC32C checksum = new CRC32C();
        checksum.update(header());
        try {
            for (Tensor tensor : tensors.values()) {
                encode(tensor, checksum::update);
            }
        } catch (IOException e) {
            throw new AssertionError("a checksum does no input or output", e);
        }
        return checksum.getValue();
    }

    // ---- header

    private byte[] header() {
        StringBuilder out = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            JsonText.quote(out, METADATA);
            out.append(":{");
            metadata.forEach((key, value) -> {
                JsonText.quote(out, key);
                out.append(':');
                JsonText.quote(out, value);
                out.append(',');
            });
            out.setLength(out.length() - 1);
            out.append("},");
        }
        long offset = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            Tensor tensor = entry.getValue();
            long end = offset + (long) tensor.size() * tensor.dtype().bytes();
            JsonText.quote(out, entry.getKey());
            out.append(":{\"dtype\":\"").append(tensor.dtype()).append("\",\"shape\":");
            out.append(tensor.shape().toString().replace(" ", ""));
            out.append(",\"data_offsets\":[")
                    .append(offset)
                    .append(',')
                    .append(end)
                    .append("]},");
            offset = end;
        }
        if (out.length() > 1) {
            out.setLength(out.length() - 1);
        }
        out.append('}');
        // The format lets a header end in spaces, so that the values start at a multiple of 8.
        out.repeat(' ', -out.length() & 7);
        return out.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static long headerLength(FileChannel channel) throws IOException {
        if (channel.size() < 8) {
            throw new IOException(
                    "not a safetensors file: it has " + channel.size() + " bytes, the header's length alone has 8");
        }
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        readFully(channel, 0, length);
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

    private static String headerText(FileChannel channel, long dataStart) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) dataStart - 8);
        readFully(channel, 8, bytes);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new IOException("the header is not valid UTF-8", e);
        }
    }

    /// What the header says of one tensor.
    private record Entry(String name, DType dtype, int[] shape, long begin, long end) {}

    private static List<Entry> parse(String text, Map<String, String> metadata) throws IOException {
        if (!text.startsWith("{")) {
            throw new IOException("the header does not begin with '{'");
        }
        JsonReader json = new JsonReader(text);
        List<Entry> entries = new ArrayList<>();
        boolean sawMetadata = false;
        json.beginObject();
        while (json.hasNext('}')) {
            String name = json.name();
            if (!name.equals(METADATA)) {
                entries.add(parseEntry(json, name));
            } else if (sawMetadata) {
                throw new IOException("the header has two members " + METADATA);
            } else {
                sawMetadata = true;
                parseMetadata(json, metadata);
            }
        }
        json.end();
        return entries;
    }

    private static void parseMetadata(JsonReader json, Map<String, String> metadata) throws IOException {
        json.beginObject();
        while (json.hasNext('}')) {
            String key = json.name();
            if (metadata.putIfAbsent(key, json.string()) != null) {
                throw new IOException("the metadata has two members " + key);
            }
        }
    }

    private static Entry parseEntry(JsonReader json, String name) throws IOException {
        DType dtype = null;
        int[] shape = null;
        long[] offsets = null;
        json.beginObject();
        while (json.hasNext('}')) {
            String member = json.name();
            boolean again = false;
            switch (member) {
                case "dtype" -> {
                    again = dtype != null;
                    dtype = dtype(json.string(), name);
                }
                case "shape" -> {
                    again = shape != null;
                    shape = shape(integers(json, MAX_RANK, "shape", name), name);
                }
                case "data_offsets" -> {
                    again = offsets != null;
                    offsets = integers(json, 2, "data_offsets", name);
                }
                default -> throw new IOException("tensor " + name + " has an unknown member " + member);
            }
            if (again) {
                throw new IOException("tensor " + name + " has two members " + member);
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw new IOException("tensor " + name + " needs dtype, shape and data_offsets [begin, end]");
        }
        Entry entry = new Entry(name, dtype, shape, offsets[0], offsets[1]);
        long needed = (long) Shape.of(shape).size() * dtype.bytes();
        if (entry.end < entry.begin || entry.end - entry.begin != needed) {
            throw new IOException("tensor " + name + ", " + dtype + " " + Arrays.toString(shape) + ", needs " + needed
                    + " bytes, its data_offsets are [" + entry.begin + ", " + entry.end + "]");
        }
        return entry;
    }

    private static DType dtype(String text, String name) throws IOException {
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(text)) {
                return dtype;
            }
        }
        throw new IOException(
                "tensor " + name + " is of dtype " + text + "; supported are " + Arrays.toString(DType.values()));
    }

    private static long[] integers(JsonReader json, int most, String what, String name) throws IOException {
        long[] values = new long[most];
        int count = 0;
        json.beginArray();
        while (json.hasNext(']')) {
            if (count == most) {
                throw new IOException("tensor " + name + ": " + what + " has more than " + most + " numbers");
            }
            values[count++] = json.integer();
        }
        return Arrays.copyOf(values, count);
    }

    private static int[] shape(long[] dims, String name) throws IOException {
        long size = 1;
        int[] shape = new int[dims.length];
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] > Integer.MAX_VALUE || dims[i] != 0 && size > Integer.MAX_VALUE / dims[i]) {
                throw new IOException("tensor " + name + " of shape " + Arrays.toString(dims)
                        + " has more elements than an array can hold");
            }
            shape[i] = (int) dims[i];
            size *= dims[i];
        }
        return shape;
    }

    private static void checkLayout(List<Entry> entries, long dataBytes) throws IOException {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::begin)
                .thenComparingLong(Entry::end)
                .thenComparing(Entry::name));
        long end = 0;
        for (Entry entry : sorted) {
            if (entry.end > dataBytes) {
                throw new IOException("truncated, or damaged: tensor " + entry.name + " ends at byte " + entry.end
                        + " of " + dataBytes + " bytes of values");
            }
            if (entry.begin != end) {
                throw new IOException("the values of tensor " + entry.name + " begin at byte " + entry.begin
                        + (entry.begin < end ? ", inside those of another tensor" : ", with a gap before them")
                        + "; expected was " + end);
            }
            end = entry.end;
        }
        if (end != dataBytes) {
            throw new IOException((dataBytes - end) + " bytes follow after the last tensor's values");
        }
        entries.sort(Comparator.comparing(Entry::name));
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i).name.equals(entries.get(i - 1).name)) {
                throw new IOException("two tensors are called " + entries.get(i).name);
            }
        }
    }

    // ---- values

    /// Takes bytes, between the position and the limit of the buffer.
    @FunctionalInterface
    private interface Sink {
        void accept(ByteBuffer bytes) throws IOException;
    }

    private static void encode(Tensor tensor, Sink sink) throws IOException {
        int size = tensor.size();
        Object array = tensor.dtype().allocate(size);
        tensor.copyTo(array, 0);
        ByteBuffer bytes = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        int perChunk = CHUNK / tensor.dtype().bytes();
        for (int from = 0; from < size; from += perChunk) {
            int n = Math.min(perChunk, size - from);
            bytes.clear().limit(n * tensor.dtype().bytes());
            switch (array) {
                case float[] x -> bytes.asFloatBuffer().put(x, from, n);
                case double[] x -> bytes.asDoubleBuffer().put(x, from, n);
                case int[] x -> bytes.asIntBuffer().put(x, from, n);
                case long[] x -> bytes.asLongBuffer().put(x, from, n);
                default -> throw new AssertionError(tensor.dtype());
            }
            sink.accept(bytes);
        }
    }

    private static Tensor decode(FileChannel channel, long position, Entry entry) throws IOException {
        Shape shape = Shape.of(entry.shape);
        Object array = entry.dtype.allocate(shape.size());
        ByteBuffer bytes = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        int perChunk = CHUNK / entry.dtype.bytes();
        for (int from = 0; from < shape.size(); from += perChunk) {
            int n = Math.min(perChunk, shape.size() - from);
            bytes.clear().limit(n * entry.dtype.bytes());
            readFully(channel, position + (long) from * entry.dtype.bytes(), bytes);
            bytes.flip();
            switch (array) {
                case float[] x -> bytes.asFloatBuffer().get(x, from, n);
                case double[] x -> bytes.asDoubleBuffer().get(x, from, n);
                case int[] x -> bytes.asIntBuffer().get(x, from, n);
                case long[] x -> bytes.asLongBuffer().get(x, from, n);
                default -> throw new AssertionError(entry.dtype);
            }
        }
        return Tensor.wrap(array, 0, shape);
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void readFully(FileChannel channel, long position, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int n = channel.read(bytes, position);
            if (n < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
            position += n;
        }
    }
}
