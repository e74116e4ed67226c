package adjoint.duality.pair;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Which [Execution] of a pair is expected to be the fastest, from measurements of its own executions.
///
/// Each is timed once per JVM, pair and widths (d, c) at two small sizes, which fixes `time = overhead + rate·work`,
/// with
/// `work = B·H·N·M` for [Execution#DUAL] and `B·H·(N + M)` for the others. The choice hangs on the clock, and so may
/// the
/// last bits of a result: name the execution where they matter.
public final class CostModel {
    private static final int SMALL = 64;
    private static final int LARGE = 512;
    private static final int REPETITIONS = 5;
    private static final Map<Pair, CostModel> MODELS = new ConcurrentHashMap<>();

    private final Pair pair;
    private final Map<Widths, Map<Execution, Line>> lines = new ConcurrentHashMap<>();

    private record Widths(int d, int c, DType dtype) {}

    /// `overhead + rate·work`, in nanoseconds.
    private record Line(double overhead, double rate) {
        double at(double work) {
            return overhead + rate * work;
        }
    }

    private CostModel(Pair pair) {
        this.pair = pair;
    }

    /// The model of a pair, the same one for the life of the JVM.
    public static CostModel of(Pair pair) {
        return MODELS.computeIfAbsent(pair, CostModel::new);
    }

    /// The execution with the least expected time.
    public Execution choose(Tensor q, Tensor k, Tensor v) {
        Execution best = Execution.DUAL;
        double least = Double.POSITIVE_INFINITY;
        for (Execution execution : pair.executions()) {
            double time = nanoseconds(execution, q, k, v);
            if (time < least) {
                least = time;
                best = execution;
            }
        }
        return best;
    }

    /// The expected time of the pass forward.
    public double nanoseconds(Execution execution, Tensor q, Tensor k, Tensor v) {
        Widths widths = new Widths(q.dim(3), v.dim(3), q.dtype());
        return lines.computeIfAbsent(widths, this::calibrate)
                .get(execution)
                .at(work(execution, q.dim(0) * q.dim(1), q.dim(2), k.dim(2)));
    }

    private Map<Execution, Line> calibrate(Widths widths) {
        Map<Execution, Line> all = new EnumMap<>(Execution.class);
        for (Execution execution : pair.executions()) {
            measure(execution, widths, SMALL);
            measure(execution, widths, LARGE);
            double small = measure(execution, widths, SMALL);
            double large = measure(execution, widths, LARGE);
            double from = work(execution, 1, SMALL, SMALL);
            double rate = Math.max(0, large - small) / (work(execution, 1, LARGE, LARGE) - from);
            all.put(execution, new Line(Math.max(0, small - rate * from), rate));
        }
        return all;
    }

    private double measure(Execution execution, Widths widths, int n) {
        Tensor q = Tensor.normal(Rng.of(1), 0, 0.1, widths.dtype(), 1, 1, n, widths.d());
        Tensor v = Tensor.normal(Rng.of(2), 0, 1, widths.dtype(), 1, 1, n, widths.c());
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < REPETITIONS; i++) {
            long start = System.nanoTime();
            pair.attend(q, q, v, null, execution);
            least = Math.min(least, System.nanoTime() - start);
        }
        return least;
    }

    private static double work(Execution execution, double heads, double n, double m) {
        return heads * (execution == Execution.DUAL ? n * m : n + m);
    }
}
