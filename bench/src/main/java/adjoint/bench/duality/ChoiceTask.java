package adjoint.bench.duality;

import adjoint.autodiff.Tensor;
import adjoint.bench.Task;
import adjoint.duality.pair.CostModel;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Pair;
import java.util.EnumMap;
import java.util.Map;

/// A pair by one execution, forward.
final class ChoiceTask implements Task {
    /// In the setting of the fastest where AUTO takes another.
    static final String OTHER = "AUTO takes ";

    /// A search ends after so many rounds in which nothing got faster, or after so long.
    private static final int PATIENCE = 8;

    private static final long LONGEST = 800_000_000;

    private final Pair pair;
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final Execution execution;
    private final String setting;
    private Tensor out;

    private ChoiceTask(Choice of, boolean searches) {
        pair = of.pair();
        q = of.rows(0);
        k = of.rows(1);
        v = of.rows(2);
        execution = searches ? fastest() : Execution.AUTO;
        setting = searches ? said(execution, CostModel.of(pair).choose(q, k, v)) : "";
    }

    static ChoiceTask auto(Choice of) {
        return new ChoiceTask(of, false);
    }

    static ChoiceTask fastest(Choice of) {
        return new ChoiceTask(of, true);
    }

    /// The fastest, and what AUTO takes where that is another one.
    private static String said(Execution fastest, Execution auto) {
        return fastest == auto ? fastest.toString() : fastest + ", " + OTHER + auto;
    }

    /// All executions take turns, until none gets faster.
    private Execution fastest() {
        Map<Execution, Long> least = new EnumMap<>(Execution.class);
        long start = System.nanoTime();
        for (int idle = 0; idle < PATIENCE && (idle < 2 || System.nanoTime() - start < LONGEST); idle++) {
            for (Execution each : pair.executions()) {
                long begin = System.nanoTime();
                pair.attend(q, k, v, null, each);
                long time = System.nanoTime() - begin;
                if (time < least.getOrDefault(each, Long.MAX_VALUE)) {
                    idle = time < 0.97 * least.getOrDefault(each, Long.MAX_VALUE) ? 0 : idle;
                    least.put(each, time);
                }
            }
        }
        return least.entrySet().stream()
                .min(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    @Override
    public void call() {
        out = pair.attend(q, k, v, null, execution);
    }

    @Override
    public Object result() {
        return out.toFloats();
    }

    @Override
    public String setting() {
        return setting;
    }
}
