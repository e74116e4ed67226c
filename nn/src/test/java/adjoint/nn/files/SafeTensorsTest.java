package adjoint.nn.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.internal.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafeTensorsTest {
    @TempDir
    Path folder;

    @Test
    void everyDtypeRoundTrips() throws IOException {
        Path file = folder.resolve("all.safetensors");
        SafeTensors.write(
                file,
                Map.of(
                        "f", Tensor.of(new float[] {1.5f, Float.NaN, Float.NEGATIVE_INFINITY, -0f}, 2, 2),
                        "d", Tensor.of(new double[] {Math.PI, Double.MIN_VALUE}, 2),
                        "i", Tensor.ofInts(new int[] {Integer.MIN_VALUE, 7}, 2, 1),
                        "l", Tensor.ofLongs(new long[] {Long.MAX_VALUE}, 1),
                        "empty", Tensor.zeros(DType.F32, 0, 3),
                        "scalar", Tensor.scalar(4, DType.F64)),
                Map.of("key", "value\n\"é€\"", "a", ""));
        SafeTensors read = SafeTensors.read(file);
        assertEquals(Map.of("key", "value\n\"é€\"", "a", ""), read.metadata());
        assertArrayEquals(
                new float[] {1.5f, Float.NaN, Float.NEGATIVE_INFINITY, -0f},
                read.tensors().get("f").toFloats());
        assertArrayEquals(
                new double[] {Math.PI, Double.MIN_VALUE},
                read.tensors().get("d").toDoubles());
        assertArrayEquals(
                new int[] {Integer.MIN_VALUE, 7}, read.tensors().get("i").toInts());
        long[] longs = new long[1];
        read.tensors().get("l").copyTo(longs, 0);
        assertArrayEquals(new long[] {Long.MAX_VALUE}, longs);
        assertEquals(Shape.of(0, 3), read.tensors().get("empty").shape());
        assertEquals(4, read.tensors().get("scalar").item());
        assertEquals(Shape.of(2, 1), read.tensors().get("i").shape());
        assertEquals(6, read.tensors().size());
    }

    @Test
    void largerThanOneChunkAndStrided() throws IOException {
        Path file = folder.resolve("large.safetensors");
        Tensor x = Tensor.uniform(Rng.of(5), -1, 1, DType.F32, 300, 211);
        SafeTensors.write(file, Map.of("x", x, "xT", x.transpose(0, 1)), Map.of());
        Map<String, Tensor> read = SafeTensors.read(file).tensors();
        assertArrayEquals(x.toFloats(), read.get("x").toFloats());
        assertArrayEquals(x.transpose(0, 1).toFloats(), read.get("xT").toFloats());
    }

    @Test
    void theBytesAreThoseOfTheFormat() throws IOException {
        Path file = folder.resolve("bytes.safetensors");
        SafeTensors.write(
                file, Map.of("b", Tensor.of(new float[] {1, 2}, 2), "a", Tensor.ofInts(new int[] {3}, 1)), Map.of());
        String header = "{\"a\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}";
        header += " ".repeat(-header.length() & 7);
        ByteBuffer expected = ByteBuffer.allocate(8 + header.length() + 12).order(ByteOrder.LITTLE_ENDIAN);
        expected.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
        expected.putInt(3).putFloat(1).putFloat(2);
        assertArrayEquals(expected.array(), Files.readAllBytes(file));
    }

    @Test
    void onlyTheFileItselfIsLeftBehind() throws IOException {
        Path file = folder.resolve("a.safetensors");
        SafeTensors.write(file, Map.of("x", Tensor.scalar(1, DType.F32)), Map.of());
        SafeTensors.write(file, Map.of("x", Tensor.scalar(2, DType.F32)), Map.of());
        assertEquals(2, SafeTensors.read(file).tensors().get("x").item());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void aWriteThatFailsLeavesTheOldFile() throws IOException {
        Path file = folder.resolve("a.safetensors");
        SafeTensors.write(file, Map.of("x", Tensor.scalar(1, DType.F32)), Map.of());
        byte[] before = Files.readAllBytes(file);
        assertThrows(
                IOException.class,
                () -> AtomicFile.write(file, channel -> {
                    channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
                    throw new IOException("No space left on device");
                }));
        assertArrayEquals(before, Files.readAllBytes(file));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }

    @Test
    void missingFolderOrFile() {
        Path nowhere = folder.resolve("no/x.safetensors");
        assertThrows(NoSuchFileException.class, () -> SafeTensors.write(nowhere, Map.of(), Map.of()));
        String message =
                assertThrows(IOException.class, () -> SafeTensors.read(nowhere)).getMessage();
        assertTrue(message.contains(nowhere.toString()), message);
    }

    @Test
    void readsWhatOtherWritersLeave() throws IOException {
        // Members in another order, spaces, no metadata, a header that does not end at a multiple of 8.
        Map<String, Tensor> tensors = read(
                        "{ \"w\" : { \"data_offsets\" : [ 0 , 8 ] , \"shape\" : [ 1 , 2 ] , \"dtype\" : \"F32\" } }", 8)
                .tensors();
        assertEquals(Shape.of(1, 2), tensors.get("w").shape());
        assertEquals(Map.of(), read("{}", 0).tensors());
    }

    @Test
    void checksumSeesEverything() {
        SafeTensors base = new SafeTensors(sorted("x", Tensor.of(new float[] {1, 2}, 2)), sorted("k", "v"));
        assertEquals(
                base.checksum(),
                new SafeTensors(sorted("x", Tensor.of(new float[] {1, 2}, 2)), sorted("k", "v")).checksum());
        for (SafeTensors other : new SafeTensors[] {
            new SafeTensors(sorted("x", Tensor.of(new float[] {1, 3}, 2)), sorted("k", "v")),
            new SafeTensors(sorted("y", Tensor.of(new float[] {1, 2}, 2)), sorted("k", "v")),
            new SafeTensors(sorted("x", Tensor.of(new float[] {1, 2}, 1, 2)), sorted("k", "v")),
            new SafeTensors(sorted("x", Tensor.of(new float[] {1, 2}, 2)), sorted("k", "w"))
        }) {
            assertNotEquals(base.checksum(), other.checksum());
        }
    }

    static Stream<Arguments> badHeaders() {
        String x = "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
        return Stream.of(
                Arguments.of("[]", 0, "does not begin with '{'"),
                Arguments.of(" {}", 0, "does not begin with '{'"),
                Arguments.of("{" + x, 8, "JSON"),
                Arguments.of("{" + x + "}}", 8, "text after the end"),
                Arguments.of("{" + x + ",}", 8, "JSON"),
                Arguments.of("{" + x + "," + x + "}", 8, "inside those of another"),
                Arguments.of(
                        "{\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
                                + "\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                        0,
                        "two tensors are called x"),
                Arguments.of("{" + x + "}", 7, "truncated"),
                Arguments.of("{" + x + "}", 9, "1 bytes follow"),
                Arguments.of(
                        x("F8_E4M3", "[2]", "[0,2]"),
                        2,
                        "of dtype F8_E4M3; supported are [F64, F32, F16, BF16, I64, I32, U32,"),
                Arguments.of(x("F32", "[2]", "[0,4]"), 4, "needs 8 bytes, its data_offsets are [0, 4]"),
                Arguments.of(x("F32", "[2]", "[8,0]"), 8, "data_offsets are [8, 0]"),
                Arguments.of(x("F32", "[2]", "[4,12]"), 12, "with a gap before them"),
                Arguments.of(x("F32", "[2]", "[0]"), 8, "needs dtype, shape and data_offsets"),
                Arguments.of(x("F32", "[2]", "[0,8,9]"), 8, "more than 2 numbers"),
                Arguments.of(x("F32", "[-2]", "[0,8]"), 8, "expected a whole number"),
                Arguments.of(x("F32", "[2.0]", "[0,8]"), 8, "expected a whole number"),
                Arguments.of(x("F32", "[65536,65536]", "[0,8]"), 8, "more elements than an array can hold"),
                Arguments.of(x("F32", "[4294967296,4294967296]", "[0,0]"), 0, "more elements than an array can hold"),
                Arguments.of(x("F32", "[" + "1,".repeat(40) + "2]", "[0,8]"), 8, "more than 32 numbers"),
                Arguments.of(
                        x("F32", "[2]", "[0,9223372036854775807]"), 8, "data_offsets are [0, 9223372036854775807]"),
                Arguments.of(x("F64", "[268435456]", "[0,2147483648]"), 8, "truncated"),
                Arguments.of(
                        "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}}",
                        8,
                        "unknown member more"),
                Arguments.of(
                        "{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                        8,
                        "two members dtype"),
                Arguments.of("{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}", 0, "two members a"),
                Arguments.of("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "two members __metadata__"),
                Arguments.of("{\"__metadata__\":{\"a\":1}}", 0, "JSON"),
                Arguments.of("{\"x\":\"y\"}", 0, "JSON"));
    }

    private static String x(String dtype, String shape, String offsets) {
        return "{\"x\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
    }

    @ParameterizedTest
    @MethodSource("badHeaders")
    void badHeaderGivesAClearError(String header, int dataBytes, String expected) {
        String message =
                assertThrows(IOException.class, () -> read(header, dataBytes)).getMessage();
        assertTrue(message.contains(expected), message);
        assertTrue(message.startsWith(folder.resolve("x.safetensors").toString()), message);
    }

    @Test
    void badHeaderLength() throws IOException {
        Path file = folder.resolve("x.safetensors");
        for (long length : new long[] {-1, Long.MIN_VALUE, 100_000_001, 50}) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
            Files.write(file, bytes.array());
            assertThrows(IOException.class, () -> SafeTensors.read(file));
        }
        Files.write(file, new byte[7]);
        assertThrows(IOException.class, () -> SafeTensors.read(file));
    }

    @Test
    void headerMustBeUtf8() throws IOException {
        Path file = folder.resolve("x.safetensors");
        byte[] header = {'{', '"', (byte) 0xC3, '"', '}'};
        Files.write(
                file,
                ByteBuffer.allocate(13)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(5)
                        .put(header)
                        .array());
        String message =
                assertThrows(IOException.class, () -> SafeTensors.read(file)).getMessage();
        assertTrue(message.contains("not valid UTF-8"), message);
    }

    private SafeTensors read(String header, int dataBytes) throws IOException {
        Path file = folder.resolve("x.safetensors");
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(text.length).put(text).array());
        return SafeTensors.read(file);
    }

    private static <V> SortedMap<String, V> sorted(String key, V value) {
        return new TreeMap<>(Map.of(key, value));
    }
}
