package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class TsReaderLaws {
    private static final String SAMPLE = """
            # a comment
            @problemName Walks far
            @timeStamps false
            @missing true
            @univariate false
            @dimensions 2
            @equalLength false
            @classLabel true left 'straight on' "it's"
            @data
            1.5,2,?:0,1e-3,-4:left
            3.25,NaN,1:5,.6,-7.5e-12:straight on

            1:2:it's
            """;
    /// Pieces that mean something to the reader, so that mutations reach beyond the first check.
    private static final List<String> PIECES = List.of(
            "@",
            ":",
            ",",
            "?",
            "\n",
            "\r",
            "'",
            "\"",
            "e",
            "-",
            ".",
            "#",
            " ",
            "\t",
            "(",
            "true",
            "false",
            "@data\n",
            "@classLabel",
            "999999999",
            "1e309",
            "NaN",
            "\u0000",
            "ü",
            "\uFEFF");

    @Property(tries = 300)
    void readsBackWhatWasWritten(@ForAll("sets") TimeSeries data) throws IOException {
        assertEquals(data, read(TsText.of(data).getBytes(StandardCharsets.UTF_8)));
    }

    @Property(tries = 3000)
    void readsOrSaysWhatIsWrong(@ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int mutations)
            throws IOException {
        byte[] bytes = SAMPLE.getBytes(StandardCharsets.UTF_8);
        Random random = new Random(seed);
        for (int i = 0; i < mutations; i++) {
            bytes = mutated(bytes, random);
        }
        try {
            assertNotNull(read(bytes).cases());
        } catch (FormatException e) {
            assertEquals("set.ts", e.file());
        }
    }

    @Property(tries = 2000)
    void roundsAsTheJdk(@ForAll("numbers") String number) throws IOException {
        float expected = (float) Double.parseDouble(number);
        try {
            float[][][] cases = read(("@classLabel false\n@data\n" + number).getBytes(StandardCharsets.UTF_8))
                    .cases();
            assertEquals(expected, cases[0][0][0]);
        } catch (FormatException e) {
            assertEquals(Float.POSITIVE_INFINITY, Math.abs(expected));
        }
    }

    @Provide
    Arbitrary<String> numbers() {
        Arbitrary<String> digits =
                Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(20);
        Arbitrary<String> sign = Arbitraries.of("", "-", "+");
        Arbitrary<String> exponent = Arbitraries.integers()
                .between(-330, 330)
                .map(e -> "e" + e)
                .injectNull(0.5)
                .map(e -> e == null ? "" : e);
        return Combinators.combine(sign, digits, digits.optional(), exponent)
                .as((s, whole, fraction, e) ->
                        s + whole + fraction.map(f -> "." + f).orElse("") + e);
    }

    @Provide
    Arbitrary<TimeSeries> sets() {
        return Arbitraries.longs().map(seed -> {
            Random random = new Random(seed);
            List<String> classes = List.of("left", "straight on", "a:b c", "it's", "3.0", "grün")
                    .subList(0, random.nextInt(7));
            int channels = 1 + random.nextInt(4);
            float[][][] cases = new float[1 + random.nextInt(5)][channels][];
            int[] labels = new int[classes.isEmpty() ? 0 : cases.length];
            for (int i = 0; i < cases.length; i++) {
                int steps = 1 + random.nextInt(8);
                for (int c = 0; c < channels; c++) {
                    cases[i][c] = new float[steps];
                    for (int t = 0; t < steps; t++) {
                        cases[i][c][t] = value(random);
                    }
                }
                if (labels.length > 0) {
                    labels[i] = random.nextInt(classes.size());
                }
            }
            return new TimeSeries("Set " + seed, TsText.channels(channels), cases, labels, classes);
        });
    }

    private static float value(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Float.NaN;
            case 1 -> random.nextInt(100);
            case 2 -> {
                float any = Float.intBitsToFloat(random.nextInt());
                yield Float.isInfinite(any) ? Float.MIN_VALUE : any;
            }
            default -> (float) random.nextGaussian();
        };
    }

    private static byte[] mutated(byte[] bytes, Random random) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int from = random.nextInt(text.length() + 1);
        int to = Math.min(text.length(), from + random.nextInt(12));
        String piece = PIECES.get(random.nextInt(PIECES.size()));
        String changed = switch (random.nextInt(5)) {
            case 0 -> text.substring(0, from) + text.substring(to);
            case 1 -> text.substring(0, from) + piece + text.substring(from);
            case 2 -> text.substring(0, from) + piece + text.substring(to);
            case 3 -> text.substring(0, from) + (char) random.nextInt(256) + text.substring(to);
            default -> text.substring(0, to) + text.substring(from);
        };
        return changed.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static TimeSeries read(byte[] bytes) throws IOException {
        return TsReader.read("set.ts", new ByteArrayInputStream(bytes));
    }
}
