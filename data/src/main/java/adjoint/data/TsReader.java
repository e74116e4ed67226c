package adjoint.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads time series in the text format `.ts` of the UEA and UCR archives, aeon and sktime.
///
/// ```
/// # comments (also with %) and blank lines anywhere
/// @problemName Walks
/// @univariate false
/// @dimensions 2
/// @classLabel true left 'straight on'
/// @data
/// 1.5,2,?:0,1e-3,4:left
/// 3,4:5,6:straight on
/// ```
///
/// A header of `@key value` lines, in any order and any case; then one case per line: the channels between `:`, the
/// values between `,` (`?` or `NaN` where missing), the class after the last `:`.
///
/// | key | meaning | default |
/// |---|---|---|
/// | `problemName` | the name | the file's name |
/// | `classLabel` | `true` and the classes (in quotes where they hold blanks), or `false` | must be there |
/// | `dimensions`, `univariate` | the number of channels; `univariate true` is one channel | that of the first case |
/// | `equalLength`, `seriesLength` | all cases are equally long; their length, not used if `equalLength false` | free |
/// | `missing` | `false`: no missing value occurs | free |
/// | `timeStamps` | only `false` can be read | `false` |
/// | `targetLabel` | regression, only `false` can be read | `false` |
/// | any other | skipped | |
///
/// The reader is strict: what contradicts the format, the header or the other cases is a [FormatException] with file,
/// line and column, and nothing is returned. All channels of a case must be equally long. One trailing `,` after a
/// channel and one trailing `:` after a case are allowed, as is a UTF-8 byte order mark, and lines may end with LF,
/// CR LF or CR. Values are the nearest `double` of their text, rounded to `float`.
///
/// Memory is bounded by what the file really holds (numbers in the header reserve nothing) and by three quarters of
/// the heap.
public final class TsReader {
    private static final int LISTED_CLASSES = 10;
    /// What a Java array costs beside its elements, at most.
    private static final int ARRAY_OVERHEAD = 24;
    /// 10⁰ … 10²², the powers of ten that are exact in double precision.
    private static final double[] POWERS_OF_TEN = new double[23];

    static {
        double power = 1;
        for (int i = 0; i < POWERS_OF_TEN.length; i++) {
            POWERS_OF_TEN[i] = power;
            power *= 10;
        }
    }

    private final LineSource source;
    private final TsHeader header;
    private final TimeSeries train;
    /// How many cases the training set has of each class.
    private final int[] trainCounts;
    private final long budget;

    private final List<float[][]> cases = new ArrayList<>();
    private int[] labels = new int[64];
    private long bytes;

    /// The values of the case at hand, channel after channel, and where each channel ends.
    private float[] values = new float[256];

    private int[] ends = new int[16];
    private int channels;

    private TsReader(LineSource source, TsHeader header, TimeSeries train, long budget) {
        this.source = source;
        this.header = header;
        this.train = train;
        this.trainCounts = train == null ? new int[0] : train.classCounts();
        this.budget = budget;
    }

    /// The set in that file.
    ///
    /// @throws FormatException if the file is malformed
    /// @throws IOException if it cannot be read
    public static TimeSeries read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(file.toString(), in);
        }
    }

    /// The set in that stream; `name` stands for the file in messages.
    ///
    /// @throws FormatException if the text is malformed
    /// @throws IOException if it cannot be read
    public static TimeSeries read(String name, InputStream in) throws IOException {
        return read(name, in, null, heapBudget());
    }

    /// A training set and its test set. The classes are those of the training set, in its order.
    ///
    /// @throws FormatException if one of them is malformed, or if a case of the test set has other channels than the
    ///     training set or a class without a training case
    /// @throws IOException if one of them cannot be read
    public static Split readSplit(Path train, Path test) throws IOException {
        TimeSeries known = read(train);
        try (InputStream in = Files.newInputStream(test)) {
            return new Split(known, read(test.toString(), in, known, heapBudget()));
        }
    }

    private static long heapBudget() {
        return Runtime.getRuntime().maxMemory() / 4 * 3;
    }

    /// @param train the training set that a test set must fit, or null
    /// @param budget the most bytes that the values may take
    static TimeSeries read(String name, InputStream in, TimeSeries train, long budget) throws IOException {
        LineSource source = new LineSource(name, in);
        TsHeader header = TsHeader.read(name, source);
        if (train != null && train.classNames().isEmpty() == header.labelled()) {
            throw source.error(
                    header.labelled() ? "a test set with classes" : "a test set without classes",
                    header.labelled() ? "none, as in the training set" : "classes, as in the training set");
        }
        return new TsReader(source, header, train, budget).readCases();
    }

    private TimeSeries readCases() throws IOException {
        while (source.next()) {
            if (!source.isSilent()) {
                readCase();
            }
        }
        if (cases.isEmpty()) {
            throw source.error("the end of the file", "at least one case after @data");
        }
        List<String> names = new ArrayList<>();
        for (int c = 0; c < cases.getFirst().length; c++) {
            names.add("channel " + (c + 1));
        }
        return new TimeSeries(
                header.name(),
                names,
                cases.toArray(float[][][]::new),
                header.labelled() ? Arrays.copyOf(labels, cases.size()) : new int[0],
                train == null ? header.classNames() : train.classNames());
    }

    private void readCase() throws FormatException {
        int end = trimRight(0, source.length());
        if (end > 0 && source.line()[end - 1] == ':') {
            end = trimRight(0, end - 1);
        }
        int label = -1;
        if (header.labelled()) {
            int colon = labelColon(end);
            label = label(colon + 1, end);
            end = colon;
        }
        readChannels(end);
        checkShape();
        float[][] series = store();
        if (label >= 0) {
            if (cases.size() == labels.length) {
                labels = Arrays.copyOf(labels, 2 * labels.length);
            }
            labels[cases.size()] = label;
        }
        cases.add(series);
    }

    /// The `:` before the class: the last one outside of quotes.
    private int labelColon(int end) throws FormatException {
        byte[] line = source.line();
        int from = end - 1;
        if (from > 0 && (line[from] == '"' || line[from] == '\'')) {
            for (int open = from - 1; open > 0; open--) {
                if (line[open] == line[from]) {
                    int before = trimRight(0, open) - 1;
                    if (before >= 0 && line[before] == ':') {
                        return before;
                    }
                }
            }
        }
        while (from >= 0 && line[from] != ':') {
            from--;
        }
        if (from < 0) {
            throw source.error(0, source.excerpt(0, end), "the channels, then \":\" and the class");
        }
        return from;
    }

    private int label(int from, int to) throws FormatException {
        int start = trimLeft(from, to);
        int end = to;
        byte[] line = source.line();
        if (end - start >= 2 && line[start] == line[end - 1] && (line[start] == '"' || line[start] == '\'')) {
            start++;
            end--;
        }
        String text = source.text(start, end);
        if (!header.classNames().contains(text)) {
            throw source.error(start, "the class " + FormatException.excerpt(text), oneOf(header.classNames()));
        }
        if (train == null) {
            return header.classNames().indexOf(text);
        }
        int label = train.classNames().indexOf(text);
        if (label < 0 || trainCounts[label] == 0) {
            throw source.error(
                    start,
                    "the class " + FormatException.excerpt(text) + ", of which the training set has no case",
                    oneOf(train.classNames()));
        }
        return label;
    }

    private static String oneOf(List<String> classNames) {
        List<String> listed = classNames.subList(0, Math.min(LISTED_CLASSES, classNames.size()));
        return "one of the classes " + String.join(", ", listed) + (listed.size() < classNames.size() ? ", …" : "");
    }

    /// Reads the channels in the bytes up to `end` into [#values] and [#ends].
    private void readChannels(int end) throws FormatException {
        byte[] line = source.line();
        channels = 0;
        int count = 0;
        int at = 0;
        while (at <= end) {
            int stop = at;
            while (stop < end && line[stop] != ',' && line[stop] != ':') {
                stop++;
            }
            boolean channelEnds = stop == end || line[stop] == ':';
            int from = trimLeft(at, stop);
            int to = trimRight(from, stop);
            boolean trailing = from == to && channelEnds && count > (channels == 0 ? 0 : ends[channels - 1]);
            if (!trailing) {
                if (count == values.length) {
                    values = Arrays.copyOf(values, grown(count));
                }
                values[count++] = value(from, to);
            }
            if (channelEnds) {
                if (channels == ends.length) {
                    ends = Arrays.copyOf(ends, grown(channels));
                }
                ends[channels++] = count;
            }
            at = stop + 1;
        }
    }

    /// A line of at most 2²⁸ bytes holds at most 2²⁷ values, so that doubling does not overflow.
    private static int grown(int capacity) {
        return 2 * capacity;
    }

    private float value(int from, int to) throws FormatException {
        if (isMissing(from, to)) {
            if (header.complete()) {
                throw source.error(from, "a missing value", "none, since the header says @missing false");
            }
            return Float.NaN;
        }
        float value = (float) number(from, to);
        if (Float.isInfinite(value)) {
            throw source.error(from, source.excerpt(from, to), "a number of single precision, at most 3.4e38");
        }
        return value;
    }

    private boolean isMissing(int from, int to) {
        byte[] line = source.line();
        return to - from == 1 && line[from] == '?'
                || to - from == 3
                        && (line[from] | 0x20) == 'n'
                        && (line[from + 1] | 0x20) == 'a'
                        && (line[from + 2] | 0x20) == 'n';
    }

    /// The `double` nearest to the decimal number in the bytes `from … to-1`.
    ///
    /// Up to 15 digits and a power of ten up to 22 are exact in double precision, so that one multiplication or
    /// division rounds correctly (Clinger 1990); the rest goes to the JDK.
    private double number(int from, int to) throws FormatException {
        byte[] line = source.line();
        int i = from;
        if (i < to && (line[i] == '-' || line[i] == '+')) {
            i++;
        }
        long mantissa = 0;
        int digits = 0;
        int scale = 0;
        int start = i;
        int point = -1;
        for (; i < to && (isDigit(line[i]) || line[i] == '.' && point < 0); i++) {
            if (line[i] == '.') {
                point = i;
                continue;
            }
            digits += mantissa > 0 || line[i] != '0' ? 1 : 0;
            mantissa = digits <= 15 ? 10 * mantissa + line[i] - '0' : mantissa;
            scale -= point >= 0 ? 1 : 0;
        }
        boolean valid = i - start > (point < 0 ? 0 : 1);
        if (valid && i < to && (line[i] | 0x20) == 'e') {
            int exponent = exponent(i + 1, to);
            valid = exponent != Integer.MIN_VALUE;
            scale += valid ? exponent : 0;
            i = to;
        }
        if (!valid || i < to) {
            throw notANumber(from, to);
        }
        if (digits > 15 || Math.abs(scale) > 22) {
            return Double.parseDouble(source.text(from, to));
        }
        double magnitude = scale < 0 ? mantissa / POWERS_OF_TEN[-scale] : mantissa * POWERS_OF_TEN[scale];
        return line[from] == '-' ? -magnitude : magnitude;
    }

    /// The exponent in the bytes `from … to-1`, clipped to ±9999; `Integer.MIN_VALUE` if there is none.
    private int exponent(int from, int to) {
        byte[] line = source.line();
        int i = from;
        if (i < to && (line[i] == '-' || line[i] == '+')) {
            i++;
        }
        int exponent = 0;
        int start = i;
        for (; i < to && isDigit(line[i]); i++) {
            exponent = Math.min(9999, 10 * exponent + line[i] - '0');
        }
        if (i == start || i < to) {
            return Integer.MIN_VALUE;
        }
        return line[from] == '-' ? -exponent : exponent;
    }

    private FormatException notANumber(int from, int to) {
        if (from == to) {
            return source.error(from, "no value", "a number, or ? where it is missing");
        }
        String found = source.excerpt(from, to);
        return source.line()[from] == '('
                ? source.error(from, found, "plain values; time stamps cannot be read")
                : source.error(from, found, "a number, or ? where it is missing");
    }

    private void checkShape() throws FormatException {
        int steps = ends[0];
        for (int c = 1; c < channels; c++) {
            if (ends[c] - ends[c - 1] != steps) {
                throw source.error(
                        "channel " + (c + 1) + " of " + (ends[c] - ends[c - 1]) + " values",
                        steps + " values in every channel, as in channel 1");
            }
        }
        if (train != null && channels != train.channels().size()) {
            throw wrongChannels(train.channels().size(), "as in the training set");
        }
        if (header.channels() > 0 && channels != header.channels()) {
            throw wrongChannels(header.channels(), "as the header says");
        }
        if (!cases.isEmpty() && channels != cases.getFirst().length) {
            throw wrongChannels(cases.getFirst().length, "as in the first case");
        }
        if (header.length() > 0 && steps != header.length()) {
            throw source.error(steps + " values per channel", header.length() + ", as @seriesLength says");
        }
        if (header.equalLength() && !cases.isEmpty() && steps != cases.getFirst()[0].length) {
            throw source.error(
                    steps + " values per channel",
                    cases.getFirst()[0].length + " as in the first case, since the header says @equalLength true");
        }
    }

    private FormatException wrongChannels(int expected, String why) {
        return source.error(channels + (channels == 1 ? " channel" : " channels"), expected + ", " + why);
    }

    private float[][] store() throws FormatException {
        bytes += ARRAY_OVERHEAD + channels * (long) (Float.BYTES * ends[0] + 2 * ARRAY_OVERHEAD);
        if (bytes > budget) {
            throw source.error(
                    "more values than fit in memory",
                    "at most " + (budget >> 20) + " MiB of values, three quarters of the heap (raise it with -Xmx)");
        }
        float[][] series = new float[channels][];
        for (int c = 0; c < channels; c++) {
            series[c] = Arrays.copyOfRange(values, c == 0 ? 0 : ends[c - 1], ends[c]);
        }
        return series;
    }

    private int trimLeft(int from, int to) {
        int i = from;
        while (i < to && LineSource.isBlank(source.line()[i])) {
            i++;
        }
        return i;
    }

    private int trimRight(int from, int to) {
        int i = to;
        while (i > from && LineSource.isBlank(source.line()[i - 1])) {
            i--;
        }
        return i;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }
}
