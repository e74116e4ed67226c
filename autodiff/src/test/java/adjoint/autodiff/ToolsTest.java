package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Graphs, memory, hooks and profiles of a tape.
class ToolsTest {
    private final Tensor x = Tensor.of(new double[] {1, 2, 3});
    private final Tensor y = Tensor.of(new double[] {4, 5, 6});

    // ---- graphs

    private Graph graph() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor h = x.exp();
            try (Tape.Scope _ = tape.scope("layer \"0\"")) {
                h = h.mul(y);
            }
            h.sum();
            return tape.graph();
        }
    }

    @Test
    void aGraphIsReadAsText() {
        assertEquals("""
                #0  watched  F64[3]
                #1  exp      F64[3]  ← #0
                #2  mul      F64[3]  ← #1, F64[3]   in layer "0"
                #3  sum      F64[]   ← #2
                """, graph().toString());
    }

    @Test
    void aGraphIsDrawnByMermaid() {
        assertEquals("""
                flowchart TD
                    n0(["watched<br/>F64[3]"])
                    n1["exp<br/>F64[3]"]
                    n3["sum<br/>F64[]"]
                    subgraph s0["layer '0'"]
                        n2["mul<br/>F64[3]"]
                    end
                    n0 --> n1
                    n1 --> n2
                    n2 --> n3
                """, graph().toMermaid());
    }

    @Test
    void aGraphIsDrawnByGraphviz() {
        assertEquals("""
                digraph tape {
                    node [shape=box];
                    n0 [label="watched\\nF64[3]", shape=ellipse];
                    n1 [label="exp\\nF64[3]"];
                    n3 [label="sum\\nF64[]"];
                    subgraph cluster0 {
                        label="layer '0'";
                        n2 [label="mul\\nF64[3]"];
                    }
                    n0 -> n1;
                    n1 -> n2;
                    n2 -> n3;
                }
                """, graph().toDot());
    }

    @Test
    void anEmptyTapeHasAnEmptyGraph() {
        try (Tape tape = Tape.open()) {
            assertEquals("", tape.graph().toText());
            assertEquals("flowchart TD\n", tape.graph().toMermaid());
        }
    }

    // ---- memory

    @Test
    void memoryIsListedByOperation() {
        BufferPool pool = new BufferPool();
        Tensor big = Tensor.ones(DType.F32, 16, 64);
        try (Tape tape = Tape.open(pool)) {
            tape.watch(big);
            big.exp().tanh().reshape(64, 16).tanh();
            assertEquals(
                    new Memory(
                            12288,
                            12288,
                            List.of(new Memory.Holder("tanh", 2, 8192), new Memory.Holder("exp", 1, 4096))),
                    tape.memory());
            assertEquals("""
                    held 12.3 kB, at most 12.3 kB
                          8192 B in 2 × tanh
                          4096 B in 1 × exp
                    """, tape.memory().toString());
        }
        assertEquals(0, pool.heldBytes());
        assertEquals(12288, pool.peakBytes());
        pool.resetPeak();
        assertEquals(0, pool.peakBytes());
    }

    @Test
    void gradientsCountAsMemory() {
        try (Tape tape = Tape.open(new BufferPool())) {
            tape.watch(x);
            tape.backward(x.exp().sum());
            assertTrue(
                    tape.memory().holders().contains(new Memory.Holder("gradients", 1, 24)), tape.memory()::toString);
        }
    }

    // ---- hooks on tensors

    @Test
    void aHookSeesTheWholeGradientAndMayReplaceIt() {
        List<double[]> seen = new ArrayList<>();
        try (Tape tape = Tape.open()) {
            tape.watch(x, y);
            Tensor h = x.mul(2);
            tape.onGradient(h, g -> {
                seen.add(g.toDoubles());
                return g.mul(10);
            });
            tape.onGradient(h, g -> {
                seen.add(g.toDoubles());
                return g;
            });
            Gradients g = tape.backward(h.mul(y).add(h).sum());
            assertArrayEquals(new double[] {5, 6, 7}, seen.get(0));
            assertArrayEquals(new double[] {50, 60, 70}, seen.get(1));
            assertArrayEquals(new double[] {100, 120, 140}, g.of(x).toDoubles());
            assertArrayEquals(new double[] {2, 4, 6}, g.of(y).toDoubles());
        }
        assertEquals(2, seen.size());
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    @Test
    void aHookOnAWatchedTensorComesBeforeTheSink() {
        for (boolean adds : new boolean[] {false, true}) {
            double[] target = {1, 1, 1};
            double[] unused = {1, 1, 1};
            GradientSink sink = new GradientSink() {
                @Override
                public Tensor target(Tensor leaf) {
                    return Tensor.wrap(leaf == x ? target : unused, 0, Shape.of(3));
                }

                @Override
                public boolean adds() {
                    return adds;
                }
            };
            try (Tape tape = Tape.open()) {
                tape.watch(x, y);
                tape.onGradient(x, g -> g.neg());
                tape.onGradient(y, g -> Tensor.ones(DType.F64, 3));
                tape.backward(x.square().add(x).sum(), sink);
            }
            assertArrayEquals(adds ? new double[] {-2, -4, -6} : new double[] {-3, -5, -7}, target);
            assertArrayEquals(adds ? new double[] {1, 1, 1} : new double[3], unused, "no gradient, no call");
        }
    }

    @Test
    void aHookOnTheGradientIsDifferentiatedWithIt() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor h = x.square();
            tape.onGradient(h, g -> g.mul(x));
            Tensor gradient = tape.gradients(h.sum(), List.of(x)).getFirst();
            assertArrayEquals(new double[] {2, 8, 18}, gradient.toDoubles());
            assertArrayEquals(
                    new double[] {4, 8, 12},
                    tape.gradients(gradient.sum(), List.of(x)).getFirst().toDoubles());
        }
    }

    @Test
    void aHookMayReturnTheGradientOrAViewOfIt() {
        for (Function<Tensor, Tensor> hook : List.<Function<Tensor, Tensor>>of(
                g -> g, g -> g.reshape(3, 1).reshape(3), g -> g.slice(0, 0, 1).expand(3))) {
            try (Tape tape = Tape.open()) {
                tape.watch(x);
                Tensor h = x.exp();
                tape.onGradient(h, hook::apply);
                Tensor loss = h.mul(3).sum();
                double[] expected = x.exp().mul(3).toDoubles();
                assertArrayEquals(expected, tape.backward(loss).of(x).toDoubles(), 1e-12);
            }
        }
    }

    @Test
    void hooksOnWhatHasNoGradientAreRefused() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            assertEquals(
                    "onGradient: the tensor F64[3] is not recorded: it was made outside the tape, or before its arguments were"
                            + " watched, or detached",
                    assertThrows(IllegalArgumentException.class, () -> tape.onGradient(y, g -> g))
                            .getMessage());
        }
    }

    @Test
    void aHookMustReturnAGradient() {
        assertEquals(
                "onGradient: a hook must return a gradient like the one it was given, F64[3], got null",
                wrongHook(null));
        assertEquals(
                "onGradient: a hook must return a gradient like the one it was given, F64[3], got F32[2]",
                wrongHook(Tensor.ones(DType.F32, 2)));
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    private String wrongHook(Tensor result) {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            tape.onGradient(x, _ -> result);
            Tensor loss = x.exp().sum();
            return assertThrows(ShapeError.class, () -> tape.backward(loss)).getMessage();
        }
    }

    // ---- hooks on operations

    @Test
    void operationsAreSeenBeforeAndAfter() {
        List<String> seen = new ArrayList<>();
        List<Tensor> kept = new ArrayList<>();
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            x.neg();
            tape.onOperation(new OperationHook() {
                @Override
                public void beforeForward(Operation operation) {
                    assertNull(operation.output());
                    seen.add("before " + operation.number() + " " + operation.op() + " in " + operation.scope());
                }

                @Override
                public void afterForward(Operation operation) {
                    kept.add(operation.output().add(0).sum());
                    seen.add("after " + operation.number() + " " + operation.op() + " of "
                            + operation.inputs().size());
                }

                @Override
                public void afterBackward(Operation operation) {
                    kept.add(operation.gradient().add(0).sum());
                    seen.add("backward " + operation.number() + " " + operation.op());
                }
            });
            Tensor h;
            try (Tape.Scope _ = tape.scope("layer")) {
                h = x.mul(y);
            }
            y.exp();
            tape.backward(h.sum());
        }
        assertEquals(
                List.of(
                        "before 2 mul in layer",
                        "after 2 mul of 2",
                        "before 3 sum in null",
                        "after 3 sum of 1",
                        "backward 3 sum",
                        "backward 2 mul"),
                seen);
        assertEquals(
                List.of(32.0, 32.0, 1.0, 3.0), kept.stream().map(Tensor::item).toList(), "results outlive the tape");
    }

    // ---- profiles

    @Test
    void aProfileCountsOperationsForwardAndBackward() {
        Tensor weight = Tensor.ones(DType.F64, 5, 3);
        Profile profile = Profile.measure(() -> {
            try (Tape tape = Tape.open(new BufferPool())) {
                tape.watch(x, weight);
                Tensor h = x.unsqueeze(0).linear(weight, null).exp().exp();
                return tape.backward(h.sum()).of(x).toDoubles();
            }
        });
        Map<String, Profile.Entry> entries = profile.entries().stream()
                .collect(Collectors.toMap(entry -> entry.operation() + (entry.backward() ? "'" : ""), entry -> entry));
        assertEquals(2, entries.get("exp").calls());
        assertEquals(2, entries.get("exp'").calls());
        assertEquals(1, entries.get("linear").calls());
        assertEquals(2 * 15, entries.get("linear").cost().flops());
        assertEquals(4 * 15, entries.get("linear'").cost().flops(), "both gradients");
        assertTrue(profile.nanos() > 0);
        assertTrue(profile.memory().peak() >= 3 * 5 * 8, profile.memory()::toString);
        assertEquals(
                profile.memory().held(),
                profile.memory().holders().stream()
                        .mapToLong(Memory.Holder::bytes)
                        .sum());
        String table = profile.toString();
        assertTrue(
                table.startsWith("operation             calls       time      share    GFLOP/s       GB/s\n"), table);
        assertTrue(table.contains("\nlinear backward "), table);
        assertTrue(table.contains("\nelapsed "), table);
    }

    @Test
    void aProfileSeesOtherThreads() {
        Profile profile = Profile.measure(() -> {
            Thread thread = new Thread(() -> x.exp());
            thread.start();
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return null;
        });
        assertTrue(
                profile.entries().stream().anyMatch(entry -> entry.operation().equals("exp")), profile::toString);
    }

    @Test
    void thereIsOneProfileAtATime() {
        Profile.measure(() -> {
            assertEquals(
                    "a profile is being taken already; there is one at a time",
                    assertThrows(IllegalStateException.class, () -> Profile.measure(() -> null))
                            .getMessage());
            return null;
        });
        assertThrows(ShapeError.class, () -> Profile.measure(() -> x.add(Tensor.ones(DType.F64, 2))));
        assertEquals(List.of(), Profile.measure(() -> null).entries(), "after an error, too");
    }
}
