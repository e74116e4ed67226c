package adjoint.nn.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
    @Test
    void nestedObjectsAndArrays() throws IOException {
        JsonReader json = new JsonReader(" { \"a\" : [ 1 ,2 ] , \"b\":{}, \"c\": \"d\" } \n");
        json.beginObject();
        assertTrue(json.hasNext('}'));
        assertEquals("a", json.name());
        json.beginArray();
        assertTrue(json.hasNext(']'));
        assertEquals(1, json.integer());
        assertTrue(json.hasNext(']'));
        assertEquals(2, json.integer());
        assertFalse(json.hasNext(']'));
        assertTrue(json.hasNext('}'));
        assertEquals("b", json.name());
        json.beginObject();
        assertFalse(json.hasNext('}'));
        assertTrue(json.hasNext('}'));
        assertEquals("c", json.name());
        assertEquals("d", json.string());
        assertFalse(json.hasNext('}'));
        json.end();
    }

    @Test
    void escapesRoundTrip() throws IOException {
        String text = "plain \"quoted\" back\\slash / \b\f\n\r\t \u0001 \u007f \u00e9 \u20ac \ud83d\ude00";
        StringBuilder out = new StringBuilder();
        JsonText.quote(out, text);
        assertTrue(out.chars().allMatch(c -> c >= ' ' && c < 0x7F), out::toString);
        assertEquals(text, new JsonReader(out.toString()).string());
        assertEquals("/", new JsonReader("\"\\/\"").string());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "a"})
    void badStrings(String text) {
        assertThrows(IOException.class, () -> new JsonReader(text).string());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "01", "1.5", "1e3", "+1", "x", "9223372036854775808", "99999999999999999999"})
    void badIntegers(String text) {
        assertThrows(IOException.class, () -> new JsonReader(text).integer());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "7, 7", "9223372036854775807, 9223372036854775807"})
    void integers(String text, long value) throws IOException {
        JsonReader json = new JsonReader(text);
        assertEquals(value, json.integer());
        json.end();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1 2]", "[1,]", "[,1]", "[1", "[", "[1}"})
    void badArrays(String text) {
        assertThrows(IOException.class, () -> {
            JsonReader json = new JsonReader(text);
            json.beginArray();
            while (json.hasNext(']')) {
                json.integer();
            }
        });
    }

    @Test
    void errorsNameThePosition() {
        JsonReader json = new JsonReader("  x");
        assertEquals(
                "JSON, character 2: expected '{', got 'x'",
                assertThrows(IOException.class, json::beginObject).getMessage());
    }

    @Test
    void nothingMayFollow() {
        assertThrows(IOException.class, () -> new JsonReader(" x").end());
    }
}
