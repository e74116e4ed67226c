package adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.bench.jmh.AttentionBench;
import adjoint.bench.jmh.DecompositionBench;
import adjoint.bench.jmh.GemmBench;
import adjoint.bench.jmh.OperationBench;
import adjoint.bench.jmh.RandomBench;
import adjoint.bench.jmh.RowBench;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.annotations.Param;

class JmhTest {
    @ParameterizedTest
    @ValueSource(
            classes = {
                GemmBench.class,
                RowBench.class,
                DecompositionBench.class,
                AttentionBench.class,
                RandomBench.class
            })
    void whatIsMeasuredIsInTheSuite(Class<? extends OperationBench> type) throws NoSuchFieldException {
        Set<String> known = Suite.of("linalg").orElseThrow().cases().stream()
                .map(Case::toString)
                .collect(Collectors.toSet());
        for (String operation :
                type.getDeclaredField("operation").getAnnotation(Param.class).value()) {
            assertTrue(known.contains(operation), operation);
        }
    }
}
