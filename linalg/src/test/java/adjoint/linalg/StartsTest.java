package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Over many starts of the JVM, every chain ends up free of allocation.
///
/// What the JIT compiler C2 makes of a vector that a loop carries hangs on the profile of the vector API's own methods,
/// and that on what ran when. Every other JVM here is told to use no such profile at all: what depends on it then fails
/// in each start, and not in one of thirty.
class StartsTest {
    private static final int STARTS = 20;

    @Test
    void everyChainStaysFreeOfAllocation() throws Exception {
        assumeTrue(Simd.provider() == Simd.Provider.SIMD, "without vectors there is nothing to box");
        List<Future<String>> said = new ArrayList<>();
        try (ExecutorService two = Executors.newFixedThreadPool(2)) {
            for (int start = 0; start < STARTS; start++) {
                List<String> options = new ArrayList<>(
                        List.of("--add-modules", "jdk.incubator.vector", "-Xmx256m", "-Dadjoint.linalg.warmup=0"));
                if (start % 2 == 0) {
                    options.add("-XX:-UseTypeProfile");
                }
                String share = "" + start / 2;
                said.add(two.submit(() -> Jvm.run(StartsProbe.class, options, share, "" + STARTS / 2)));
            }
        }
        int checked = 0;
        for (Future<String> one : said) {
            String text = one.get();
            assertEquals(
                    0, text.lines().filter(line -> line.startsWith("Chain")).count(), text);
            assertTrue(text.contains("given up 0"), text);
            Matcher count = Pattern.compile("checked (\\d+)").matcher(text);
            assertTrue(count.find(), text);
            checked += Integer.parseInt(count.group(1));
        }
        assertEquals(2 * 2 * StartsProbe.chains().size(), checked);
    }
}
