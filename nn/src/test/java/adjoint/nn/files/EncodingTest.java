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
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncodingTest {
    @TempDir
    Path folder;

    private Tensor through(Tensor tensor, Encoding encoding) throws IOException {
        Path file = folder.resolve("x.safetensors");
        new SafeTensors(new TreeMap<>(Map.of("x", tensor)), new TreeMap<>()).write(file, Map.of("x", encoding));
        try (MappedSafeTensors mapped = MappedSafeTensors.open(file)) {
            assertEquals(encoding, mapped.encoding("x"));
            assertEquals(tensor.shape(), mapped.shape("x"));
            assertArrayEquals(
                    SafeTensors.read(file).tensors().get("x").toDoubles(),
                    mapped.read("x").toDoubles());
        }
        return SafeTensors.read(file).tensors().get("x");
    }

    /// Every half there is comes back as it was.
    @Test
    void halvesAreExact() throws IOException {
        float[] f16 = new float[1 << 16];
        float[] bf16 = new float[1 << 16];
        for (int bits = 0; bits < 1 << 16; bits++) {
            f16[bits] = Float.float16ToFloat((short) bits);
            bf16[bits] = Float.intBitsToFloat(bits << 16);
        }
        assertArrayEquals(f16, through(Tensor.of(f16), Encoding.F16).toFloats());
        assertArrayEquals(bf16, through(Tensor.of(bf16), Encoding.BF16).toFloats());
    }

    /// Rounded to the nearest bfloat16, of two to the even one.
    @Test
    void bfloat16RoundsToNearest() throws IOException {
        float[] x = Tensor.normal(Rng.of(1), 0, 100, DType.F32, 5000).toFloats();
        x[0] = 1 + 0x1p-8f;
        x[1] = 1 + 3 * 0x1p-8f;
        x[2] = Float.MAX_VALUE;
        x[3] = Float.MIN_VALUE;
        float[] y = through(Tensor.of(x), Encoding.BF16).toFloats();
        assertEquals(1, y[0]);
        assertEquals(1 + 4 * 0x1p-8f, y[1]);
        assertEquals(Float.POSITIVE_INFINITY, y[2]);
        assertEquals(0, y[3]);
        for (int i = 4; i < x.length; i++) {
            int bits = Float.floatToRawIntBits(y[i]);
            assertEquals(0, bits & 0xFFFF);
            BigDecimal distance = distance(x[i], y[i]);
            assertTrue(distance.compareTo(distance(x[i], Float.intBitsToFloat(bits + 0x10000))) <= 0);
            assertTrue(distance.compareTo(distance(x[i], Float.intBitsToFloat(bits - 0x10000))) <= 0);
        }
    }

    private static BigDecimal distance(float x, float y) {
        return new BigDecimal(x).subtract(new BigDecimal(y)).abs();
    }

    @Test
    void smallIntegers() throws IOException {
        int[] bytes = {-128, 0, 127};
        assertArrayEquals(bytes, through(Tensor.ofInts(bytes, 3), Encoding.I8).toInts());
        int[] unsigned = {0, 128, 255};
        assertArrayEquals(
                unsigned, through(Tensor.ofInts(unsigned, 3), Encoding.U8).toInts());
        int[] shorts = {-32768, 32767};
        assertArrayEquals(
                shorts, through(Tensor.ofInts(shorts, 2), Encoding.I16).toInts());
        int[] unsignedShorts = {0, 65535};
        assertArrayEquals(
                unsignedShorts,
                through(Tensor.ofInts(unsignedShorts, 2), Encoding.U16).toInts());
        int[] truths = {0, 1};
        assertArrayEquals(
                truths, through(Tensor.ofInts(truths, 1, 2), Encoding.BOOL).toInts());
        assertEquals(
                0xFFFF_FFFFL,
                through(Tensor.ofLongs(new long[] {0xFFFF_FFFFL}, 1), Encoding.U32)
                        .item());
    }

    @Test
    void whatDoesNotFitIsRefusedAndTheOldFileStays() throws IOException {
        Tensor old = Tensor.ofInts(new int[] {5}, 1);
        through(old, Encoding.I8);
        assertEquals(
                "I8 holds -128 to 127, not 128",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> through(Tensor.ofInts(new int[] {128}, 1), Encoding.I8))
                        .getMessage());
        assertEquals(
                "U32 holds 0 to 4294967295, not -1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> through(Tensor.ofLongs(new long[] {-1}, 1), Encoding.U32))
                        .getMessage());
        assertEquals(
                "BF16 is an encoding of F32; x is F64",
                assertThrows(IllegalArgumentException.class, () -> through(Tensor.zeros(DType.F64, 1), Encoding.BF16))
                        .getMessage());
        assertEquals(
                5,
                SafeTensors.read(folder.resolve("x.safetensors"))
                        .tensors()
                        .get("x")
                        .item());
    }

    @Test
    void mappedFilesReadWhatIsAskedFor() throws IOException {
        Path file = folder.resolve("two.safetensors");
        Tensor large = Tensor.uniform(Rng.of(2), -1, 1, DType.F32, 300, 211);
        SafeTensors.write(file, Map.of("large", large, "one", Tensor.scalar(3, DType.F64)), Map.of("format", "pt"));
        MappedSafeTensors mapped = MappedSafeTensors.open(file);
        try (mapped) {
            assertEquals(Set.of("large", "one"), mapped.names());
            assertEquals(Map.of("format", "pt"), mapped.metadata());
            assertEquals(Shape.of(300, 211), mapped.shape("large"));
            assertEquals(3, mapped.read("one").item());
            assertArrayEquals(large.toFloats(), mapped.read("large").toFloats());
            assertEquals(
                    file + " has no tensor two; there are [large, one]",
                    assertThrows(IllegalArgumentException.class, () -> mapped.read("two"))
                            .getMessage());
        }
        assertThrows(IllegalStateException.class, () -> mapped.read("one"));
        Files.write(file, new byte[20]);
        assertThrows(IOException.class, () -> MappedSafeTensors.open(file));
    }
}
