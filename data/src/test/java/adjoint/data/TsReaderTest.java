package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TsReaderTest {
    private static final String HEADER = "@classLabel true a b\n@data\n";

    static TimeSeries read(String text) throws IOException {
        return TsReader.read("set.ts", bytes(text));
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsValuesMissingOnesAndClasses() throws IOException {
        TimeSeries data = read("""
                # comments and blank lines anywhere

                @problemName Walks
                @univariate false
                @dimensions 2
                @classLabel true left 'straight on'
                @data
                1.5,2,?:0,1e-3,-4:left

                % another comment
                3,NaN:5,.6:straight on
                """);
        assertEquals(
                new TimeSeries(
                        "Walks",
                        TsText.channels(2),
                        new float[][][] {{{1.5f, 2, Float.NaN}, {0, 1e-3f, -4}}, {{3, Float.NaN}, {5, .6f}}},
                        new int[] {0, 1},
                        List.of("left", "straight on")),
                data);
    }

    static List<String> waysToWriteTheSame() {
        String plain = "@problemName W\n@classLabel true a b\n@data\n1,2:3,4:a\n5,6:7,8:b\n";
        return List.of(
                plain,
                plain.replace("\n", "\r\n"),
                plain.replace("\n", "\r"),
                plain.stripTrailing(),
                "\uFEFF" + plain,
                plain.replace("classLabel", "CLASSLABEL").replace("data", "Data"),
                plain.replace("true", "True"),
                "@classLabel true a b\n@problemName W\n@data\n1,2:3,4:a\n5,6:7,8:b",
                plain.replace("@data", "@timeStamps false\n@missing false\n@univariate false\n@data"),
                plain.replace("@data", "@dimensions 2\n@equalLength true\n@seriesLength 2\n@data"),
                plain.replace("@data", "@dimension 2\n@targetLabel false\n@data"),
                plain.replace("@data", "@equalLength false\n@seriesLength 99\n@data"),
                plain.replace("@data", "@madeBy someone, somewhere\n@empty\n@data"),
                plain.replace("@data", "  @data  "),
                plain.replace("true a b", "  true\ta   'b' "),
                plain.replace("true a b", "true \"a\" b"),
                plain.replace(":a", ":'a'").replace(":b", " : \"b\" "),
                plain.replace("1,2:3,4:a", " 1 , 2 :\t3,4 : a "),
                plain.replace("1,2:3,4:a", "1,2,:3,4,:a:"),
                plain.replace("1,2:3,4:a", "+1.,2.0:3e0,40E-1:a"),
                plain.replace("@problemName W", "@problemName W\n@problemName V"));
    }

    @ParameterizedTest
    @MethodSource("waysToWriteTheSame")
    void readsVariants(String text) throws IOException {
        assertEquals(
                new TimeSeries(
                        "W",
                        TsText.channels(2),
                        new float[][][] {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
                        new int[] {0, 1},
                        List.of("a", "b")),
                read(text));
    }

    @Test
    void readsSetsWithoutClasses() throws IOException {
        TimeSeries data = read("@classLabel false\n@data\n1,2:3,4\n5,6:7,8:\n");
        assertEquals(2, data.channels().size());
        assertEquals(0, data.labels().length);
        assertEquals(List.of(), data.classNames());
        assertEquals("set.ts", data.name());
    }

    @Test
    void readsClassesThatLookLikeSyntax() throws IOException {
        TimeSeries data = read(
                "@classLabel true 'a:b' \"it's\" boys' 1.0 ü\n@data\n1:'a:b'\n2:it's\n3:boys'\n4:1.0\n5:ü\n6:\"a:b\"\n");
        assertArrayEquals(new int[] {0, 1, 2, 3, 4, 0}, data.labels());
        assertEquals("a:b", data.classNames().getFirst());
    }

    @Test
    void takesTheClassOrderOfTheTrainingSet() throws IOException {
        TimeSeries train = read(HEADER + "1:a\n2:b\n");
        TimeSeries test = TsReader.read("test.ts", bytes("@classLabel true b a\n@data\n1:b\n2:a\n"), train, 1 << 20);
        assertArrayEquals(new int[] {1, 0}, test.labels());
        assertEquals(List.of("a", "b"), test.classNames());
    }

    static Arguments malformed(String text, String message) {
        return Arguments.of(text, message);
    }

    static List<Arguments> malformed() {
        String two = HEADER + "1,2:3,4:a\n";
        return List.of(
                malformed("", "set.ts:1: found the end of the file; expected a line @data and the cases after it"),
                malformed(HEADER, "set.ts:3: found the end of the file; expected at least one case after @data"),
                malformed("1,2:a\n", "set.ts:1:1: found \"1,2:a\"; expected a header line \"@key value\", or @data"),
                malformed(
                        "@\n", "set.ts:1: found \"@\" without a key; expected a header line \"@key value\", or @data"),
                malformed("@data x\n", "set.ts:1: found \"x\" after @data; expected @data on a line of its own"),
                malformed(
                        "@data\n1:a\n",
                        "set.ts:1: found no @classLabel before @data; expected \"@classLabel true\" and the classes, or"
                                + " false"),
                malformed(
                        "@classLabel\n",
                        "set.ts:1: found @classLabel without a value; expected \"@classLabel true\" and the classes, or"
                                + " false"),
                malformed(
                        "@classLabel true\n",
                        "set.ts:1: found @classLabel true without classes; expected at least one class"),
                malformed(
                        "@classLabel false a\n",
                        "set.ts:1: found @classLabel false with 1 classes; expected true, or no class"),
                malformed(
                        "@classLabel true a b a\n", "set.ts:1: found the class \"a\" twice; expected each class once"),
                malformed("@classLabel true 'a b\n", "set.ts:1: found \"'a b\"; expected a closing '"),
                malformed("@classLabel yes a\n", "set.ts:1: found @classLabel \"yes\"; expected true or false"),
                malformed("@univariate 1\n", "set.ts:1: found @univariate \"1\"; expected true or false"),
                malformed(
                        "@dimensions 1e9\n",
                        "set.ts:1: found @dimensions \"1e9\"; expected a whole number from 1 to 999999999"),
                malformed(
                        "\n@seriesLength 0\n",
                        "set.ts:2: found @serieslength \"0\"; expected a whole number from 1 to 999999999"),
                malformed(
                        "@dimensions 2\n@dimensions 3\n",
                        "set.ts:2: found @dimensions \"3\"; expected only one @dimensions, it was \"2\" before"),
                malformed(
                        "@univariate true\n@dimensions 2\n" + HEADER,
                        "set.ts:4: found @univariate true and @dimensions 2; expected one channel, or @univariate"
                                + " false"),
                malformed(
                        "@timeStamps true\n",
                        "set.ts:1: found @timeStamps true; expected @timeStamps false; series with time stamps cannot be"
                                + " read"),
                malformed(
                        "@targetLabel true\n",
                        "set.ts:1: found @targetLabel true; expected @classLabel true and the classes; sets with numeric"
                                + " targets (regression) cannot be read"),
                malformed(
                        HEADER + "(0,1),(1,2):a\n",
                        "set.ts:3:1: found \"(0\"; expected plain values; time stamps cannot be read"),
                malformed(
                        HEADER + "1,2\n", "set.ts:3:1: found \"1,2\"; expected the channels, then \":\" and the class"),
                malformed(HEADER + "1,2:c\n", "set.ts:3:5: found the class \"c\"; expected one of the classes a, b"),
                malformed(
                        HEADER + "1,2:3,4\n", "set.ts:3:5: found the class \"3,4\"; expected one of the classes a, b"),
                malformed(HEADER + "1,x2:a\n", "set.ts:3:3: found \"x2\"; expected a number, or ? where it is missing"),
                malformed(
                        HEADER + "1,,2:a\n", "set.ts:3:3: found no value; expected a number, or ? where it is missing"),
                malformed(
                        HEADER + "1,,:a\n", "set.ts:3:3: found no value; expected a number, or ? where it is missing"),
                malformed(HEADER + "1::a\n", "set.ts:3:3: found no value; expected a number, or ? where it is missing"),
                malformed(HEADER + ":a\n", "set.ts:3:1: found no value; expected a number, or ? where it is missing"),
                malformed(
                        HEADER + "1,0x1p3:a\n",
                        "set.ts:3:3: found \"0x1p3\"; expected a number, or ? where it is missing"),
                malformed(HEADER + "1,1d:a\n", "set.ts:3:3: found \"1d\"; expected a number, or ? where it is missing"),
                malformed(
                        HEADER + "1,Infinity:a\n",
                        "set.ts:3:3: found \"Infinity\"; expected a number, or ? where it is missing"),
                malformed(HEADER + "1,.:a\n", "set.ts:3:3: found \".\"; expected a number, or ? where it is missing"),
                malformed(HEADER + "1,1e:a\n", "set.ts:3:3: found \"1e\"; expected a number, or ? where it is missing"),
                malformed(
                        HEADER + "1,1 2:a\n", "set.ts:3:3: found \"1 2\"; expected a number, or ? where it is missing"),
                malformed(
                        HEADER + "1,\u00001:a\n",
                        "set.ts:3:3: found \"\\u00001\"; expected a number, or ? where it is missing"),
                malformed(
                        HEADER + "1,1e39:a\n",
                        "set.ts:3:3: found \"1e39\"; expected a number of single precision, at most 3.4e38"),
                malformed(
                        HEADER + "1,2:3:a\n",
                        "set.ts:3: found channel 2 of 1 values; expected 2 values in every channel, as in channel 1"),
                malformed(two + "1,2:a\n", "set.ts:4: found 1 channel; expected 2, as in the first case"),
                malformed("@dimensions 3\n" + two, "set.ts:4: found 2 channels; expected 3, as the header says"),
                malformed("@univariate true\n" + two, "set.ts:4: found 2 channels; expected 1, as the header says"),
                malformed(
                        "@seriesLength 3\n" + two,
                        "set.ts:4: found 2 values per channel; expected 3, as @seriesLength says"),
                malformed(
                        "@equalLength true\n" + two + "\n1:2:b\n",
                        "set.ts:6: found 1 values per channel; expected 2 as in the first case, since the header says"
                                + " @equalLength true"),
                malformed(
                        "@missing false\n" + HEADER + "1,?:a\n",
                        "set.ts:4:3: found a missing value; expected none, since the header says @missing false"),
                malformed(
                        two + "@data\n",
                        "set.ts:4:1: found \"@data\"; expected the channels, then \":\" and the class"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void saysWhatIsWrong(String text, String message) {
        FormatException e = assertThrows(FormatException.class, () -> read(text));
        assertEquals(message, e.getMessage());
        assertEquals("set.ts", e.file());
        assertTrue(message.startsWith("set.ts:" + e.line() + (e.column() > 0 ? ":" + e.column() : "") + ": "));
    }

    @Test
    void refusesTestSetsThatDoNotFit() throws IOException {
        TimeSeries train = read("@classLabel true a b c\n@data\n1:a\n2:b\n");
        assertEquals(
                "test.ts:3:3: found the class \"d\", of which the training set has no case; expected one of the classes"
                        + " a, b, c",
                testError(train, "@classLabel true a d\n@data\n1:d\n"));
        assertEquals(
                "test.ts:3:3: found the class \"c\", of which the training set has no case; expected one of the classes"
                        + " a, b, c",
                testError(train, "@classLabel true a b c\n@data\n1:c\n"));
        assertEquals(
                "test.ts:3: found 2 channels; expected 1, as in the training set",
                testError(train, "@classLabel true a b c\n@data\n1:1:a\n"));
        assertEquals(
                "test.ts:2: found a test set without classes; expected classes, as in the training set",
                testError(train, "@classLabel false\n@data\n1\n"));
    }

    private static String testError(TimeSeries train, String text) {
        return assertThrows(FormatException.class, () -> TsReader.read("test.ts", bytes(text), train, 1 << 20))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0.1", "-0.0", "123456789012345", "1234567890123456789", "4.9e-324", "1e-400", "0e99999999999"})
    void roundsAsTheJdk(String number) throws IOException {
        float value = read(HEADER + number + ":a").cases()[0][0][0];
        assertEquals((float) Double.parseDouble(number), value);
    }

    @Test
    void reservesNothingForWhatTheHeaderClaims() {
        FormatException e = assertThrows(
                FormatException.class,
                () -> read("@dimensions 999999999\n@seriesLength 999999999\n@classLabel false\n@data\n1\n"));
        assertEquals("set.ts:5: found 1 channel; expected 999999999, as the header says", e.getMessage());
    }

    @Test
    void stopsBeforeMemoryRunsOut() {
        String text = "@classLabel false\n@data\n" + "1,2,3\n".repeat(100);
        FormatException e = assertThrows(FormatException.class, () -> TsReader.read("set.ts", bytes(text), null, 1000));
        assertTrue(e.getMessage().contains("found more values than fit in memory"), e.getMessage());
        assertEquals(14, e.line()); // 84 bytes a case
    }

    @Test
    void stopsAtEndlessLines() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return '#';
            }
        };
        FormatException e = assertThrows(FormatException.class, () -> TsReader.read("set.ts", endless));
        assertEquals(
                "set.ts:1: found a line longer than " + LineSource.LONGEST_LINE + " bytes; expected one case per line",
                e.getMessage());
    }

    @Test
    void refusesOtherEncodings() {
        byte[] utf16 = "\uFEFF@data\n".getBytes(StandardCharsets.UTF_16LE);
        FormatException e =
                assertThrows(FormatException.class, () -> TsReader.read("set.ts", new ByteArrayInputStream(utf16)));
        assertEquals("set.ts:1:1: found a UTF-16 byte order mark; expected UTF-8 text", e.getMessage());
        byte[] latin = "@classLabel true ä\n".getBytes(StandardCharsets.ISO_8859_1);
        e = assertThrows(FormatException.class, () -> TsReader.read("set.ts", new ByteArrayInputStream(latin)));
        assertEquals("set.ts:1:2: found bytes that are not UTF-8; expected UTF-8 text", e.getMessage());
    }

    @Test
    void readsFiles(@TempDir Path folder) throws IOException {
        Path train = Files.writeString(folder.resolve("W_TRAIN.ts"), HEADER + "1:a\n2:b\n");
        Path test = Files.writeString(folder.resolve("W_TEST.ts"), HEADER + "3,4:b\n");
        Split split = TsReader.readSplit(train, test);
        assertEquals(
                "W_TRAIN.ts: 2 cases, 1 channels, 1 steps, 2 classes",
                split.train().toString());
        assertArrayEquals(new int[] {1}, split.test().labels());
        Files.writeString(test, "x");
        FormatException e = assertThrows(FormatException.class, () -> TsReader.readSplit(train, test));
        assertEquals(test.toString(), e.file());
    }
}
