package adjoint.nn.logs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.nn.Ending;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_500_000_000, 250_000_000));

    @TempDir
    Path folder;

    /// A header as TensorFlow writes it: 24 bytes of data, whose checksummed length begins every event file there is
    /// (`18 00 00 00 00 00 00 00 a3 7f 4b 22`).
    @Test
    void beginsAsEveryEventFile() throws IOException {
        EventFile events = EventFile.in(folder.resolve("new"), CLOCK);
        events.close();
        byte[] bytes = Files.readAllBytes(events.path());
        assertEquals(
                "events.out.tfevents.1500000000.adjoint.0000",
                events.path().getFileName().toString());
        HexFormat hex = HexFormat.of();
        assertEquals("1800000000000000a37f4b22", hex.formatHex(bytes, 0, 12));
        // 1: double 1500000000.25; 3: "brain.Event:2"
        assertEquals(
                "09" + "000010c00b5ad641" + "1a0d" + hex.formatHex("brain.Event:2".getBytes()),
                hex.formatHex(bytes, 12, 36));
        assertEquals(40, bytes.length);
    }

    @Test
    void scalarsAreReadBack() throws IOException {
        EventFile events = EventFile.in(folder, CLOCK);
        events.scalar("train/loss", 0, 0.1);
        events.scalar("süß", 1L << 40, -1e30);
        events.scalar("nan", 3, Double.NaN);
        events.scalar("huge", 4, 1e300);
        events.flush();
        assertEquals(
                List.of("train/loss 0 " + 0.1f, "süß " + (1L << 40) + " " + -1e30f, "nan 3 NaN", "huge 4 Infinity"),
                EventReader.scalars(events.path()));
        for (Map<Integer, List<Object>> event : EventReader.read(events.path())) {
            assertEquals(List.of(1_500_000_000.25), event.get(1));
        }
        events.close();
    }

    @Test
    void aTruncatedRecordIsTheLast() throws IOException {
        EventFile events = EventFile.in(folder, CLOCK);
        events.scalar("a", 1, 1);
        events.scalar("a", 2, 2);
        events.close();
        byte[] bytes = Files.readAllBytes(events.path());
        Files.write(events.path(), Arrays.copyOf(bytes, bytes.length - 5));
        assertEquals(List.of("a 1 1.0"), EventReader.scalars(events.path()));
    }

    @Test
    void histogramsCountTheirValues() throws IOException {
        EventFile events = EventFile.in(folder, CLOCK);
        events.histogram("w", 7, new double[] {-1, 3, 0, 0.5, 1, 2.9}, 4);
        events.histogram("one", 8, new double[] {2, 2}, 3);
        events.close();
        List<Map<Integer, List<Object>>> histograms = new ArrayList<>();
        for (Map<Integer, List<Object>> event : EventReader.read(events.path()).subList(1, 3)) {
            byte[] value = (byte[])
                    EventReader.fields((byte[]) event.get(5).getFirst()).get(1).getFirst();
            histograms.add(
                    EventReader.fields((byte[]) EventReader.fields(value).get(5).getFirst()));
        }
        Map<Integer, List<Object>> first = histograms.getFirst();
        assertEquals(List.of(-1.0), first.get(1));
        assertEquals(List.of(3.0), first.get(2));
        assertEquals(List.of(6.0), first.get(3));
        assertEquals(6.4, (double) first.get(4).getFirst(), 1e-15);
        assertEquals(1 + 9 + 0.25 + 1 + 2.9 * 2.9, (double) first.get(5).getFirst(), 1e-14);
        assertArrayEquals(new double[] {0, 1, 2, 3}, EventReader.doubles(first.get(6)));
        assertArrayEquals(new double[] {1, 2, 1, 2}, EventReader.doubles(first.get(7)));
        assertArrayEquals(
                new double[] {0, 0, 2}, EventReader.doubles(histograms.get(1).get(7)));
        assertEquals(
                "a histogram needs finite values and at least one bucket; got 1 values from NaN to NaN, and 3 buckets",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> events.histogram("w", 1, new double[] {Double.NaN}, 3))
                        .getMessage());
    }

    @Test
    void filesOfOneSecondFollowEachOther() throws IOException {
        EventFile.in(folder, CLOCK).close();
        assertEquals(
                "events.out.tfevents.1500000000.adjoint.0001",
                EventFile.in(folder, CLOCK).path().getFileName().toString());
    }

    @Test
    void aTrainingWritesStepsAndHistory() throws IOException {
        TensorBoard board = new TensorBoard(folder, 2);
        board.began(0, List.of());
        for (int step = 1; step <= 4; step++) {
            board.step(step, 0, step, 8, step / 8.0, 2 * step);
        }
        board.recorded(List.of(new TreeMap<>(Map.of("epoch", 1.0, "step", 4.0, "test_loss", 0.5, "test_a_b", 2.0))));
        board.ended(Ending.FINISHED);
        assertEquals(
                List.of(
                        "step/loss 2 0.25",
                        "step/gradient_norm 2 4.0",
                        "step/loss 4 0.5",
                        "step/gradient_norm 4 8.0",
                        "epoch 4 1.0",
                        "test/a_b 4 2.0",
                        "test/loss 4 0.5"),
                EventReader.scalars(file(0)));
    }

    @Test
    void aTrainingThatGoesOnSaysFromWhere() throws IOException {
        TensorBoard board = new TensorBoard(folder, 1);
        board.began(6, List.of());
        board.ended(Ending.STOPPED);
        Map<Integer, List<Object>> restart = EventReader.read(file(0)).get(1);
        // Readers drop what older files have from this step on.
        assertEquals(List.of(7L), restart.get(2));
        assertEquals(
                Map.of(1, List.of(1L)),
                EventReader.fields((byte[]) restart.get(7).getFirst()),
                "SessionLog.status = START");
        assertEquals(
                "the interval of steps must be positive, got 0",
                assertThrows(IllegalArgumentException.class, () -> new TensorBoard(folder, 0))
                        .getMessage());
    }

    private Path file(int index) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList().get(index);
        }
    }
}
