package adjoint.duality.pair;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;

/// Which [Execution] of a pair is expected to be the fastest, from measurements of its own executions.
///
/// Each is timed once per JVM, pair and widths (d, c), until it gets no faster, with few and many tokens and with more
/// heads, which fixes `time = fixed + perToken·N + rate·B·H·work`; the work is `N·M` for [Execution#DUAL], `N + M` for
/// the others. What fits no cache takes longer: from a fourth measurement follows the rate of work beyond that of the
/// third. That takes a few seconds, on a thread of its own, so that no tape records it. The choice hangs on the
/// clock, and so may the last bits of a result: name the execution where they matter.
///
/// Nothing is measured where there is no choice. The exact side of a random pair is none, nor are features that are
/// refused, too many monomials for instance; and where there are more than [#MOST] features, which would take long to
/// measure, [Execution#FEWEST] decides.
public final class CostModel {
    /// The most features that are measured.
    public static final int MOST = 1 << 12;

    private static final int SMALL = 64;
    private static final int LARGE = 512;
    private static final int HEADS = 4;
    /// Tokens of the measurement beyond caches, with half the heads.
    private static final int FAR = 2048;

    /// Everything is run in turn, and the shortest times count, until none has got shorter by a tenth in so many turns
    /// and for so long, or at the latest after the longest: code is no measure before it is compiled, in the
    /// background.
    private static final int IDLE = 30;

    private static final long SETTLED = 400_000_000;
    private static final long LONGEST = 5_000_000_000L;

    /// Few tokens, where methods count and not their loops, are run so many times for one of many tokens.
    private static final int REPEATS = 32;

    /// Runs beyond caches.
    private static final int FEW = 5;

    private static final Map<Pair, CostModel> MODELS = new ConcurrentHashMap<>();

    private final Pair pair;
    private final Map<Widths, Map<Execution, Line>> lines = new ConcurrentHashMap<>();

    /// Heads, and the tokens of each.
    private record Tokens(int heads, int each) {}

    private record Widths(int d, int c, DType dtype) {}

    /// In nanoseconds. What is linear in the tokens is work of each head for [Execution#DUAL], whose kernel may be made
    /// of features, and the loop over tokens, all heads at once, for the others.
    private record Line(double fixed, double perToken, double rate, double edge, double beyond) {
        static Line through(Execution execution, double few, double many, double heads, double far) {
            double work = work(execution, LARGE, LARGE);
            double perHead = Math.max(0, heads - many) / (HEADS - 1);
            boolean dual = execution == Execution.DUAL;
            double fixed = Math.max(0, many - perHead);
            double steep = (perHead / LARGE - Math.max(0, few - fixed) / SMALL) / (LARGE - SMALL);
            double rate = dual ? Math.clamp(steep, 0, perHead / work) : perHead / work;
            double perToken = dual
                    ? perHead / LARGE - rate * LARGE
                    : Math.max(0, fixed - few + rate * work(execution, SMALL, SMALL)) / (LARGE - SMALL);
            double start = Math.max(0, fixed - (dual ? 0 : perToken * LARGE));
            double more = HEADS / 2 * work(execution, FAR, FAR) - HEADS * work;
            double beyond = (far - heads) / more;
            return new Line(start, perToken, rate, HEADS * work, Math.max(rate, beyond));
        }

        double at(Execution execution, double heads, double n, double m) {
            double all = heads * work(execution, n, m);
            double outside = Math.max(0, all - edge);
            double tokens = execution == Execution.DUAL ? heads * n : n;
            return fixed + perToken * tokens + rate * (all - outside) + beyond * outside;
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
        int d = q.dim(3);
        if (pair.choices(d).size() == 1 || pair.features().orElseThrow().query().dimension(d) > MOST) {
            return pair.fewest(q, k, v);
        }
        double heads = (double) q.dim(0) * q.dim(1);
        return lines.computeIfAbsent(new Widths(d, v.dim(3), q.dtype()), this::calibrate).entrySet().stream()
                .min(Comparator.comparingDouble(e -> e.getValue().at(e.getKey(), heads, q.dim(2), k.dim(2))))
                .orElseThrow()
                .getKey();
    }

    /// What the calling thread has under way, a tape or a vmap, has no part in it.
    private Map<Execution, Line> calibrate(Widths widths) {
        try {
            return CompletableFuture.supplyAsync(
                            () -> measured(widths),
                            Thread.ofPlatform().name("adjoint-calibration").daemon()::start)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        }
    }

    private Map<Execution, Line> measured(Widths widths) {
        List<Tokens> sizes = List.of(new Tokens(1, SMALL), new Tokens(1, LARGE), new Tokens(HEADS, LARGE));
        Map<Execution, long[]> least = new EnumMap<>(Execution.class);
        for (Execution execution : pair.choices(widths.d())) {
            least.put(execution, new long[] {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE});
        }
        long begin = System.nanoTime();
        long since = begin;
        int idle = 0;
        for (long now = begin;
                (idle < IDLE || now - since < SETTLED) && now - begin < LONGEST;
                now = System.nanoTime()) {
            idle++;
            for (Map.Entry<Execution, long[]> each : least.entrySet()) {
                for (int i = 0; i < sizes.size(); i++) {
                    long before = each.getValue()[i];
                    long time = fastest(each.getKey(), widths, sizes.get(i), i == 0 ? REPEATS : 1);
                    each.getValue()[i] = Math.min(before, time);
                    if (time < before - before / 10) {
                        since = System.nanoTime();
                        idle = 0;
                    }
                }
            }
        }
        Map<Execution, Line> all = new EnumMap<>(Execution.class);
        least.forEach((execution, times) -> {
            long far = fastest(execution, widths, new Tokens(HEADS / 2, FAR), FEW);
            all.put(execution, Line.through(execution, times[0], times[1], times[2], far));
        });
        return all;
    }

    private long fastest(Execution execution, Widths widths, Tokens size, int runs) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < runs; i++) {
            least = Math.min(least, run(execution, widths, size));
        }
        return least;
    }

    private long run(Execution execution, Widths widths, Tokens size) {
        Tensor q = Tensor.normal(Rng.of(1), 0, 0.1, widths.dtype(), 1, size.heads, size.each, widths.d());
        Tensor v = Tensor.normal(Rng.of(2), 0, 1, widths.dtype(), 1, size.heads, size.each, widths.c());
        long start = System.nanoTime();
        pair.attend(q, q, v, null, execution);
        return System.nanoTime() - start;
    }

    private static double work(Execution execution, double n, double m) {
        return execution == Execution.DUAL ? n * m : n + m;
    }
}
