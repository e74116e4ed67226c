package adjoint.bench.training;

import adjoint.bench.Case;
import adjoint.bench.Group;
import adjoint.bench.Peer;
import adjoint.bench.Suite;
import adjoint.bench.training.Sequences.Mechanism;
import adjoint.bench.training.TrainingStep.Aspect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What `adjoint bench training` measures: training steps of whole models, beside libtorch at its best setting for as
/// many threads.
public final class TrainingSuite implements Suite.Source {
    private static final String OURS = Adjoint.class.getName();
    private static final String THEIRS = "adjoint.bench.peers.TorchTraining";
    private static final Peer ADJOINT = new Peer("adjoint", "Adjoint", OURS);
    private static final Peer ONE_THREAD = new Peer("one-thread", "Adjoint, 1 thread", OURS, 1, Map.of());
    private static final Peer LIBTORCH = new Peer("libtorch", "libtorch", THEIRS);
    /// In a process of its own, in which large blocks are given back to the system when they are freed.
    private static final Peer LIBTORCH_MEMORY = new Peer(
            "libtorch-memory",
            "libtorch, alone",
            THEIRS,
            1,
            Map.of("MALLOC_MMAP_MAX_", "65536", "MALLOC_MMAP_THRESHOLD_", "65536"));
    private static final double NONE = Double.NaN;

    private static final Sequences SERIES = Sequences.series(512, 0.1);
    private static final Sequences SERIES_WIDE = Sequences.series(2048, 0.1);
    private static final Sequences SERIES_PLAIN = Sequences.series(512, 0);
    private static final Sequences ARENA = Sequences.arena(32, 1024, 0.1, 0);
    private static final Sequences ARENA_DROPS = Sequences.arena(32, 1024, 0.1, 0.1);
    private static final Sequences ARENA_LONG = Sequences.arena(4, 4096, 0.1, 0);
    private static final Sequences TINY = Sequences.tiny(0.1);
    private static final Sequences TINY_PLAIN = Sequences.tiny(0);
    private static final Recurrences LSTM = new Recurrences(32, 100, 32, 128);
    private static final Images GREY = new Images(64, 1, 28, 7, 0.1);
    private static final Images COLOUR = new Images(64, 3, 32, 4, 0.1);

    @Override
    public String name() {
        return "training";
    }

    @Override
    public Suite create() {
        List<Group> groups = new ArrayList<>();
        groups.add(time("time series, dropout", 1.3, SERIES, List.of(SERIES, SERIES_WIDE)));
        groups.add(
                time("time series, no dropout", 1.05, SERIES_PLAIN, List.of(SERIES_PLAIN, Sequences.series(2048, 0))));
        groups.add(time("time series, Primal-Attention", 1.5, null, List.of(primal(SERIES))));
        groups.add(time("time series, Primal-Attention beside softmax", 1.5, null, List.of(instead(SERIES))));
        groups.add(time("long sequences, attention dropout", 6, null, List.of(ARENA_DROPS)));
        groups.add(time("long sequences, no attention dropout", 1.3, null, List.of(ARENA, ARENA_LONG)));
        groups.add(time("long sequences, Primal-Attention", 2.5, null, List.of(primal(ARENA), primal(ARENA_LONG))));
        groups.add(time(
                "long sequences, Primal-Attention beside softmax",
                2.5,
                null,
                List.of(instead(ARENA), instead(ARENA_LONG))));
        groups.add(time("tiny, dropout", 4, TINY, List.of(TINY)));
        groups.add(time("tiny, no dropout", 1.7, null, List.of(TINY_PLAIN)));
        groups.add(time("LSTM", 1.3, LSTM, List.of(LSTM)));
        groups.add(time("vision transformers", 1.2, null, List.of(GREY, COLOUR)));
        groups.add(cases("2 threads beside 1", 1.8, Aspect.TIME, ONE_THREAD, 2, SERIES, alone()));
        groups.add(cases(
                "peak memory",
                NONE,
                Aspect.MEMORY,
                LIBTORCH_MEMORY,
                1,
                SERIES,
                List.of(SERIES, primal(SERIES), ARENA, ARENA_DROPS, primal(ARENA), TINY, LSTM, GREY)));
        groups.add(cases("loss curves", NONE, Aspect.CURVE, LIBTORCH, 1, TINY_PLAIN, curves()));
        return new Suite(name(), ADJOINT, List.copyOf(groups));
    }

    private static List<Workload> alone() {
        return List.of(SERIES, SERIES_WIDE, primal(SERIES), ARENA, ARENA_DROPS, primal(ARENA), TINY, LSTM, GREY);
    }

    private static List<Workload> curves() {
        Sequences small = Sequences.arena(4, 1024, 0, 0);
        return List.of(
                SERIES_PLAIN,
                Sequences.series(2048, 0),
                primal(SERIES_PLAIN),
                small,
                primal(small),
                Sequences.arena(1, 4096, 0, 0),
                TINY_PLAIN,
                LSTM,
                new Images(64, 1, 28, 7, 0));
    }

    private static Sequences primal(Sequences of) {
        return of.with(Mechanism.PRIMAL, Mechanism.PRIMAL);
    }

    private static Sequences instead(Sequences of) {
        return of.with(Mechanism.PRIMAL, Mechanism.SOFTMAX);
    }

    /// A step's time beside libtorch's, with one thread and with two.
    private static Group time(String title, double each, Workload quick, List<? extends Workload> workloads) {
        List<Case> cases = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            cases.addAll(cases(title, each, Aspect.TIME, LIBTORCH, threads, quick, workloads)
                    .cases());
        }
        return new Group(title, each, NONE, cases);
    }

    private static Group cases(
            String title,
            double each,
            Aspect aspect,
            Peer peer,
            int threads,
            Workload quick,
            List<? extends Workload> workloads) {
        List<Case> cases = new ArrayList<>();
        for (Workload workload : workloads) {
            cases.add(new Case(
                    new TrainingStep(workload, aspect), peer, threads, Case.Vectors.WIDEST, workload.equals(quick)));
        }
        return new Group(title, each, NONE, cases);
    }
}
