package adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunnerTest {
    /// So short that nothing is learnt from the figures.
    private static final Pace HASTY = new Pace(1_000_000, 1_000_000, 3, 1, 1_000_000);

    private final Suite suite = Suite.of("linalg").orElseThrow();

    private Row measure(Runner runner, String peer, int threads, String pattern) throws IOException {
        for (Group group : suite.groups()) {
            for (Case each : group.cases()) {
                if (each.peer().id().equals(peer) && each.threads() == threads && each.matches(pattern)) {
                    return runner.measure(group, each);
                }
            }
        }
        throw new AssertionError("no such case");
    }

    @Test
    void bothSidesInOneProcess() throws IOException {
        try (Runner runner = new Runner(suite, HASTY, Machine.here())) {
            Row row = measure(runner, "passes", 1, "gelu");
            assertEquals("", row.remark());
            assertEquals(row.theirs() / row.ours(), row.ratio(), 0.9 * row.ratio());
            assertTrue(row.low() <= row.ratio() && row.ratio() <= row.high(), row::toString);
            assertTrue(row.rounds() >= 1, row::toString);
            assertTrue(runner.versions().keySet().containsAll(List.of("Adjoint", "separate passes")));
        }
    }

    @Test
    void eachSideInItsOwnProcess() throws IOException {
        try (Runner runner = new Runner(suite, HASTY, Machine.here())) {
            Row row = measure(runner, "one-thread", 2, "gemm NN 64x");
            assertEquals("", row.remark());
            assertTrue(row.ours() > 0 && row.theirs() > 0 && row.ratio() > 0, row::toString);
        }
    }

    @Test
    void aPeerThatIsNotThereIsAbsent() {
        Peer.AbsentException absent = assertThrows(Peer.AbsentException.class, Samples.PEER::load);
        assertEquals("not built in; the Maven profile peers adds it", absent.getMessage());
        Peer broken = new Peer("broken", "Broken", Broken.class.getName());
        absent = assertThrows(Peer.AbsentException.class, broken::load);
        assertEquals("UnsatisfiedLinkError: no libbroken in java.library.path", absent.getMessage());
    }

    /// A library whose native part is missing.
    public static final class Broken implements Contender {
        public Broken() {
            throw new IllegalStateException(new UnsatisfiedLinkError("no libbroken in java.library.path\nfor long"));
        }

        @Override
        public String version() {
            throw new AssertionError("never made");
        }

        @Override
        public Optional<Task> prepare(Operation operation) {
            throw new AssertionError("never made");
        }
    }

    @Test
    void resultsThatDifferAreTold() {
        Case of = Samples.caseOf("gemm", "1×2×3");
        assertEquals("", Runner.difference(of, new double[] {1, 1e6 + 0.5}, new double[] {1.5, 1e6}));
        assertEquals(
                "differs: 2.0 here, 3.0 there, in sample 1",
                Runner.difference(of, new double[] {1, 2}, new double[] {1, 3}));
        assertEquals(
                "differs: NaN here, 1.0 there, in sample 0",
                Runner.difference(of, new double[] {Double.NaN}, new double[] {1}));
        assertEquals("differs: 1 elements here, 2 there", Runner.difference(of, new double[] {1}, new double[] {1, 2}));
    }

    @Test
    void lossesMayDifferByAnAbsoluteAmount() {
        Case curve = Suite.of("training").orElseThrow().cases().getLast();
        assertEquals(Unit.NATS, curve.operation().unit());
        assertEquals("", Runner.difference(curve, new double[] {2, 0.5}, new double[] {2.00009, 0.5}));
        assertEquals(
                "differs: 2.00011 here, 2.0 there, in sample 0",
                Runner.difference(curve, new double[] {2.00011}, new double[] {2}));
    }

    @Test
    void aDeadWorkerIsAFailureOfItsCaseAlone() throws Exception {
        WorkerProcess.Setup setup = new WorkerProcess.Setup("any", 1, Case.Vectors.WIDEST, Map.of());
        WorkerProcess worker = WorkerProcess.start(suite, setup, Machine.here());
        WorkerProcess.FailedException failed =
                assertThrows(WorkerProcess.FailedException.class, () -> worker.ask(Map.of("do", "somersault")));
        assertTrue(failed.getMessage().startsWith("no such command"), failed.getMessage());
        assertEquals(Map.of(), worker.ask(Map.of("do", "close")));
        worker.close();
        failed = assertThrows(WorkerProcess.FailedException.class, () -> worker.ask(Map.of("do", "close")));
        assertTrue(failed.getMessage().startsWith("its process ended with status"), failed.getMessage());
    }

    @Test
    void everyCaseIsThereOnceInItsGroup() {
        for (String name : Suite.names()) {
            Suite each = Suite.of(name).orElseThrow();
            for (Group group : each.groups()) {
                assertEquals(group.cases().size(), new HashSet<>(group.cases()).size(), group.title());
            }
            assertTrue(each.cases().stream().anyMatch(Case::quick), name);
        }
    }
}
