package adjoint.bench.jmh;

import adjoint.bench.Case;
import adjoint.bench.Suite;
import adjoint.bench.Task;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Operations of the suite `linalg` by themselves, on one thread. Any is chosen by `-p operation="gemm NT 512×512×512
/// fp32"`; `./adjoint bench linalg --list` has them all.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-Dadjoint.threads=1"})
public abstract class OperationBench {
    private Task task;

    /// What is measured, in the words of the suite's list.
    abstract String operation();

    /// Makes the operation ready.
    @Setup
    public void setUp() throws Exception {
        Suite suite = Suite.of("linalg").orElseThrow();
        Case chosen = suite.cases().stream()
                .filter(each -> each.toString().equals(operation()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no operation is called " + operation()));
        task = suite.ours().load().prepare(chosen.operation()).orElseThrow();
    }

    /// Frees what it took.
    @TearDown
    public void tearDown() {
        task.close();
    }

    /// Computes it once.
    @Benchmark
    public void run() {
        task.call();
    }
}
