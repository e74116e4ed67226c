package adjoint.nn.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NpyTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("x.npy");
    }

    private Tensor read(String descr, boolean columnMajor, String shape, int version, byte... data) throws IOException {
        String text = "{'descr': '" + descr + "', 'fortran_order': " + (columnMajor ? "True" : "False") + ", 'shape': "
                + shape + ", }\n";
        Files.write(file, bytes(version, text, data));
        return Npy.read(file);
    }

    private static byte[] bytes(int version, String text, byte... data) {
        ByteBuffer bytes = ByteBuffer.allocate(12 + text.length() + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
        bytes.put((byte) version).put((byte) 0);
        if (version == 1) {
            bytes.putShort((short) text.length());
        } else {
            bytes.putInt(text.length());
        }
        bytes.put(text.getBytes(StandardCharsets.ISO_8859_1)).put(data);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    @Test
    void readsWhatNumPyWrites() throws IOException {
        // numpy.save of numpy 2.4.
        Files.write(
                file,
                decoded("k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMp"
                        + "LCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAA"
                        + "AACAPwAAAEAAAEBAAACAQAAAoEA="));
        Tensor x = Npy.read(file);
        assertEquals(Shape.of(2, 3), x.shape());
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, x.toFloats());
        byte[] theirs = Files.readAllBytes(file);
        Npy.write(file, x);
        assertArrayEquals(theirs, Files.readAllBytes(file));
        // The same of doubles, high bytes first, column-major.
        Files.write(
                file,
                decoded("k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyks"
                        + "IH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAA"
                        + "AAAAAEAIAAAAAAAAP/AAAAAAAABAEAAAAAAAAEAAAAAAAAAAQBQAAAAAAAA="));
        Tensor f = Npy.read(file);
        assertEquals(Shape.of(2, 3), f.shape());
        assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, f.toDoubles());
    }

    private static byte[] decoded(String base64) {
        return Base64.getDecoder().decode(base64);
    }

    @Test
    void everyEncoding() throws IOException {
        assertArrayEquals(
                new float[] {1.5f, -2, 65504, Float.POSITIVE_INFINITY},
                read(
                                "<f2",
                                false,
                                "(4,)",
                                1,
                                (byte) 0,
                                (byte) 0x3e,
                                (byte) 0,
                                (byte) 0xc0,
                                (byte) 0xff,
                                (byte) 0x7b,
                                (byte) 0,
                                (byte) 0x7c)
                        .toFloats());
        byte[] ones = new byte[8];
        Arrays.fill(ones, (byte) 0xFF);
        assertEquals(-1, read("<i8", false, "()", 1, ones).item());
        assertEquals(-1, read(">i4", false, "()", 2, Arrays.copyOf(ones, 4)).item());
        assertEquals(
                0xFFFF_FFFFL,
                read("<u4", false, "()", 3, Arrays.copyOf(ones, 4)).item());
        assertEquals(-2, read(">i2", false, "()", 1, (byte) 0xFF, (byte) 0xFE).item());
        assertEquals(
                0xFEFF, read("<u2", false, "()", 1, (byte) 0xFF, (byte) 0xFE).item());
        assertArrayEquals(
                new int[] {0, -1},
                read("|i1", false, "(2,)", 1, (byte) 0, (byte) 0xFF).toInts());
        assertArrayEquals(
                new int[] {0, 255},
                read("|u1", false, "(2,)", 1, (byte) 0, (byte) 0xFF).toInts());
        assertArrayEquals(
                new int[] {1, 0},
                read("|b1", false, "(2,)", 1, (byte) 1, (byte) 0).toInts());
        assertEquals(Shape.of(0, 3), read("<f4", true, "(0, 3)", 1).shape());
    }

    @Test
    void roundTrips() throws IOException {
        for (DType dtype : DType.values()) {
            for (int[] shape : new int[][] {{}, {0}, {1}, {5}, {2, 3, 4}, {300, 211}}) {
                Tensor x = Tensor.range(Shape.of(shape).size(), dtype).reshape(shape);
                Npy.write(file, x);
                assertEquals(0, (Files.size(file) - (long) x.size() * dtype.bytes()) % 64);
                Tensor y = Npy.read(file);
                assertEquals(dtype, y.dtype());
                assertEquals(x.shape(), y.shape());
                assertArrayEquals(x.toDoubles(), y.toDoubles());
            }
        }
    }

    static Stream<Arguments> hostile() {
        String good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
        return Stream.of(
                Arguments.of(bytes(1, good, new byte[7]), "truncated: F32 [2] needs 8 bytes, 7 follow"),
                Arguments.of(bytes(1, good, new byte[9]), "F32 [2] needs 8 bytes, 9 follow"),
                Arguments.of(new byte[5], "truncated: 5 bytes end within the header"),
                Arguments.of(new byte[100], "not an npy file"),
                Arguments.of(bytes(4, good, new byte[8]), "npy version 4.0"),
                Arguments.of(bytes(2, " ".repeat(10_001)), "a header of 10001 bytes, allowed are 10000"),
                Arguments.of(Arrays.copyOf(bytes(1, good), 30), "truncated: 30 bytes end within the header"),
                Arguments.of(
                        bytes(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536), }"),
                        "more elements than an array can hold"),
                Arguments.of(
                        bytes(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"),
                        "more elements than an array can hold"),
                Arguments.of(
                        bytes(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (268435456,), }"),
                        "needs 2147483648 bytes, 0 follow"),
                Arguments.of(
                        bytes(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,), }"),
                        "expected a whole number"),
                Arguments.of(bytes(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"), "whole number"),
                Arguments.of(bytes(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2), }"), "needs a comma"),
                Arguments.of(
                        bytes(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1,".repeat(33) + "), }"),
                        "more than 32 axes"),
                Arguments.of(bytes(1, "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"), "arrays of '|O'"),
                Arguments.of(bytes(1, "{'descr': '', 'fortran_order': False, 'shape': (2,), }"), "arrays of ''"),
                Arguments.of(bytes(1, "{'descr': '|f4', 'fortran_order': False, 'shape': (2,), }"), "arrays of '|f4'"),
                Arguments.of(
                        bytes(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"),
                        "expected a string"),
                Arguments.of(bytes(1, "{'descr': '<f4', 'fortran_order': 1, 'shape': (2,), }"), "True or False"),
                Arguments.of(bytes(1, "{'descr': '<f4', 'fortran_order': False}"), "needed are"),
                Arguments.of(bytes(1, good + "x", new byte[8]), "text after the end"),
                Arguments.of(bytes(1, "{'descr': '<f4', 'descr': '<f4', }"), "two keys 'descr'"),
                Arguments.of(bytes(1, "{'size': 1}"), "unknown key 'size'"),
                Arguments.of(bytes(1, "{'descr"), "expected a plain string"),
                Arguments.of(bytes(1, ""), "expected '{'"),
                Arguments.of(
                        bytes(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }", (byte) 7),
                        "a BOOL must be 0 or 1, got 7"));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void hostileFilesAreRefused(byte[] bytes, String expected) throws IOException {
        Files.write(file, bytes);
        String message = assertThrows(IOException.class, () -> Npy.read(file)).getMessage();
        assertTrue(message.contains(expected), message);
        assertTrue(message.startsWith(file.toString()), message);
    }

    /// Whatever is in the file: a tensor or an IOException, nothing else.
    @Test
    void damagedFilesAreReadOrRefused() throws IOException {
        Npy.write(file, Tensor.range(12, DType.F32).reshape(3, 4));
        byte[] good = Files.readAllBytes(file);
        byte[] plausible = "0123456789(),{}': <>fiu\\".getBytes(StandardCharsets.US_ASCII);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            Rng key = Rng.of(i);
            byte[] bytes = good.clone();
            for (int k = 0; k <= key.below(0, 3); k++) {
                byte damage = key.below(1, 2) == 0
                        ? plausible[key.child(k).below(2, plausible.length)]
                        : (byte) key.child(k).below(3, 256);
                bytes[key.child(k).below(4, bytes.length)] = damage;
            }
            Files.write(file, bytes);
            try {
                assertEquals(12, Npy.read(file).size());
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 500, "refused " + refused);
    }

    @Test
    void archivesRoundTrip() throws IOException {
        Map<String, Tensor> tensors = Map.of(
                "w", Tensor.range(70_000, DType.F32).reshape(700, 100),
                "layer/b", Tensor.ofLongs(new long[] {-5}, 1),
                "empty", Tensor.zeros(DType.F64, 0, 2));
        Npz.write(file, tensors);
        byte[] bytes = Files.readAllBytes(file);
        SortedMap<String, Tensor> read = Npz.read(file);
        assertEquals(tensors.keySet(), read.keySet());
        tensors.forEach((name, x) -> {
            assertEquals(x.shape(), read.get(name).shape());
            assertEquals(x.dtype(), read.get(name).dtype());
            assertArrayEquals(x.toDoubles(), read.get(name).toDoubles());
        });
        Npz.write(file, tensors);
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @Test
    void readsACompressedArchiveOfNumPy() throws IOException {
        // numpy.savez_compressed(a=zeros((3, 2), '<f4'), b=array([1, 2], '<i4')).
        Files.write(
                file,
                decoded(
                        "UEsDBC0AAAAIAAAAIQD7kLqP//////////8FABQAYS5ucHkBABAAmAAAAAAAAABJAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc"
                                + "pG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkaaOgq1CmQDLgYcAABQSwMELQAAAAgA"
                                + "AAAhAAv5qi3//////////wUAFABiLm5weQEAEACIAAAAAAAAAEsAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWg"
                                + "bpNpoq6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjqaOgq1ChQALkYGBgYmIAYAUEsBAi0DLQAAAAgA"
                                + "AAAhAPuQuo9JAAAAmAAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAi0DLQAAAAgAAAAhAAv5qi1LAAAAiAAA"
                                + "AAUAAAAAAAAAAAAAAIABgAAAAGIubnB5UEsFBgAAAAACAAIAZgAAAAIBAAAAAA=="));
        SortedMap<String, Tensor> read = Npz.read(file);
        assertEquals(Set.of("a", "b"), read.keySet());
        assertEquals(Shape.of(3, 2), read.get("a").shape());
        assertArrayEquals(new int[] {1, 2}, read.get("b").toInts());
    }

    @Test
    void hostileArchivesAreRefused() throws IOException {
        archive("readme.txt", "hello".getBytes(StandardCharsets.US_ASCII));
        refused("the entry readme.txt is no .npy");
        archive("x.npy", bytes(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (268435456,), }"));
        refused("array x.npy: truncated: F64 [268435456] needs 2147483648 bytes, 0 follow the header");
        archive("x.npy", bytes(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", new byte[12]));
        refused("array x.npy: F32 [2] needs 8 bytes, 12 follow the header");
        Npz.write(file, Map.of("x", Tensor.range(1000, DType.F32)));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 30));
        assertThrows(IOException.class, () -> Npz.read(file));
        // The central directory says that the entry has 2 GB.
        ByteBuffer directory = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (directory.getInt(at) != 0x02014b50) {
            at++;
        }
        directory.putInt(at + 24, 0x7FFF_FFFF);
        Files.write(file, bytes);
        assertThrows(IOException.class, () -> Npz.read(file));
    }

    private void archive(String name, byte[] content) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream archive = new ZipOutputStream(out)) {
            archive.putNextEntry(new ZipEntry(name));
            archive.write(content);
        }
    }

    private void refused(String expected) {
        String message = assertThrows(IOException.class, () -> Npz.read(file)).getMessage();
        assertTrue(message.contains(expected), message);
        assertTrue(message.startsWith(file.toString()), message);
    }
}
