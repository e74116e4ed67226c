package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectedGraphTest {
    @TempDir
    private Path folder;

    private final Map<String, byte[]> arrays = new LinkedHashMap<>(Map.of(
            "adj_shape", ints("<i8", 3, 3),
            "adj_indptr", ints("<i4", 0, 2, 2, 3),
            "adj_indices", ints("<i4", 1, 2, 0),
            "labels", ints("|i1", 1, 0, 1),
            "names", "unread".getBytes(StandardCharsets.US_ASCII)));

    @Test
    void readsCompressedRows() throws IOException {
        DirectedGraph graph = DirectedGraph.read(written());
        assertEquals("graph", graph.name());
        assertEquals(3, graph.nodes());
        assertEquals(3, graph.edges());
        assertEquals(2, graph.classes());
        assertArrayEquals(new int[] {0, 0, 2}, graph.sources());
        assertArrayEquals(new int[] {1, 2, 0}, graph.targets());
        assertArrayEquals(new int[] {1, 0, 1}, graph.labels());
    }

    @Test
    void saysWhatIsWrongAndWhere() throws IOException {
        assertRefused("labels", "short".getBytes(StandardCharsets.US_ASCII), "found something else");
        assertRefused("labels", ints("|i1", 1, -1, 1), "found the class -1 of node 1; expected classes from 0 on");
        assertRefused("labels", ints("<f4", 1, 0, 1), "found numbers of type <f4; expected integers");
        assertRefused("labels", ints("|i1", 1, 0), "adj_shape:1: found [3, 3]; expected [2, 2]");
        assertRefused("adj_indptr", ints("<i4", 0, 3, 2, 3), "found 2 after 3; expected rising numbers up to 3");
        assertRefused("adj_indptr", ints("<i4", 0, 2, 3), "found 3 numbers from 0; expected 4 numbers from 0 to 3");
        assertRefused("adj_indices", ints("<i4", 1, 3, 0), "found an edge from node 0 to 3");
        assertRefused("adj_indices", ints("<i4", 1, 1, 0), "to 1; expected each node from 0 to 2 at most once");
        byte[] cut = ints("<i4", 1, 2, 0);
        assertRefused(
                "adj_indices", java.util.Arrays.copyOf(cut, cut.length - 1), "found 11 bytes; expected 3 numbers");
        assertRefused("adj_shape", ints("<i8", 3, 3, 3), "found 3 numbers; expected at most 2");
        assertRefused("adj_shape", null, "found no such array");
    }

    private void assertRefused(String name, byte[] content, String message) throws IOException {
        byte[] right = arrays.get(name);
        if (content == null) {
            arrays.remove(name);
        } else {
            arrays.put(name, content);
        }
        Path file = written();
        FormatException error = assertThrows(FormatException.class, () -> DirectedGraph.read(file));
        assertTrue(error.getMessage().contains(message), error.getMessage());
        assertTrue(error.getMessage().startsWith(file.toString()), error.getMessage());
        arrays.put(name, right);
    }

    /// The set in the folder of the environment variable ADJOINT_DATA; skipped without it.
    @Test
    void readsCora() throws IOException {
        String root = System.getenv(DataFolder.VARIABLE);
        assumeTrue(root != null, "ADJOINT_DATA is not set: real data sets are not tested");
        DirectedGraph cora = DirectedGraph.read(Path.of(root, "graph", "directed-npz", "cora.npz"));
        assertEquals(2708, cora.nodes());
        assertEquals(5429, cora.edges());
        assertEquals(7, cora.classes());
    }

    private Path written() throws IOException {
        Path file = folder.resolve("graph.npz");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                out.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                out.write(array.getValue());
            }
        }
        return file;
    }

    private static byte[] ints(String type, int... values) {
        String header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + values.length + ",), }   \n";
        int size = type.charAt(2) - '0';
        ByteBuffer buffer =
                ByteBuffer.allocate(10 + header.length() + size * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
                .putShort((short) header.length())
                .put(header.getBytes(StandardCharsets.US_ASCII));
        for (int value : values) {
            switch (size) {
                case 1 -> buffer.put((byte) value);
                case 4 -> buffer.putInt(value);
                default -> buffer.putLong(value);
            }
        }
        return buffer.array();
    }
}
