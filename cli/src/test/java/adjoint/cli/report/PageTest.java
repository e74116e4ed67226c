package adjoint.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageTest {
    private static final String HOSTILE = "</title><script>alert(1)</script>\" onload=\"x & 'y' \u0000 ";

    private static List<Markup.Tag> named(String html, String name) {
        return Markup.parse(html).stream()
                .filter(tag -> tag.name().equals(name))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"100, 2, 8, 9, 29, true", "1, 1, 1, 2, 3, false", "0, 2, 2, 3, 5, true", "3, 2, 4, 26, 96, false"})
    void thePageIsWellFormedAndAsksNoNetwork(
            int epochs, int layers, int heads, int classes, int steps, boolean primal) {
        String html = SampleRun.page("speaker ", epochs, layers, heads, classes, steps, primal)
                .toHtml();
        List<Markup.Tag> tags = Markup.parse(html);
        for (Markup.Tag tag : tags) {
            assertFalse(List.of("script", "link", "iframe", "object").contains(tag.name()), tag.toString());
            tag.attributes().forEach((name, value) -> {
                assertFalse(name.startsWith("on") || name.equals("href"), tag.toString());
                if (name.equals("src")) {
                    assertTrue(value.startsWith("data:image/png;base64,"), value);
                }
            });
        }
        String words = html.replace("http://www.w3.org/2000/svg", "").replaceAll("base64,[^\"]*", "");
        assertFalse(
                Pattern.compile("https?:|//[a-z]|url\\(|@import").matcher(words).find());
    }

    @Test
    void whateverTheDataCallsItselfIsText() {
        String html = SampleRun.page(HOSTILE, 2, 1, 2, 3, 4, true).toHtml();
        assertFalse(html.contains("<script"));
        assertFalse(html.contains("\u0000"));
        assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x &amp; 'y'"));
        Markup.parse(html);
    }

    @Test
    void everyLayerAndHeadIsShown() {
        String html = SampleRun.page("speaker ", 10, 2, 8, 9, 29, true).toHtml();
        List<Markup.Tag> charts = named(html, "svg");
        // Loss and accuracy; per layer spectrum, effective rank, J² and ρ.
        assertEquals(2 + 2 * 4, charts.size());
        // A kernel per head and a scale per layer.
        List<Markup.Tag> pictures = named(html, "img");
        assertEquals(2 * 8 + 2, pictures.size());
        for (Markup.Tag chart : charts) {
            assertEquals("img", chart.attributes().get("role"));
            assertFalse(chart.attributes().get("aria-label").isBlank());
        }
        for (Markup.Tag picture : pictures) {
            assertFalse(picture.attributes().get("alt").isBlank());
        }
        // Confusion, epochs, and per layer: the heads, and the course of rank, J² and ρ.
        assertEquals(2 + 2 * 4, named(html, "table").size());
    }

    @Test
    void softmaxAttentionHasNoObjectiveToShow() {
        String html = SampleRun.page("speaker ", 10, 2, 8, 9, 29, false).toHtml();
        assertEquals(2 + 2 * 2, named(html, "svg").size());
        assertFalse(html.contains("KKT"));
    }

    @Test
    void thePageFollowsTheReader() {
        String html = SampleRun.page("speaker ", 1, 1, 1, 2, 3, true).toHtml();
        assertTrue(html.contains("prefers-color-scheme: dark"));
        assertTrue(html.contains("content=\"width=device-width, initial-scale=1\""));
    }

    @Test
    void markupThatIsNotClosedIsFound() {
        assertThrows(AssertionError.class, () -> Markup.parse("<p>one<br/>"));
        assertThrows(AssertionError.class, () -> Markup.parse("<p>a & b</p>"));
        assertThrows(AssertionError.class, () -> Markup.parse("<p><b></p></b>"));
    }

    @Test
    void aHeatMapIsAPng() {
        String address = HeatMap.address(List.of(List.of(1.0, -0.5, Double.NaN), List.of(0.0, 2.0, 0.25)), 1);
        Matcher base64 = Pattern.compile("data:image/png;base64,(.*)").matcher(address);
        assertTrue(base64.matches());
        ByteBuffer png = ByteBuffer.wrap(Base64.getDecoder().decode(base64.group(1)));
        assertEquals(0x89504E470D0A1A0AL, png.getLong());
        assertEquals(13, png.getInt());
        assertEquals(0x49484452, png.getInt());
        assertEquals(3, png.getInt());
        assertEquals(2, png.getInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0.98378 | 98.4 %",
                "1 | 100.0 %",
                "NaN | –",
            })
    void percents(double fraction, String text) {
        assertEquals(text, Figures.percent(fraction));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 0",
                "1 | 1",
                "0.012345 | 0.0123",
                "12.345 | 12.3",
                "-2.5 | −2.5",
                "1234.4 | 1,234",
                "1e-8 | 10⁻⁸",
                "1.234e-5 | 1.23·10⁻⁵",
                "2e9 | 2·10⁹",
                "100 | 100",
                "Infinity | –",
            })
    void numbers(double value, String text) {
        assertEquals(text, Figures.number(value));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0.4213 | 0.421 s", "75 | 75 s", "190 | 3 min 10 s", "7500 | 2 h 5 min", "NaN | –"})
    void durations(double seconds, String text) {
        assertEquals(text, Figures.seconds(seconds));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"512 | 512 B", "262144 | 256 KiB", "851443712 | 812 MiB", "3e12 | 2.73 TiB"})
    void sizes(double bytes, String text) {
        assertEquals(text, Figures.bytes(bytes));
    }

    @ParameterizedTest
    @CsvSource({"1, '[1]'", "2, '[1, 2]'", "5, '[1, 2, 3, 4, 5]'", "10, '[1, 2, 4, 6, 8, 10]'", "0, '[]'"})
    void epochsAreMarkedAtRoundNumbers(int points, String ticks) {
        assertEquals(ticks, LineChart.xTicks(points).toString());
    }
}
