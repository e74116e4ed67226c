package adjoint.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// A directed graph with a class for each node.
///
/// ```java
/// DirectedGraph cora = DirectedGraph.read(Path.of("data/graph/directed-npz/cora.npz"));
/// ```
///
/// Files are those of the usual collections of sparse graphs: a zip archive of the NumPy arrays `adj_shape` (nodes,
/// nodes), `adj_indptr`, `adj_indices` (compressed rows: node i points to `indices[indptr[i] … indptr[i + 1])`) and
/// `labels`; others are left unread. Numbers are little-endian integers. Reading is strict: what an array's header says
/// is what it holds, of at most a million nodes and 16 million edges.
///
/// @param name the file's name without its ending
/// @param sources the node that each edge comes from, ascending
/// @param targets the node that it goes to
/// @param labels the class of each node, from 0 on
/// @param classes one more than the largest label
public record DirectedGraph(String name, int[] sources, int[] targets, int[] labels, int classes) {
    private static final int MOST_NODES = 1 << 20;
    private static final int MOST_EDGES = 1 << 24;
    private static final int PREAMBLE = 10;
    private static final Pattern HEADER = Pattern.compile(
            "\\{'descr': '([<|][a-z]\\d+)', 'fortran_order': False, 'shape': \\((\\d{1,9}),\\), \\} *\n");

    public int nodes() {
        return labels.length;
    }

    public int edges() {
        return sources.length;
    }

    /// Reads a file.
    ///
    /// @throws FormatException if it is no such file, naming the array and what is wrong in it
    /// @throws IOException if it cannot be read
    public static DirectedGraph read(Path file) throws IOException {
        try (ZipFile archive = new ZipFile(file.toFile())) {
            int[] shape = array(file, archive, "adj_shape", 2);
            int[] labels = array(file, archive, "labels", MOST_NODES);
            int nodes = labels.length;
            require(
                    Arrays.equals(shape, new int[] {nodes, nodes}),
                    file,
                    "adj_shape",
                    Arrays.toString(shape),
                    "[" + nodes + ", " + nodes + "], a row and a column for each label");
            int[] starts = array(file, archive, "adj_indptr", MOST_NODES + 1);
            int[] targets = array(file, archive, "adj_indices", MOST_EDGES);
            int[] sources = sources(file, starts, targets, nodes);
            int classes = 0;
            for (int i = 0; i < nodes; i++) {
                require(
                        labels[i] >= 0 && labels[i] < nodes,
                        file,
                        "labels",
                        "the class " + labels[i] + " of node " + i,
                        "classes from 0 on, fewer than nodes");
                classes = Math.max(classes, labels[i] + 1);
            }
            String stem = file.getFileName().toString().replaceFirst("\\.npz$", "");
            return new DirectedGraph(stem, sources, targets, labels, classes);
        }
    }

    private static int[] sources(Path file, int[] starts, int[] targets, int nodes) throws FormatException {
        require(
                starts.length == nodes + 1 && starts[0] == 0 && starts[nodes] == targets.length,
                file,
                "adj_indptr",
                starts.length + " numbers from " + (starts.length == 0 ? "none" : starts[0]),
                (nodes + 1) + " numbers from 0 to " + targets.length);
        int[] sources = new int[targets.length];
        int[] seen = new int[nodes];
        for (int i = 0; i < nodes; i++) {
            require(
                    starts[i] <= starts[i + 1] && starts[i + 1] <= targets.length,
                    file,
                    "adj_indptr",
                    starts[i + 1] + " after " + starts[i],
                    "rising numbers up to " + targets.length);
            for (int e = starts[i]; e < starts[i + 1]; e++) {
                require(
                        targets[e] >= 0 && targets[e] < nodes && seen[targets[e]] <= i,
                        file,
                        "adj_indices",
                        "an edge from node " + i + " to " + targets[e],
                        "each node from 0 to " + (nodes - 1) + " at most once");
                seen[targets[e]] = i + 1;
                sources[e] = i;
            }
        }
        return sources;
    }

    private static int[] array(Path file, ZipFile archive, String name, int most) throws IOException {
        ZipEntry entry = archive.getEntry(name + ".npy");
        require(entry != null, file, name, "no such array", "adj_shape, adj_indptr, adj_indices and labels");
        byte[] bytes;
        try (InputStream in = archive.getInputStream(entry)) {
            bytes = in.readNBytes(8 * most + (1 << 16));
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        boolean magic = bytes.length >= PREAMBLE && buffer.getLong(0) == 0x0001_59504D554E93L;
        int from = magic ? PREAMBLE + Short.toUnsignedInt(buffer.getShort(8)) : 0;
        require(magic && from <= bytes.length, file, name, "something else", "a NumPy array of version 1.0");
        String header = new String(bytes, PREAMBLE, from - PREAMBLE, StandardCharsets.ISO_8859_1);
        Matcher matcher = HEADER.matcher(header);
        require(matcher.matches(), file, name, FormatException.excerpt(header), "the header of a vector");
        int size = switch (matcher.group(1)) {
            case "|i1" -> 1;
            case "<i4" -> 4;
            case "<i8" -> 8;
            default -> 0;
        };
        require(size > 0, file, name, "numbers of type " + matcher.group(1), "integers: |i1, <i4 or <i8");
        int length = Integer.parseInt(matcher.group(2));
        require(length <= most, file, name, length + " numbers", "at most " + most);
        require(
                bytes.length == from + (long) size * length,
                file,
                name,
                bytes.length - from + " bytes",
                length + " numbers of " + size + " bytes");
        int[] values = new int[length];
        for (int i = 0; i < length; i++) {
            int at = from + i * size;
            long value = size == 1 ? buffer.get(at) : size == 4 ? buffer.getInt(at) : buffer.getLong(at);
            require(value == (int) value, file, name, Long.toString(value), "numbers of 32 bits");
            values[i] = (int) value;
        }
        return values;
    }

    private static void require(boolean right, Path file, String array, String found, String expected)
            throws FormatException {
        if (!right) {
            throw new FormatException(file + "!" + array, 1, 0, found, expected);
        }
    }
}
