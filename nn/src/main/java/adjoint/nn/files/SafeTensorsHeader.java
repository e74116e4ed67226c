package adjoint.nn.files;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.nn.internal.JsonReader;
import adjoint.nn.internal.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The JSON header of a safetensors file.
///
/// @param entries in the order of their names
record SafeTensorsHeader(List<Entry> entries, SortedMap<String, String> metadata) {
    static final String METADATA = "__metadata__";

    /// What it says of one tensor, whose values are the bytes `begin … end-1` behind the header.
    record Entry(String name, Encoding encoding, int[] shape, long begin, long end) {}

    /// The header of tensors that lie one behind another in the order of their names.
    static SafeTensorsHeader of(
            SortedMap<String, Tensor> tensors, Map<String, Encoding> encodings, SortedMap<String, String> metadata) {
        List<Entry> entries = new ArrayList<>();
        long offset = 0;
        for (Map.Entry<String, Tensor> named : tensors.entrySet()) {
            Tensor tensor = named.getValue();
            Encoding encoding = encodings.getOrDefault(named.getKey(), Encoding.of(tensor.dtype()));
            long end = offset + (long) tensor.size() * encoding.bytes();
            entries.add(new Entry(named.getKey(), encoding, tensor.shape().dims(), offset, end));
            offset = end;
        }
        return new SafeTensorsHeader(entries, metadata);
    }

    byte[] toBytes() {
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
        for (Entry entry : entries) {
            JsonText.quote(out, entry.name);
            out.append(":{\"dtype\":\"").append(entry.encoding).append("\",\"shape\":");
            out.append(Arrays.toString(entry.shape).replace(" ", ""));
            out.append(",\"data_offsets\":[")
                    .append(entry.begin)
                    .append(',')
                    .append(entry.end)
                    .append("]},");
        }
        if (out.length() > 1) {
            out.setLength(out.length() - 1);
        }
        out.append('}');
        // The format lets a header end in spaces, so that the values start at a multiple of 8.
        out.repeat(' ', -out.length() & 7);
        return out.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /// Reads the text of a header, of a file with `dataBytes` of values.
    ///
    /// @throws IOException if anything is out of place
    static SafeTensorsHeader parse(String text, long dataBytes) throws IOException {
        SortedMap<String, String> metadata = new TreeMap<>();
        List<Entry> entries = entries(text, metadata);
        checkLayout(entries, dataBytes);
        return new SafeTensorsHeader(entries, metadata);
    }

    private static List<Entry> entries(String text, Map<String, String> metadata) throws IOException {
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
        Encoding encoding = null;
        int[] shape = null;
        long[] offsets = null;
        json.beginObject();
        while (json.hasNext('}')) {
            String member = json.name();
            boolean again = false;
            switch (member) {
                case "dtype" -> {
                    again = encoding != null;
                    encoding = encoding(json.string(), name);
                }
                case "shape" -> {
                    again = shape != null;
                    shape = Dimensions.checked(integers(json, Dimensions.MAX_RANK, "shape", name), "tensor " + name);
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
        if (encoding == null || shape == null || offsets == null || offsets.length != 2) {
            throw new IOException("tensor " + name + " needs dtype, shape and data_offsets [begin, end]");
        }
        Entry entry = new Entry(name, encoding, shape, offsets[0], offsets[1]);
        long needed = (long) Shape.of(shape).size() * encoding.bytes();
        if (entry.end < entry.begin || entry.end - entry.begin != needed) {
            throw new IOException("tensor " + name + ", " + encoding + " " + Arrays.toString(shape) + ", needs "
                    + needed + " bytes, its data_offsets are [" + entry.begin + ", " + entry.end + "]");
        }
        return entry;
    }

    private static Encoding encoding(String text, String name) throws IOException {
        for (Encoding encoding : Encoding.values()) {
            if (encoding.name().equals(text)) {
                return encoding;
            }
        }
        throw new IOException(
                "tensor " + name + " is of dtype " + text + "; supported are " + Arrays.toString(Encoding.values()));
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
}
