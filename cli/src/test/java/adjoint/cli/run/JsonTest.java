package adjoint.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void whatIsWrittenIsReadBack() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("a \"quoted\" \\ key\n", List.of(1L, -2L, 0.1, 1e-300, 1.5e300, true, false, "𝄞 \u0001"));
        value.put("empty", new ArrayList<>(List.of(Map.of(), List.of(), "")));
        value.put("none", null);
        assertEquals(value, Json.parse(Json.write(value)));
    }

    @Test
    void numbersWithoutJsonFormAreNull() {
        assertEquals("[null,null,3,0.5]", Json.write(List.of(Double.NaN, Double.POSITIVE_INFINITY, 3.0, 0.5)));
    }

    @Test
    void escapesAreRead() {
        assertEquals("\u00e9\t/\"", Json.parse("\"\\u00e9\\t\\/\\\"\""));
        assertEquals(List.of(1L, Map.of("k", 2.5)), Json.parse(" [ 1 , { \"k\" : 2.5 } ] "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,]",
                "{\"a\"}",
                "{a:1}",
                "\"open",
                "\"\\x\"",
                "nul",
                "1 2",
                "--1",
                "[1}",
                "{\"a\":1,}"
            })
    void whatIsNotJsonIsRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> Json.parse(text))
                .getMessage();
        assertEquals("not JSON: expected ", message.substring(0, 19));
    }

    @Test
    void endlessNestingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Json.parse("[".repeat(100_000)));
    }
}
