package adjoint.bench.jmh;

import adjoint.autodiff.BufferPool;
import adjoint.autodiff.DType;
import adjoint.autodiff.Gradients;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What recording costs: time per recorded operation, forward and backward, on tensors so small that the arithmetic is
/// free. With `-prof gc`, `gc.alloc.rate.norm` is the bytes allocated per operation.
///
/// The figures to compare with, libtorch 2.13 called from Java on the same kind of tensors: 3.6 µs per add, 5 µs per
/// mul.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class AutodiffBench {
    private static final int CHAIN = 100;
    private static final int MLP_OPERATIONS = 6;

    private final BufferPool pool = new BufferPool();
    private final Tensor x = Tensor.uniform(Rng.of(1), 0, 1, DType.F32, 16);
    private final Tensor y = Tensor.uniform(Rng.of(2), 0.9, 1.1, DType.F32, 16);
    private final Tensor input = Tensor.normal(Rng.of(3), 0, 1, DType.F32, 32, 64);
    private final Tensor labels = Tensor.range(32, DType.I32);
    private final Tensor hiddenWeight = Tensor.normal(Rng.of(4), 0, 0.1, DType.F32, 128, 64);
    private final Tensor hiddenBias = Tensor.zeros(DType.F32, 128);
    private final Tensor outputWeight = Tensor.normal(Rng.of(5), 0, 0.1, DType.F32, 32, 128);
    private final Tensor outputBias = Tensor.zeros(DType.F32, 32);
    private final List<Tensor> parameters = List.of(hiddenWeight, hiddenBias, outputWeight, outputBias);

    /// A chain of additions of 16 elements.
    @Benchmark
    @OperationsPerInvocation(CHAIN)
    public double adds() {
        try (Tape tape = Tape.open(pool)) {
            tape.watch(x);
            Tensor h = x;
            for (int i = 0; i < CHAIN; i++) {
                h = h.add(y);
            }
            return slope(tape, h);
        }
    }

    /// A chain of multiplications of 16 elements.
    @Benchmark
    @OperationsPerInvocation(CHAIN)
    public double muls() {
        try (Tape tape = Tape.open(pool)) {
            tape.watch(x);
            Tensor h = x;
            for (int i = 0; i < CHAIN; i++) {
                h = h.mul(y);
            }
            return slope(tape, h);
        }
    }

    private double slope(Tape tape, Tensor h) {
        Gradients gradients = tape.backward(h.sum());
        return gradients.of(x).get(0);
    }

    /// Forward and backward of a perceptron 64-128-32 with GELU and cross-entropy on 32 samples.
    @Benchmark
    @OperationsPerInvocation(MLP_OPERATIONS)
    public double perceptron() {
        try (Tape tape = Tape.open(pool)) {
            tape.watch(parameters);
            Tensor h = input.linear(hiddenWeight, hiddenBias).gelu();
            Tensor loss = h.linear(outputWeight, outputBias).crossEntropy(labels);
            Gradients gradients = tape.backward(loss);
            return gradients.of(outputBias).get(0);
        }
    }
}
