package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Rng;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {
    @TempDir
    Path root;

    @Test
    void aVocabularyNumbersCharactersInTheirOrder() {
        Vocabulary vocabulary = Vocabulary.of("b\na😀ab");
        assertEquals(4, vocabulary.size());
        assertArrayEquals(new int[] {3, 1, 2, 0}, vocabulary.encode("😀ab\n"));
        assertEquals("😀ab\n", vocabulary.decode(3, 1, 2, 0));
        assertEquals("", vocabulary.decode(vocabulary.encode("")));
        var unknown = assertThrows(IllegalArgumentException.class, () -> vocabulary.encode("ab\tc"));
        assertEquals("character 3, \"\\u0009\", does not occur in the text that was learned", unknown.getMessage());
    }

    @Test
    void readsUtf8AndNothingElse() throws IOException {
        Path file = root.resolve("text");
        Files.writeString(file, "Grüße\r\n😀");
        assertEquals("Grüße\r\n😀", TextReader.read(file));
        Files.write(file, new byte[] {'a', 'b', (byte) 0xff, 'c'});
        assertEquals(file + ": byte 2: found the byte 255; expected a character in UTF-8", refused(file, 100));
        Files.write(file, Arrays.copyOf("aü".getBytes(StandardCharsets.UTF_8), 2));
        assertEquals(file + ": byte 1: found the byte 195; expected a character in UTF-8", refused(file, 100));
        Files.writeString(file, "");
        assertEquals(file + ": byte 0: found an empty file; expected text", refused(file, 100));
        Files.writeString(file, "abcd");
        assertEquals(file + ": byte 3: found more bytes; expected a text of at most 3", refused(file, 3));
    }

    private static String refused(Path file, int largest) {
        return assertThrows(FormatException.class, () -> TextReader.read(file, largest))
                .getMessage();
    }

    @Test
    void windowsInOrder() {
        Windows windows = Windows.inOrder(IntStream.range(0, 12).toArray(), 3, 2);
        assertEquals(3, windows.size());
        assertEquals(2, windows.batches());
        var batches = windows.epoch(0).iterator();
        TokenBatch batch = batches.next();
        assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5}, batch.inputs());
        assertArrayEquals(new int[] {1, 2, 3, 4, 5, 6}, batch.targets());
        batch = batches.next();
        assertEquals(1, batch.size());
        assertArrayEquals(new int[] {6, 7, 8}, Arrays.copyOf(batch.inputs(), 3));
        assertTrue(!batches.hasNext());
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 1", "4, 3, 2", "5, 3, 1", "6, 3, 4", "7, 3, 1", "100, 7, 4", "101, 10, 3"})
    void shuffledWindowsDoNotOverlapAndKeepInside(int tokens, int length, int batchSize) {
        int[] sequence = IntStream.range(0, tokens).toArray();
        Windows windows = Windows.shuffled(sequence, length, batchSize, Rng.of(6));
        Set<Integer> places = new HashSet<>();
        for (int epoch = 0; epoch < 60; epoch++) {
            Set<Integer> seen = new HashSet<>();
            int least = tokens;
            for (TokenBatch batch : windows.epoch(epoch)) {
                for (int i = 0; i < batch.size() * length; i++) {
                    assertTrue(seen.add(batch.inputs()[i]));
                    assertEquals(batch.inputs()[i] + 1, batch.targets()[i]);
                    assertTrue(batch.targets()[i] < tokens);
                    least = Math.min(least, batch.inputs()[i]);
                }
            }
            assertEquals(windows.size() * length, seen.size());
            assertTrue(tokens - seen.size() < 2 * length || windows.size() == 1);
            places.add(least);
        }
        // Every place at which an epoch can begin comes up.
        assertEquals(tokens - windows.size() * length, places.size());
    }

    @Test
    void anEpochIsAFunctionOfItsNumber() {
        Windows windows = Windows.shuffled(IntStream.range(0, 500).toArray(), 10, 50, Rng.of(6));
        int[] first = windows.epoch(3).iterator().next().inputs().clone();
        int[] other = windows.epoch(4).iterator().next().inputs().clone();
        assertArrayEquals(first, windows.epoch(3).iterator().next().inputs());
        assertTrue(!Arrays.equals(first, other));
    }

    @Test
    void refusesWhatDoesNotFit() {
        var shorter = assertThrows(IllegalArgumentException.class, () -> Windows.inOrder(new int[4], 4, 1));
        assertEquals("a window of 4 tokens and the one that follows need 5 tokens, there are 4", shorter.getMessage());
        var none = assertThrows(IllegalArgumentException.class, () -> Windows.inOrder(new int[4], 0, 1));
        assertEquals("length and batch size must be ≥ 1, got 0 and 1", none.getMessage());
    }
}
