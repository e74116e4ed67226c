package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Machines with AVX-512 have other vectors and other tiles than those with AVX2: here they, too, run the latter.
class NarrowVectorsTest {
    @Test
    void productsAndAttentionWithAvx2() throws Exception {
        assumeTrue(List.of("amd64", "x86_64").contains(System.getProperty("os.arch")), "only x86 processors have AVX2");
        assumeTrue(Simd.provider() == Simd.Provider.SIMD, "without vectors there are no tiles");
        List<String> options = List.of(
                "--add-modules", "jdk.incubator.vector", "-Xmx512m", "-XX:UseAVX=2", "-Dadjoint.linalg.warmup=0");
        String said = Jvm.run(NarrowVectorsProbe.class, options);
        assumeTrue(!said.contains("UseAVX=2 is not supported"), "this processor has no AVX2");
        assertEquals(0, said.lines().filter(line -> line.startsWith("Differs")).count(), said);
        assertTrue(said.contains("tiles of 2 × 4 vectors, none compiled yet"), said);
        assertTrue(said.contains("tiles of 2 × 4 vectors\n"), said);
        assertTrue(said.contains("given up 0"), said);
        Matcher count = Pattern.compile("checked (\\d+)").matcher(said);
        assertTrue(count.find() && Integer.parseInt(count.group(1)) > 1000, said);
    }
}
