package adjoint.linalg.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import adjoint.linalg.Jvm;
import adjoint.linalg.Precision;
import adjoint.linalg.Simd;
import adjoint.linalg.internal.TileShape.Tile;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Over many starts of the JVM, each register tile that products use ends up free of allocation: one that the JIT
/// compiler C2 gave up on would stay in C1's code for good, twenty times slower, and make an object of each vector.
/// Every other JVM is told to use no profile of types, as in [StartsTest]. What does most of the work is compiled in
/// each
/// start; there is no time for that with all tiles, but each is compiled in one of either kind.
class TileStartsTest {
    private static final int STARTS = 20;

    @Test
    void everyTileStaysFreeOfAllocation() throws Exception {
        assumeTrue(Simd.provider() == Simd.Provider.SIMD, "without vectors there is nothing to box");
        List<Future<String>> said = new ArrayList<>();
        try (ExecutorService two = Executors.newFixedThreadPool(2)) {
            for (int start = 0; start < STARTS; start++) {
                List<String> options = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector", "-Xmx256m"));
                if (start % 2 == 0) {
                    options.add("-XX:-UseTypeProfile");
                }
                String share = "" + start;
                said.add(two.submit(() -> Jvm.run(TileStartsProbe.class, options, share, "" + STARTS)));
            }
        }
        int checked = 0;
        for (Future<String> one : said) {
            String text = one.get();
            assertEquals(
                    0, text.lines().filter(line -> line.startsWith("Allocates")).count(), text);
            assertTrue(text.contains("given up 0"), text);
            Matcher count = Pattern.compile("checked (\\d+)").matcher(text);
            assertTrue(count.find(), text);
            checked += Integer.parseInt(count.group(1));
        }
        int expected = 0;
        for (Precision precision : Precision.values()) {
            for (Tile tile : TileStartsProbe.tiles(precision)) {
                expected += TileStartsProbe.isCommon(precision, tile) ? STARTS : 2;
            }
            // The transpose.
            expected += STARTS;
        }
        assertEquals(expected, checked);
    }
}
