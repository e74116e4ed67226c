package adjoint.nn.logs;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// A file of scalars and histograms over the steps of a training, as TensorBoard shows them:
/// `tensorboard --logdir folder`.
///
/// ```
/// try (EventFile events = EventFile.in(Path.of("runs/first"), InstantSource.system())) {
///     events.scalar("train/loss", 100, 0.25);
/// }
/// ```
///
/// The file is a sequence of records (TensorFlow's *TFRecord*), each a protocol buffer `Event`:
///
/// ```text
/// length: u64, little-endian    masked CRC-32C of the length: u32    data    masked CRC-32C of the data: u32
/// masked(c) = rotate right(c, 15) + 0xA282EAD8
/// ```
///
/// What a crash leaves half written is passed over by its readers. A training that goes on opens another file in the
/// same folder, and says so by [#restart].
public final class EventFile implements Closeable {
    /// The message Event: its fields.
    private static final int WALL_TIME = 1;

    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SESSION_LOG = 7;
    private static final int MASK_DELTA = 0xA282EAD8;

    private final Path path;
    private final OutputStream out;
    private final InstantSource clock;

    private EventFile(Path path, InstantSource clock) throws IOException {
        this.path = path;
        this.clock = clock;
        this.out = new BufferedOutputStream(
                Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        write(event().text(FILE_VERSION, "brain.Event:2"));
    }

    /// Makes a new file in a folder, which is made if need be.
    ///
    /// @throws IOException if that is not possible
    public static EventFile in(Path folder, InstantSource clock) throws IOException {
        Files.createDirectories(folder);
        long seconds = clock.instant().getEpochSecond();
        for (int number = 0; ; number++) {
            Path path = folder.resolve("events.out.tfevents.%010d.adjoint.%04d".formatted(seconds, number));
            try {
                return new EventFile(path, clock);
            } catch (FileAlreadyExistsException e) {
                if (number == 9999) {
                    throw e;
                }
            }
        }
    }

    public Path path() {
        return path;
    }

    /// Adds a number. TensorBoard keeps it in single precision.
    ///
    /// @param tag what is before its first slash groups it
    public void scalar(String tag, long step, double value) throws IOException {
        write(summary(step, new Message().text(1, tag).single(2, (float) value)));
    }

    /// Adds the distribution of values: counts in `buckets` intervals of equal width from the least to the greatest.
    ///
    /// @throws IllegalArgumentException if there is no value, one is not finite, or there is no bucket
    public void histogram(String tag, long step, double[] values, int buckets) throws IOException {
        double least = Arrays.stream(values).min().orElse(Double.NaN);
        double greatest = Arrays.stream(values).max().orElse(Double.NaN);
        if (!Double.isFinite(greatest - least) || buckets < 1) {
            throw new IllegalArgumentException("a histogram needs finite values and at least one bucket; got "
                    + values.length + " values from " + least + " to " + greatest + ", and " + buckets + " buckets");
        }
        double[] limits = new double[buckets];
        double[] counts = new double[buckets];
        double width = (greatest - least) / buckets;
        for (int i = 0; i < buckets; i++) {
            limits[i] = i == buckets - 1 ? greatest : least + (i + 1) * width;
        }
        for (double value : values) {
            int bucket = width == 0 ? buckets - 1 : (int) Math.min(buckets - 1, (value - least) / width);
            counts[bucket]++;
        }
        Message histogram = new Message()
                .fixed(1, least)
                .fixed(2, greatest)
                .fixed(3, values.length)
                .fixed(4, Arrays.stream(values).sum())
                .fixed(5, Arrays.stream(values).map(v -> v * v).sum())
                .packed(6, limits)
                .packed(7, counts);
        write(summary(step, new Message().text(1, tag).message(5, histogram)));
    }

    /// Says that what other files of the folder have of the steps after `step` is no longer true: they are done again.
    public void restart(long step) throws IOException {
        int start = 1;
        write(event().number(STEP, step + 1).message(SESSION_LOG, new Message().number(1, start)));
    }

    /// Hands on to the system what was added.
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    private Message event() {
        Instant now = clock.instant();
        return new Message().fixed(WALL_TIME, now.getEpochSecond() + now.getNano() / 1e9);
    }

    private Message summary(long step, Message value) {
        return event().number(STEP, step).message(SUMMARY, new Message().message(1, value));
    }

    private void write(Message event) throws IOException {
        byte[] data = event.bytes();
        ByteBuffer record = ByteBuffer.allocate(16 + data.length).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length);
        record.putInt(masked(record.array(), 0, 8));
        record.put(data);
        record.putInt(masked(record.array(), 12, data.length));
        out.write(record.array());
    }

    private static int masked(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
    }
}
