package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import adjoint.linalg.Rng;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImagesTest {
    @TempDir
    Path root;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsTheFourFilesPackedOrNot(boolean packed) throws IOException {
        writeSet(packed);
        Images.Split read = Images.mnist(new DataFolder(List.of(root)));
        assertEquals(3, read.train().size());
        assertEquals(2, read.train().height());
        assertEquals(4, read.train().width());
        assertArrayEquals(new int[] {7, 0, 9}, read.train().labels());
        assertEquals((byte) 250, read.train().pixels()[23]);
        assertArrayEquals(new int[] {1}, read.test().labels());
    }

    @Test
    void saysWhichByteIsWrong() throws IOException {
        byte[] good = idx(3, 2, 1, 2, 10, 20, 30, 40);
        check(
                Arrays.copyOf(good, 0),
                3,
                "byte 0: found an empty file; expected the bytes 0 0 8 3" + " with which an IDX file of bytes begins");
        check(
                idx(1, 2, 5, 6),
                3,
                "byte 0: found the bytes 0 0 8 1; expected the bytes 0 0 8 3 with which an IDX file"
                        + " of bytes begins");
        check(Arrays.copyOf(good, 10), 3, "byte 10: found the end of the file; expected 3 lengths of axes");
        check(Arrays.copyOf(good, 18), 3, "byte 18: found the end of the file; expected 2 more of 2×1×2 bytes");
        check(Arrays.copyOf(good, 21), 3, "byte 20: found more bytes; expected the end of the file after 2×1×2 bytes");
        check(
                idx(3, 70_000, 70_000, 1),
                3,
                "byte 8: found the length 70000; expected a length with which there are at most 1073741824 elements");
        check(
                idx(1, -1),
                1,
                "byte 4: found the length 4294967295; expected a length with which there are at most 1073741824"
                        + " elements");
    }

    @Test
    void promisesOfAHeaderTakeNoMemory() throws IOException {
        check(
                idx(3, 1024, 1024, 1024),
                3,
                "byte 16: found the end of the file; expected 1073741824 more of 1024×1024×1024 bytes");
    }

    @Test
    void saysWhereGzipDataBreaksOff() throws IOException {
        byte[] values = new byte[50_000];
        Rng rng = Rng.of(1);
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) rng.below(i, 256);
        }
        byte[] packed = gzip(ByteBuffer.allocate(8 + values.length)
                .putInt(0x801)
                .putInt(values.length)
                .put(values)
                .array());
        Path file = root.resolve("cut.gz");
        Files.write(file, Arrays.copyOf(packed, packed.length / 2));
        var cut = assertThrows(FormatException.class, () -> IdxFile.read(file, 1));
        assertTrue(
                cut.getMessage().matches(".*cut.gz: byte [1-9][0-9]*: found gzip data that ends or breaks off; .*"),
                cut.getMessage());
        packed[packed.length - 5] ^= 1;
        Files.write(file, packed);
        var broken = assertThrows(FormatException.class, () -> IdxFile.read(file, 1));
        assertTrue(broken.getMessage().contains("byte 50008: found gzip data that ends or breaks off"));
    }

    @Test
    void filesMustFitEachOther() throws IOException {
        Path images = write("images", idx(3, 2, 1, 2, 10, 20, 30, 40));
        Path few = write("few", idx(1, 1, 3));
        var count = assertThrows(FormatException.class, () -> Images.read("set", images, few));
        assertEquals(few + ": byte 4: found 1 labels; expected one for each of 2 images", count.getMessage());
        Path wrong = write("wrong", idx(1, 2, 3, 10));
        var label = assertThrows(FormatException.class, () -> Images.read("set", images, wrong));
        assertEquals(wrong + ": byte 9: found the label 10; expected a digit from 0 to 9", label.getMessage());
        Path none = write("none", idx(3, 0, 28, 28));
        var empty = assertThrows(FormatException.class, () -> Images.read("set", none, few));
        assertEquals(none + ": byte 4: found no pixels; expected at least one image", empty.getMessage());
        writeSet(false);
        write("mnist/t10k-images-idx3-ubyte", idx(3, 1, 2, 2, 1, 2, 3, 4));
        var size = assertThrows(IOException.class, () -> Images.mnist(new DataFolder(List.of(root))));
        assertTrue(size.getMessage().endsWith("are 2×2, the training images 2×4"), size.getMessage());
    }

    @Test
    void saysWhereASetWasLookedFor() {
        var none = assertThrows(IOException.class, () -> Images.mnist(new DataFolder(List.of(root))));
        assertEquals(
                "data set mnist needs a file train-images-idx3-ubyte.gz or train-images-idx3-ubyte; searched "
                        + root.resolve("mnist") + ", " + root
                        + "; name the folder above mnist with --data or ADJOINT_DATA",
                none.getMessage());
    }

    @Test
    void standardises() throws IOException {
        Images images = Images.read("set", write("i", idx(3, 2, 1, 2, 0, 0, 255, 255)), write("l", idx(1, 2, 3, 4)));
        assertEquals(new Images.Scale(0.5, 0.5), images.scale());
        ImageLoader loader = ImageLoader.inOrder(images, images.scale(), 2);
        ImageBatch batch = loader.epoch(0).iterator().next();
        assertArrayEquals(new float[] {-1, -1, 1, 1}, batch.x());
        Images black = new Images("black", 1, 2, new byte[2], new int[1], 10);
        assertArrayEquals(
                new float[] {0, 0},
                ImageLoader.inOrder(black, black.scale(), 1)
                        .epoch(0)
                        .iterator()
                        .next()
                        .x());
    }

    @Test
    void anEpochHasEachImageOnceMovedByWholePixels() {
        byte[] pixels = new byte[7 * 16];
        int[] labels = new int[7];
        for (int i = 0; i < 7; i++) {
            labels[i] = i;
            for (int j = 0; j < 16; j++) {
                pixels[16 * i + j] = (byte) (16 * i + j + 1);
            }
        }
        Images images = new Images("set", 4, 4, pixels, labels, 10);
        ImageLoader loader = ImageLoader.shuffled(images, new Images.Scale(0, 1 / 255.0), 3, 1, Rng.of(2));
        assertEquals(3, loader.batches());
        boolean moved = false;
        int[] seen = new int[7];
        for (ImageBatch batch : loader.epoch(4)) {
            for (int b = 0; b < batch.size(); b++) {
                int label = batch.labels()[b];
                seen[label]++;
                int matches = 0;
                for (int down = -1; down <= 1; down++) {
                    for (int right = -1; right <= 1; right++) {
                        if (isMoved(batch.x(), 16 * b, pixels, 16 * label, down, right)) {
                            matches++;
                            moved |= down != 0 || right != 0;
                        }
                    }
                }
                assertEquals(1, matches, "image " + label);
            }
        }
        assertTrue(moved);
        assertArrayEquals(new int[] {1, 1, 1, 1, 1, 1, 1}, seen);
    }

    private static boolean isMoved(float[] x, int at, byte[] pixels, int from, int down, int right) {
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                int row = i - down;
                int column = j - right;
                boolean inside = row >= 0 && row < 4 && column >= 0 && column < 4;
                float expected = inside ? pixels[from + 4 * row + column] & 0xff : 0;
                if (Math.abs(x[at + 4 * i + j] - expected) > 1e-3) {
                    return false;
                }
            }
        }
        return true;
    }

    @Test
    void anEpochIsAFunctionOfItsNumber() {
        Images images = new Images("set", 1, 1, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, new int[9], 10);
        ImageLoader loader = ImageLoader.shuffled(images, new Images.Scale(0, 1), 9, 0, Rng.of(2));
        float[] first = loader.epoch(0).iterator().next().x().clone();
        float[] second = loader.epoch(1).iterator().next().x().clone();
        assertFalse(Arrays.equals(first, second));
        assertArrayEquals(first, loader.epoch(0).iterator().next().x());
    }

    @Test
    void mnistItself() throws IOException {
        String folder = System.getenv(DataFolder.VARIABLE);
        assumeTrue(folder != null, "ADJOINT_DATA is not set: real data sets are not tested");
        Images.Split mnist = Images.mnist(DataFolder.of(null, Map.of(DataFolder.VARIABLE, folder)));
        assertEquals(60_000, mnist.train().size());
        assertEquals(10_000, mnist.test().size());
        assertEquals(28, mnist.train().width());
        assertEquals(0.1307, mnist.train().scale().mean(), 5e-5);
        assertEquals(0.3081, mnist.train().scale().deviation(), 5e-5);
        assertArrayEquals(
                new int[] {5, 0, 4, 1, 9, 2}, Arrays.copyOf(mnist.train().labels(), 6));
    }

    private void check(byte[] content, int rank, String message) throws IOException {
        Path file = write("file", content);
        var wrong = assertThrows(FormatException.class, () -> IdxFile.read(file, rank));
        assertEquals(file + ": " + message, wrong.getMessage());
    }

    private void writeSet(boolean packed) throws IOException {
        int[] pixels = new int[24];
        pixels[23] = 250;
        String end = packed ? ".gz" : "";
        byte[][] files = {
            idx(3, concat(new int[] {3, 2, 4}, pixels)),
            idx(1, 3, 7, 0, 9),
            idx(3, concat(new int[] {1, 2, 4}, new int[8])),
            idx(1, 1, 1)
        };
        String[] names = {"train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"};
        for (int i = 0; i < 4; i++) {
            write("mnist/" + names[i] + "-ubyte" + end, packed ? gzip(files[i]) : files[i]);
        }
    }

    private static int[] concat(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    /// Magic number, lengths, and then the elements.
    private static byte[] idx(int rank, int... numbers) {
        ByteBuffer out = ByteBuffer.allocate(4 + 4 * rank + numbers.length - rank);
        out.putInt(0x800 | rank);
        for (int i = 0; i < numbers.length; i++) {
            if (i < rank) {
                out.putInt(numbers[i]);
            } else {
                out.put((byte) numbers[i]);
            }
        }
        return out.array();
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packed = new GZIPOutputStream(out)) {
            packed.write(content);
        }
        return out.toByteArray();
    }

    private Path write(String name, byte[] content) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }
}
