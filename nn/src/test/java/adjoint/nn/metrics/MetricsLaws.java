package adjoint.nn.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;

class MetricsLaws {
    private static final int CLASSES = 4;

    /// However a stream is cut into parts, the parts together count what the stream counts.
    @Property
    void confusionOfPartsMergesToTheWhole(
            @ForAll @NotEmpty List<@IntRange(max = CLASSES * CLASSES - 1) Integer> pairs,
            @ForAll @IntRange(min = 1, max = 5) int parts) {
        Confusion whole = new Confusion(CLASSES);
        Confusion merged = new Confusion(CLASSES);
        for (int part = 0; part < parts; part++) {
            Confusion counted = new Confusion(CLASSES);
            for (int i = part; i < pairs.size(); i += parts) {
                counted.add(pairs.get(i) / CLASSES, pairs.get(i) % CLASSES);
                whole.add(pairs.get(i) / CLASSES, pairs.get(i) % CLASSES);
            }
            merged.merge(counted);
        }
        assertEquals(pairs.size(), merged.total());
        assertEquals(whole.accuracy(), merged.accuracy());
        for (int cell = 0; cell < CLASSES * CLASSES; cell++) {
            assertEquals(whole.count(cell / CLASSES, cell % CLASSES), merged.count(cell / CLASSES, cell % CLASSES));
        }
    }

    @Property
    void aMeanOfPartsMergesToTheWhole(
            @ForAll @NotEmpty List<@IntRange(min = -100, max = 100) Integer> values,
            @ForAll @IntRange(max = 200) int cut) {
        Mean whole = new Mean();
        Mean first = new Mean();
        Mean second = new Mean();
        for (int i = 0; i < values.size(); i++) {
            whole.add(values.get(i), i + 1);
            (i < cut ? first : second).add(values.get(i), i + 1);
        }
        first.merge(second);
        // Sums of integers are exact.
        assertEquals(whole.value(), first.value());
        assertEquals(whole.weight(), first.weight());
    }
}
