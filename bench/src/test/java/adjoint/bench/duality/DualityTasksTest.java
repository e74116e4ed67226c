package adjoint.bench.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.bench.Case;
import adjoint.bench.Group;
import adjoint.bench.Operation;
import adjoint.bench.Peer;
import adjoint.bench.Row;
import adjoint.bench.Suite;
import adjoint.bench.Task;
import adjoint.bench.duality.GaussianProduct.Aspect;
import adjoint.linalg.Precision;
import adjoint.linalg.Simd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Both sides of the suite `duality` compute what its operations say, and what it reports follows from the rows.
class DualityTasksTest {
    private final Suite suite = Suite.of("duality").orElseThrow();

    private Task ours(Operation operation) throws Peer.AbsentException {
        return called(suite.ours(), operation);
    }

    private static Task called(Peer peer, Operation operation) throws Peer.AbsentException {
        Task task = peer.load().prepare(operation).orElseThrow();
        task.call();
        return task;
    }

    private Task theirs(String id, Operation operation) throws Peer.AbsentException {
        return called(
                suite.peers().stream()
                        .filter(peer -> peer.id().equals(id))
                        .findFirst()
                        .orElseThrow(),
                operation);
    }

    private static void assertAgree(Operation operation, Task ours, Task theirs) {
        double[] a = operation.sketch(ours.result());
        double[] b = operation.sketch(theirs.result());
        assertTrue(a.length > 0);
        double largest = 0;
        for (double value : b) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(b, a, operation.allowed(largest));
    }

    @Test
    void layersAreAsPreciseAsTheirNumbers() throws Exception {
        for (String mechanism : List.of("primal", "softmax", "linear", "cosformer", "favor", "nystrom")) {
            LayerPass pass = new LayerPass(mechanism, LayerPass.Aspect.TIME, 2, 16);
            double error = ((double[]) ours(pass).result())[0];
            assertTrue(error > 0 && error < 1e-4, mechanism + " " + error);
            assertAgree(pass, ours(pass), theirs("softmax", pass));
        }
        LayerPass memory = new LayerPass("primal", LayerPass.Aspect.MEMORY, 1, 512);
        double bytes = 0;
        // What was alive before may go meanwhile: scratch data on which code is compiled in the background.
        for (int i = 0; i < 20 && bytes <= 512 * 64 * 4; i++) {
            bytes = ours(memory).work().orElseThrow();
        }
        assertTrue(bytes > 512 * 64 * 4, bytes + " bytes");
        assertEquals(0, memory.sketch(null).length);
    }

    @Test
    void productsAreTheSumsTheyShouldBe() throws Exception {
        for (Precision precision : Precision.values()) {
            for (int n : new int[] {1, 100, 700}) {
                GaussianProduct product = new GaussianProduct(precision, Aspect.SPEED, n, 3);
                if (Simd.provider() == Simd.Provider.SIMD) {
                    assertAgree(product, ours(product), theirs("peak", product));
                }
                assertAgree(product, ours(product), theirs("matrix", product));
            }
            Task few = ours(new GaussianProduct(precision, Aspect.MEMORY, 4_000, 3));
            Task many = ours(new GaussianProduct(precision, Aspect.MEMORY, 8_000, 3));
            double small = Double.POSITIVE_INFINITY;
            double large = Double.POSITIVE_INFINITY;
            // The least of some calls: until C2 has compiled a method on vectors, each operation makes an object.
            for (int i = 0; i < 40 || i < 400 && large >= 2.3 * small; i++) {
                small = Math.min(small, few.work().orElseThrow());
                large = Math.min(large, many.work().orElseThrow());
            }
            assertTrue(large < 2.3 * small, "linear in the rows: " + small + ", " + large);
        }
        double matrix = theirs("matrix", new GaussianProduct(Precision.F32, Aspect.MEMORY, 1000, 3))
                .work()
                .orElseThrow();
        assertEquals(4e6, matrix);
        assertEquals(100.0 * 100 * (6 + 4 + 19), new GaussianProduct(Precision.F32, Aspect.SPEED, 100, 3).work());
    }

    @Test
    void landmarksHaveTheLeadingValues() throws Exception {
        LeadingValues values = new LeadingValues(300);
        Task ours = ours(values);
        Task theirs = theirs("matrix", values);
        assertAgree(values, ours, theirs);
        double seconds = theirs.work().orElseThrow();
        theirs.call();
        assertEquals(seconds, theirs.work().orElseThrow(), "it is timed once");
        assertEquals(2, values.unit().figure(2, 17));
    }

    @Test
    void executionsAgree() throws Exception {
        for (boolean causal : new boolean[] {false, true}) {
            for (int features : new int[] {0, 5}) {
                Choice choice = new Choice(features, causal, 2, 70, 4);
                Task fastest = theirs("fastest", choice);
                assertAgree(choice, ours(choice), fastest);
                assertTrue(fastest.setting().matches("[A-Z]+(, AUTO takes [A-Z]+)?"), fastest::setting);
            }
        }
    }

    @Test
    void findings() {
        List<Row> rows = new ArrayList<>();
        assertEquals("", Findings.lengths(rows) + Findings.memory(rows) + Findings.choices(rows));
        for (int tokens : new int[] {1024, 64, 256}) {
            LayerPass pass = new LayerPass("primal", LayerPass.Aspect.TIME, 1024 / tokens, tokens);
            rows.add(row(pass, 10, 1e-2 * tokens + 5, ""));
        }
        assertEquals(
                "faster from 1024 tokens on; time of a sequence ∝ tokens^1.00, softmax's ∝ tokens^1.51",
                Findings.lengths(rows));
        rows.remove(0);
        assertEquals("at no length faster", Findings.lengths(rows));
        rows.clear();
        for (int n : new int[] {1000, 10_000}) {
            rows.add(row(new GaussianProduct(Precision.F32, Aspect.MEMORY, n, 8), n / 100.0, n * n, ""));
        }
        assertEquals("F32: bytes ∝ rows^1.00", Findings.memory(rows));
        Choice choice = new Choice(0, false, 1, 8, 4);
        rows.add(row(choice, 1, 0.95, "DUAL, AUTO takes PRIMAL"));
        rows.add(row(choice, 1, 0.5, "DUAL, AUTO takes PRIMAL"));
        rows.add(row(choice, 1, 0.5, "DUAL"));
        assertEquals("AUTO is within 10 % of the fastest at 2 of 3 points", Findings.choices(rows));
    }

    /// Its ratio as that of times.
    private Row row(Operation operation, double ours, double theirs, String setting) {
        Case of = new Case(operation, suite.ours(), 1, Case.Vectors.WIDEST, true);
        double ratio = theirs / ours;
        return new Row("duality", "some", of, ours, theirs, ratio, ratio, ratio, 3, 0, 0, setting, "");
    }

    @Test
    void aShortRunHasEveryGroupButTheLongOne() {
        for (Group group : suite.groups()) {
            boolean quick = group.cases().stream().anyMatch(Case::quick);
            assertEquals(!group.title().startsWith("values from 200 landmarks"), quick, group.title());
        }
    }
}
