package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class TapeTest {
    private final Tensor x = Tensor.of(new double[] {1, 2, 3});
    private final Tensor y = Tensor.of(new double[] {4, 5, 6});

    @Test
    void gradientsOfWatchedTensors() {
        try (Tape tape = Tape.open()) {
            tape.watch(x, y);
            Gradients g = tape.backward(x.mul(y).sum());
            assertArrayEquals(new double[] {4, 5, 6}, g.of(x).toDoubles());
            assertArrayEquals(new double[] {1, 2, 3}, g.of(y).toDoubles());
        }
    }

    @Test
    void aWatchedTensorThatIsNotUsedHasTheGradientZero() {
        try (Tape tape = Tape.open()) {
            tape.watch(x, y);
            Gradients g = tape.backward(x.sum());
            assertArrayEquals(new double[3], g.of(y).toDoubles());
        }
    }

    @Test
    void theRootMayBeWatchedItself() {
        Tensor scalar = Tensor.scalar(3, DType.F64);
        double[] target = {7};
        try (Tape tape = Tape.open()) {
            tape.watch(scalar);
            assertEquals(1, tape.backward(scalar).of(scalar).item());
        }
        try (Tape tape = Tape.open()) {
            tape.watch(scalar);
            tape.backward(scalar, _ -> Tensor.wrap(target, 0, Shape.SCALAR));
        }
        assertEquals(1, target[0]);
    }

    @Test
    void aSeedWeighsTheRoot() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Gradients g = tape.backward(x.square(), y);
            assertArrayEquals(new double[] {8, 20, 36}, g.of(x).toDoubles());
        }
    }

    @Test
    void aSeedIsNotTouched() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor seed = y.add(1);
            double[] before = seed.toDoubles();
            tape.backward(x.tanh().tanh(), seed);
            assertArrayEquals(before, seed.toDoubles());
        }
    }

    @Test
    void readingIsNotRecorded() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            x.exp().toFloats();
            assertEquals(2, tape.recorded());
        }
    }

    @Test
    void anErrorWhileDifferentiatingLeavesNothingBehind() {
        try (Tape tape = Tape.open()) {
            tape.watch(x, y);
            Tensor loss = x.mul(y).sum();
            assertThrows(IllegalArgumentException.class, () -> tape.gradients(loss, List.of(x, x.detach())));
            List<Tensor> g = tape.gradients(loss, List.of(x));
            assertArrayEquals(new double[] {4, 5, 6}, g.getFirst().toDoubles());
        }
    }

    @Test
    void whatNoGradientNeedsIsNotRecorded() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            y.exp().mul(y).sum();
            x.greater(y).mul(y);
            assertEquals(1, tape.recorded());
            x.mul(y);
            assertEquals(2, tape.recorded());
            x.mul(y).detach().exp();
            assertEquals(3, tape.recorded());
        }
    }

    @Test
    void nothingIsRecordedOutsideOrAfterBackward() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            tape.backward(x.sum());
            int recorded = tape.recorded();
            x.exp();
            assertEquals(recorded, tape.recorded());
        }
    }

    @Test
    void sinksAreOverwrittenOrAddedTo() {
        for (boolean adds : new boolean[] {false, true}) {
            double[] target = {10, 20, 30, 40};
            double[] unused = {Double.NaN, 7, 7};
            GradientSink sink = new GradientSink() {
                @Override
                public Tensor target(Tensor leaf) {
                    return leaf == x ? Tensor.wrap(target, 1, Shape.of(3)) : Tensor.wrap(unused, 0, Shape.of(3));
                }

                @Override
                public boolean adds() {
                    return adds;
                }
            };
            try (Tape tape = Tape.open()) {
                tape.watch(x, y);
                tape.backward(x.mul(2).add(x.square()).sum(), sink);
            }
            double[] expected = adds ? new double[] {10, 24, 36, 48} : new double[] {10, 4, 6, 8};
            assertArrayEquals(expected, target);
            assertArrayEquals(adds ? new double[] {Double.NaN, 7, 7} : new double[3], unused);
        }
    }

    @Test
    void aSinkMayNotWantALeaf() {
        try (Tape tape = Tape.open()) {
            tape.watch(x, y);
            double[] target = new double[3];
            tape.backward(x.mul(y).sum(), leaf -> leaf == x ? Tensor.wrap(target, 0, Shape.of(3)) : null);
            assertArrayEquals(new double[] {4, 5, 6}, target);
        }
    }

    @Test
    void aSinkOfTheWrongShapeIsRefused() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor loss = x.sum();
            assertMessage(
                    "backward: the target of the gradient of F64[3] must be contiguous, of the same dtype and shape,"
                            + " got F32[3]",
                    () -> tape.backward(loss, _ -> Tensor.zeros(DType.F32, 3)));
        }
    }

    @Test
    void aLinearLayerWritesItsGradientsInPlace() {
        Rng key = Rng.of(1);
        Tensor input = Tensor.normal(key.child(0), 0, 1, DType.F32, 5, 4);
        Tensor weight = Tensor.normal(key.child(1), 0, 1, DType.F32, 3, 4);
        Tensor bias = Tensor.normal(key.child(2), 0, 1, DType.F32, 3);
        Map<Tensor, Tensor> targets = new IdentityHashMap<>();
        targets.put(weight, Tensor.full(Double.NaN, DType.F32, 3, 4));
        targets.put(bias, Tensor.full(Double.NaN, DType.F32, 3));
        BufferPool pool = new BufferPool();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(weight, bias);
            tape.backward(input.linear(weight, bias).sum(), targets::get);
        }
        Close.assertClose("bias", Tensor.full(5, DType.F32, 3), targets.get(bias), 0);
        Close.assertClose("weight", input.sum(0).expand(3, 4), targets.get(weight), 1e-6);
    }

    @Test
    void aPoolGetsEverythingBack() {
        BufferPool pool = new BufferPool();
        for (int i = 0; i < 3; i++) {
            try (Tape tape = Tape.open(pool)) {
                tape.watch(x);
                Tensor h = x.unsqueeze(0)
                        .matmul(Tensor.ones(DType.F64, 3, 5))
                        .gelu()
                        .layerNorm(null, null, 1e-5);
                h = h.add(h.dropout(0.5, Rng.of(i))).softmax(-1);
                Tensor loss = Tensor.concat(0, h.slice(1, 0, 2), h.slice(1, 2, 4))
                        .transpose(0, 1)
                        .square()
                        .sum();
                tape.backward(loss);
                assertTrue(pool.outstanding() > 0);
                assertEquals(loss.item(), loss.item());
            }
            assertEquals(0, pool.outstanding());
        }
        long bytes = pool.bytes();
        try (Tape tape = Tape.open(pool)) {
            tape.watch(x);
            x.exp();
        }
        assertEquals(bytes, pool.bytes(), "a warm pool makes no new buffers");
    }

    @Test
    void aPoolGetsEverythingBackAfterAnError() {
        BufferPool pool = new BufferPool();
        assertThrows(ShapeError.class, () -> {
            try (Tape tape = Tape.open(pool)) {
                tape.watch(x);
                x.exp().add(Tensor.zeros(DType.F64, 4));
            }
        });
        assertEquals(0, pool.outstanding());
        assertEquals(0, Tape.current() == null ? 0 : 1);
    }

    @Test
    void buffersAreGivenBackDuringBackward() {
        BufferPool pool = new BufferPool();
        Tensor big = Tensor.ones(DType.F32, 1000);
        try (Tape tape = Tape.open(pool)) {
            tape.watch(big);
            Tensor h = big;
            for (int i = 0; i < 20; i++) {
                h = h.tanh();
            }
            Tensor loss = h.sum();
            int before = pool.outstanding();
            long bytes = pool.bytes();
            tape.backward(loss);
            assertTrue(pool.outstanding() <= 3, "of " + before + " are left " + pool.outstanding());
            assertTrue(pool.bytes() <= bytes + 2 * 1024 * 4, "backward took " + (pool.bytes() - bytes) + " bytes more");
        }
    }

    @Test
    void aTensorIsGoneWithItsTape() {
        Tensor kept;
        Tensor gone;
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            gone = x.exp();
            kept = tape.keep(gone);
        }
        assertEquals(Math.exp(2), kept.get(1), 1e-15);
        String message =
                "the values of this tensor F64[3] are gone: its tape has been closed, or its backward went past"
                        + " it; keep(…) what is to be read afterwards";
        assertMessage(message, gone::toDoubles);
        assertMessage(message, () -> gone.add(1));
        assertEquals("closed F64[3]", gone.toString());
    }

    @Test
    void aTensorIsGoneThoughItsBufferIsInUseAgain() {
        BufferPool pool = new BufferPool();
        Tensor gone;
        try (Tape tape = Tape.open(pool)) {
            tape.watch(x);
            gone = x.exp();
        }
        try (Tape tape = Tape.open(pool)) {
            tape.watch(x);
            Tensor successor = x.neg();
            assertSame(gone.storage, successor.storage);
            assertThrows(IllegalStateException.class, () -> gone.get(0));
            assertEquals(-1, successor.get(0));
        }
    }

    @Test
    void theRootOutlivesBackward() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor h = x.exp();
            Tensor loss = h.sum();
            double value = loss.item();
            tape.backward(loss);
            assertEquals(value, loss.item());
            assertThrows(IllegalStateException.class, h::toDoubles);
        }
    }

    @Test
    void backwardConsumesTheTape() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor loss = x.sum();
            tape.backward(loss);
            assertMessage("backward: the tape has been consumed by an earlier backward", () -> tape.backward(loss));
        }
    }

    @Test
    void rootsWithoutGradientSayWhy() {
        try (Tape tape = Tape.open()) {
            assertMessage(
                    "backward: the tensor F64[] is not recorded: the tape watches nothing; watch the inputs before"
                            + " computing with them",
                    () -> tape.backward(x.sum()));
            tape.watch(x);
            assertMessage(
                    "backward: the tensor F64[] is not recorded: it was computed on this tape, but there is no path to it"
                            + " from a watched tensor, or only one that detach, an integer or a comparison has stopped",
                    () -> tape.backward(x.detach().sum()));
            Tensor outside = Tensor.scalar(2, DType.F64);
            assertMessage(
                    "backward: the tensor F64[] is not recorded: it was made outside the tape, or before its arguments"
                            + " were watched, or detached",
                    () -> tape.backward(outside));
            assertMessage(
                    "gradients: the tensor F64[3] is not recorded: it was made outside the tape, or before its arguments"
                            + " were watched, or detached",
                    () -> tape.gradients(x.sum(), List.of(y)));
            try (Tape inner = Tape.open()) {
                inner.watch(y);
                Tensor foreign = tape.inside(() -> x.sum());
                assertMessage(
                        "backward: the tensor F64[] is not recorded: it is a result of another tape, for this one a"
                                + " constant; watch it",
                        () -> inner.backward(foreign));
            }
            assertMessage(
                    "backward: the root has shape [3], only a single number has a gradient; sum it, or give a seed",
                    () -> tape.backward(x.exp()));
            assertMessage(
                    "backward: the seed [2] must have the root's shape [3]",
                    () -> tape.backward(x.exp(), Tensor.ones(DType.F64, 2)));
            Gradients g = tape.backward(x.sum());
            assertMessage(
                    "the tensor F64[3] is not watched by the tape: call watch before computing with it", () -> g.of(y));
        }
    }

    @Test
    void onlyFloatingPointLeavesOfThisTapeCanBeWatched() {
        try (Tape tape = Tape.open()) {
            assertMessage(
                    "watch: only F32 and F64 tensors have gradients, got I32[2]",
                    () -> tape.watch(Tensor.ofInts(new int[] {1, 2})));
            tape.watch(x);
            Tensor result = x.exp();
            assertMessage(
                    "watch: the tensor is a result of exp, which this tape has recorded already;"
                            + " gradients(loss, tensors) gives its gradient",
                    () -> tape.watch(result));
            tape.watch(x);
            assertEquals(2, tape.recorded());
        }
    }

    @Test
    void aTapeBelongsToItsThread() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor result = x.exp();
            String owner = Thread.currentThread().getName();
            String text = elsewhere(() -> tape.watch(y));
            assertTrue(text.startsWith("this tape belongs to thread " + owner + ", not to "), text);
            assertTrue(elsewhere(() -> {
                        try (Tape _ = Tape.open()) {
                            result.add(1);
                        }
                    })
                    .startsWith("a result of exp[3] belongs to a tape of thread " + owner));
        }
    }

    @Test
    void aPoolServesOneThreadAtATime() {
        BufferPool pool = new BufferPool();
        try (Tape _ = Tape.open(pool)) {
            String text = elsewhere(() -> Tape.open(pool).close());
            assertEquals(
                    "this BufferPool has a tape open on thread "
                            + Thread.currentThread().getName() + ": give each thread a pool of its own",
                    text);
        }
        elsewhere(() -> {
            Tape.open(pool).close();
            throw new IllegalStateException();
        });
    }

    @Test
    void leavesMayBeSharedByTapesOfSeveralThreads() throws Exception {
        List<CompletableFuture<double[]>> runs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            double factor = i;
            runs.add(CompletableFuture.supplyAsync(() -> {
                double[] gradient = null;
                for (int k = 0; k < 200; k++) {
                    try (Tape tape = Tape.open()) {
                        tape.watch(x);
                        Gradients g = tape.backward(x.square().mul(factor).sum());
                        gradient = g.of(x).toDoubles();
                    }
                }
                return gradient;
            }));
        }
        for (int i = 0; i < 4; i++) {
            assertArrayEquals(new double[] {2 * i, 4 * i, 6 * i}, runs.get(i).get());
        }
    }

    @Test
    void anInnerTapeSeesTensorsOfTheOuterAsConstants() {
        try (Tape outer = Tape.open()) {
            outer.watch(x);
            Tensor h = x.square();
            try (Tape inner = Tape.open()) {
                inner.watch(y);
                Gradients g = inner.backward(h.mul(y).sum());
                assertArrayEquals(new double[] {1, 4, 9}, g.of(y).toDoubles());
                assertMessage("close the tape that was opened last first", outer::close);
            }
            Gradients g = outer.backward(h.sum());
            assertArrayEquals(new double[] {2, 4, 6}, g.of(x).toDoubles());
        }
    }

    @Test
    void aClosedTapeIsClosed() {
        Tape tape = Tape.open();
        tape.close();
        tape.close();
        assertMessage("the tape is closed", () -> tape.watch(x));
        assertMessage("the tape is closed", tape::recorded);
    }

    @Test
    void theFirstNonFiniteResultIsNamed() {
        try (Tape tape = Tape.open()) {
            Tensor positive = Tensor.of(new double[] {1, 0, 2});
            tape.watch(positive);
            try (Tape.Scope _ = tape.scope("encoder.layers.0")) {
                Tensor h = positive.add(1);
                try (Tape.Scope _ = tape.scope("encoder.layers.0.norm")) {
                    h = h.sub(1).log();
                }
                h.exp();
            }
            assertEquals(
                    "op #3 `log` [3] of [3] in encoder.layers.0.norm",
                    tape.firstNonFinite().orElseThrow());
        }
    }

    @Test
    void aWatchedTensorMayBeTheFirstNonFinite() {
        try (Tape tape = Tape.open()) {
            Tensor bad = Tensor.of(new double[] {1, Double.NaN});
            tape.watch(x, bad);
            bad.add(1);
            assertEquals("the watched tensor #1 [2]", tape.firstNonFinite().orElseThrow());
        }
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor constant = Tensor.of(new double[] {1, Double.POSITIVE_INFINITY, 0});
            x.unsqueeze(1).mul(constant.unsqueeze(1)).transpose(0, 1);
            assertEquals(
                    "op #2 `mul` [3, 1] of [3, 1], [3, 1] (not finite)",
                    tape.firstNonFinite().orElseThrow());
        }
    }

    @Test
    void finiteValuesAreNoFinding() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            x.exp().transpose(0, 0).sum();
            assertFalse(tape.firstNonFinite().isPresent());
        }
    }

    @Test
    void gradientsAreRecordedThemselves() {
        try (Tape tape = Tape.open()) {
            tape.watch(x, y);
            Tensor h = x.square();
            Tensor loss = h.mul(y).sum();
            List<Tensor> first = tape.gradients(loss, List.of(x, h, y));
            assertArrayEquals(new double[] {8, 20, 36}, first.get(0).toDoubles());
            assertArrayEquals(new double[] {4, 5, 6}, first.get(1).toDoubles());
            assertArrayEquals(new double[] {1, 4, 9}, first.get(2).toDoubles());
            Tensor second = tape.gradients(first.get(0).sum(), List.of(x)).getFirst();
            assertArrayEquals(new double[] {8, 10, 12}, second.toDoubles());
            Gradients g = tape.backward(first.get(0).square().sum().add(loss));
            assertNotNull(g.of(x));
            // d/dx of (2xy)² + x²y = 8xy² + 2xy
            assertArrayEquals(new double[] {136, 420, 900}, g.of(x).toDoubles(), 1e-12);
        }
    }

    private static void assertMessage(String expected, org.junit.jupiter.api.function.Executable body) {
        assertEquals(expected, assertThrows(RuntimeException.class, body).getMessage());
    }

    private static String elsewhere(Runnable body) {
        CompletionException e = assertThrows(
                CompletionException.class,
                () -> CompletableFuture.runAsync(body, run -> new Thread(run, "other").start())
                        .join());
        return e.getCause().getMessage() == null ? "" : e.getCause().getMessage();
    }
}
