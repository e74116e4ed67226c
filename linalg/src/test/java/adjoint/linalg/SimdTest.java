package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The choice of kernels is made once per JVM: each case starts one of its own, on the class path.
class SimdTest {
    private static final String FLAG = "--add-modules jdk.incubator.vector";

    /// What a JVM with those options says about itself.
    private static String run(String... options) throws IOException, InterruptedException {
        return Jvm.run(SimdProbe.class, List.of(options));
    }

    private static int count(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
    }

    @Test
    void vectorKernelsWithTheModule() throws Exception {
        String said = run("--add-modules", "jdk.incubator.vector");
        assertTrue(said.contains("simd kernels on "), said);
        assertTrue(said.contains("-bit vectors: the module jdk.incubator.vector is present and C2 is on"), said);
        assertTrue(said.contains("FloatSimdKernels DoubleSimdKernels 5.0 5.0"), said);
        assertEquals(0, count(said, FLAG), said);
    }

    @Test
    void scalarKernelsAndOneWarningWithoutIt() throws Exception {
        String said = run();
        assertTrue(
                said.contains("scalar kernels: the module jdk.incubator.vector is absent, " + FLAG + " would add it"),
                said);
        assertTrue(said.contains("FloatKernels DoubleKernels 5.0 5.0"), said);
        assertEquals(1, count(said, "WARNING"), said);
        assertEquals(1, count(said, "Start Java with " + FLAG), said);
    }

    @Test
    void scalarKernelsWithoutTheOptimisingCompiler() throws Exception {
        for (String mode : new String[] {"-Xint", "-XX:TieredStopAtLevel=1"}) {
            String said = run("--add-modules", "jdk.incubator.vector", mode);
            assertTrue(said.contains("scalar kernels: the JIT compiler C2 is off"), said);
            assertTrue(said.contains("FloatKernels DoubleKernels 5.0 5.0"), said);
        }
    }

    @Test
    void thePropertyDecides() throws Exception {
        String said = run("--add-modules", "jdk.incubator.vector", "-Dadjoint.linalg.provider=scalar");
        assertTrue(said.contains("scalar kernels: set by -Dadjoint.linalg.provider=scalar"), said);
        said = run("-Dadjoint.linalg.provider=simd");
        assertTrue(said.contains("needs the module jdk.incubator.vector: start Java with " + FLAG), said);
        said = run("-Dadjoint.linalg.provider=fast");
        assertTrue(said.contains("-Dadjoint.linalg.provider must be simd or scalar, got \"fast\""), said);
    }

    @Test
    void theNumberOfThreadsIsAProperty() throws Exception {
        assertTrue(run("-Dadjoint.threads=3").contains("threads 3"));
        assertTrue(run("-Dadjoint.threads=none").contains("-Dadjoint.threads must be a number ≥ 1, got \"none\""));
    }
}
