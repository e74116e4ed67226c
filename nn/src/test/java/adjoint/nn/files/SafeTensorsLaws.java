package adjoint.nn.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class SafeTensorsLaws {
    private static Path file;

    @BeforeContainer
    static void makeFile() throws IOException {
        file = Files.createTempFile("laws", ".safetensors");
    }

    @AfterContainer
    static void deleteFile() throws IOException {
        Files.delete(file);
    }

    @Provide
    Arbitrary<Map<String, Tensor>> tensors() {
        Arbitrary<int[]> shapes =
                Arbitraries.integers().between(0, 5).array(int[].class).ofMaxSize(4);
        Arbitrary<Tensor> tensor = Combinators.combine(Arbitraries.of(DType.values()), shapes)
                .as((dtype, shape) ->
                        Tensor.range(Shape.of(shape).size(), dtype).reshape(shape));
        return Arbitraries.maps(Arbitraries.strings().ofMaxLength(8), tensor).ofMaxSize(5);
    }

    @Property(tries = 200)
    void whatWasWrittenIsRead(@ForAll("tensors") Map<String, Tensor> tensors, @ForAll Map<String, String> metadata)
            throws IOException {
        if (tensors.containsKey("__metadata__")) {
            return;
        }
        SafeTensors.write(file, tensors, metadata);
        SafeTensors read = SafeTensors.read(file);
        assertEquals(metadata, read.metadata());
        assertEquals(tensors.keySet(), read.tensors().keySet());
        tensors.forEach((name, tensor) -> {
            Tensor other = read.tensors().get(name);
            assertEquals(tensor.dtype(), other.dtype());
            assertEquals(tensor.shape(), other.shape());
            assertArrayEquals(tensor.toDoubles(), other.toDoubles());
        });
    }

    @Property(tries = 200)
    void aTruncatedFileIsRefused(
            @ForAll("tensors") Map<String, Tensor> tensors, @ForAll @IntRange(max = 1000) int permille)
            throws IOException {
        SafeTensors.write(file, tensors, Map.of());
        byte[] bytes = Files.readAllBytes(file);
        int length = (int) ((bytes.length - 1) * (long) permille / 1000);
        Files.write(file, Arrays.copyOf(bytes, length));
        assertThrows(IOException.class, () -> SafeTensors.read(file));
    }

    /// Whatever is in the file: tensors or an IOException, nothing else.
    @Property(tries = 500)
    void aDamagedFileIsReadOrRefused(
            @ForAll("tensors") Map<String, Tensor> tensors,
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 4) int damages)
            throws IOException {
        SafeTensors.write(file, tensors, Map.of("key", "value"));
        byte[] bytes = Files.readAllBytes(file);
        Random random = new Random(seed);
        byte[] plausible = "0123456789[]{},:\" \\".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < damages; i++) {
            int where = random.nextInt(bytes.length);
            bytes[where] =
                    random.nextBoolean() ? plausible[random.nextInt(plausible.length)] : (byte) random.nextInt(256);
        }
        Files.write(file, bytes);
        try {
            assertNotNull(SafeTensors.read(file).tensors());
        } catch (IOException e) {
            assertNotNull(e.getMessage());
        }
    }
}
