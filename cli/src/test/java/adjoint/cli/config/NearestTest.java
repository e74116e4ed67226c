package adjoint.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    private static final List<String> KNOWN = List.of("model.heads", "model.width", "optimiser.lr", "training.epochs");

    @ParameterizedTest
    @CsvSource({
        "model.head, model.heads",
        "model.haeds, model.heads",
        "MODEL.HEADS, model.heads",
        "heads, model.heads",
        "epoch, training.epochs",
        "optimizer.lr, optimiser.lr",
        "lr, optimiser.lr"
    })
    void findsWhatWasMeant(String typed, String meant) {
        assertEquals(Optional.of(meant), Nearest.of(typed, KNOWN));
    }

    @Test
    void suggestsNothingFarAway() {
        assertEquals(Optional.empty(), Nearest.of("colour", KNOWN));
        assertEquals("", Nearest.hint("colour", KNOWN));
    }

    @ParameterizedTest
    @CsvSource({"kitten, sitting, 3", "abc, acb, 1", "abc, abc, 0", "ABC, abc, 0", "'', abc, 3"})
    void countsEdits(String a, String b, int edits) {
        assertEquals(edits, Nearest.edits(a, b));
    }
}
