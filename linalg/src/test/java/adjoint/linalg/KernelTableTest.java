package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.KernelCall.Layout;
import adjoint.linalg.KernelCase.Operand;
import adjoint.linalg.KernelCase.Role;
import adjoint.linalg.KernelCase.Size;
import adjoint.linalg.KernelCase.Storage;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for every kernel of [KernelTable], whatever the layout, the lengths, the precision, the provider and the
/// number of threads.
class KernelTableTest {
    static List<KernelCase> kernels() {
        return KernelTable.all();
    }

    /// All but the chains, which run on the thread of their caller.
    static List<KernelCase> threaded() {
        return KernelTable.all().stream()
                .filter(kernel -> !kernel.name.startsWith("chain "))
                .toList();
    }

    private static KernelCall call(KernelCase kernel, Provided<?> p, Layout layout, int[] size) {
        return new KernelCall(kernel, p, layout, size[0], size[1], size[2]);
    }

    /// Every provider and precision computes, in every layout, what the scalar kernels compute in double precision on
    /// contiguous operands; what stands around the operands is neither read nor written, nor are inputs changed.
    @ParameterizedTest
    @MethodSource("kernels")
    void layoutsAndProvidersAgree(KernelCase kernel) {
        Provided<?> reference = Provided.all().get(1);
        for (int[] size : kernel.sizes()) {
            KernelCall expected = call(kernel, reference, Layout.CONTIGUOUS, size);
            expected.run();
            for (Provided<?> p : Provided.all()) {
                for (Layout layout : kernel.layouts) {
                    String what = kernel + " " + p + " " + layout + " " + size[0] + ", " + size[1] + ", " + size[2];
                    agree(kernel, call(kernel, p, layout, size), expected, what);
                }
            }
        }
    }

    private static void agree(KernelCase kernel, KernelCall call, KernelCall expected, String what) {
        List<double[]> before = new ArrayList<>();
        for (int i = 0; i < call.arrays.length; i++) {
            before.add(call.around(i));
        }
        call.run();
        for (int i = 0; i < call.arrays.length; i++) {
            Operand operand = kernel.operands.get(i);
            assertArrayEquals(before.get(i), call.around(i), what + ": around " + operand.name());
        }
        assertEquals("", call.difference(expected), what);
    }

    /// The bits are those of one thread.
    @ParameterizedTest
    @MethodSource("threaded")
    void anyNumberOfThreadsGivesTheSameBits(KernelCase kernel) {
        int n = kernel.manyElements();
        for (Provided<?> p : Provided.all()) {
            // Decompositions open many small regions, which take their time with more threads than processors.
            boolean chosen =
                    p.isOfThisProvider() && (p.kernels().precision() == Precision.F64 || !kernel.isDecomposition());
            if (chosen) {
                List<double[]> one = results(kernel, p, n, 1);
                for (int threads : new int[] {2, 3, 16}) {
                    List<double[]> results = results(kernel, p, n, threads);
                    for (int i = 0; i < one.size(); i++) {
                        assertArrayEquals(one.get(i), results.get(i), p + ", " + threads + " threads");
                    }
                }
            }
        }
    }

    private static List<double[]> results(KernelCase kernel, Provided<?> p, int n, int threads) {
        try (Parallel.Scope _ = Parallel.with(threads)) {
            KernelCall call = new KernelCall(kernel, p, Layout.STRIDED, n + 2, n + 17, n);
            call.run();
            List<double[]> results = new ArrayList<>();
            for (int i = 0; i < call.arrays.length; i++) {
                results.add(call.elements(i));
            }
            return results;
        }
    }

    /// A kernel without a line is not checked at all.
    @Test
    void everyKernelHasALine() {
        // The precision is a constant, and f32 and f64 are where all kernels come from.
        Set<String> others = Set.of("precision", "f32", "f64");
        List<String> missing = Stream.of(Kernels.class.getMethods())
                .map(Method::getName)
                .filter(method -> !others.contains(method))
                .filter(method -> kernels().stream().noneMatch(kernel -> kernel.runs(method)))
                .toList();
        assertEquals(List.of(), missing);
    }

    // ---- bad input

    /// A call that must fail, with a message that names the kernel and all of `named`, and changes nothing.
    private static void assertRefused(KernelCase kernel, KernelCall call, String what, String... named) {
        List<double[]> before = new ArrayList<>();
        for (Object array : call.arrays) {
            before.add(Provided.doubles(array));
        }
        RuntimeException e = assertThrows(RuntimeException.class, call::run, what);
        String message = String.valueOf(e.getMessage());
        assertTrue(
                e instanceof IllegalArgumentException || e instanceof IndexOutOfBoundsException, () -> what + ": " + e);
        assertTrue(kernel.isNamedBy(message), () -> what + ": \"" + message + "\" does not name the kernel");
        for (String name : named) {
            assertTrue(message.contains(name), () -> what + ": \"" + message + "\" does not name " + name);
        }
        for (int i = 0; i < call.arrays.length; i++) {
            assertArrayEquals(before.get(i), Provided.doubles(call.arrays[i]), what + ": operand " + i + " changed");
        }
    }

    private static List<Provided<?>> checking(KernelCase kernel) {
        return Provided.all().stream().filter(kernel::isCheckedBy).toList();
    }

    private static KernelCall small(KernelCase kernel, Provided<?> p) {
        return new KernelCall(kernel, p, Layout.CONTIGUOUS, 3, 4, 5);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void shortArraysAndWrongStridesAreRefused(KernelCase kernel) {
        for (Provided<?> p : checking(kernel)) {
            for (int i = 0; i < kernel.operands.size(); i++) {
                Operand operand = kernel.operands.get(i);
                if (!operand.isArgument()) {
                    continue;
                }
                String what = p + " " + kernel + ", " + operand.name();
                KernelCall tooShort = small(kernel, p);
                double[] values = Provided.doubles(tooShort.arrays[i]);
                tooShort.arrays[i] = p.array(Arrays.copyOf(values, values.length - 1));
                assertRefused(kernel, tooShort, what + " short", operand.name(), "" + (values.length - 1));
                KernelCall negative = small(kernel, p);
                negative.offsets[i] = -1;
                assertRefused(kernel, negative, what + " from -1", operand.name(), "-1");
                KernelCall overflowing = small(kernel, p);
                overflowing.offsets[i] = Integer.MAX_VALUE;
                assertRefused(kernel, overflowing, what + " from 2^31", operand.name(), "" + Integer.MAX_VALUE);
                if (operand.isMatrix()) {
                    KernelCall narrow = small(kernel, p);
                    // Two items side by side may share rows, but not elements of them.
                    boolean two = operand.cols() == Size.TWO_N || operand.cols() == Size.TWO_K;
                    narrow.lds[i] = narrow.storedCols(i) / (two ? 2 : 1) - 1;
                    assertRefused(
                            kernel, narrow, what + " narrow", operand.name(), "leading dimension", "" + narrow.lds[i]);
                } else if (operand.storage() == Storage.STRIDED
                        && operand.isWritten()
                        && small(kernel, p).cols(i) > 1) {
                    KernelCall narrow = small(kernel, p);
                    narrow.lds[i] = narrow.cols(i) - 1;
                    assertRefused(kernel, narrow, what + " narrow", operand.name(), "stride", "" + narrow.lds[i]);
                } else if (operand.storage() == Storage.INCREMENT) {
                    KernelCall still = small(kernel, p);
                    still.lds[i] = 0;
                    assertRefused(kernel, still, what + " standing still", operand.name(), "increment", "0");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void negativeAndOverflowingSizesAreRefused(KernelCase kernel) {
        for (Provided<?> p : checking(kernel)) {
            for (Size size : new Size[] {Size.M, Size.N, Size.K}) {
                if (kernel.takes(size)) {
                    KernelCall call = small(kernel, p);
                    set(call, size, -1);
                    assertRefused(kernel, call, p + " " + kernel + ", " + size + " = -1", "-1");
                }
            }
            if (kernel.hasMatrix()) {
                // 65537² is 131073 in 32 bits.
                KernelCall call = small(kernel, p);
                for (int i = 0; i < call.arrays.length; i++) {
                    call.arrays[i] = p.array(new double[200_000]);
                    call.lds[i] = kernel.operands.get(i).storage() == Storage.INCREMENT ? 1 : 65537;
                }
                call.m = 65537;
                call.n = 65537;
                call.k = 65537;
                assertRefused(kernel, call, p + " " + kernel + " overflowing", "65537");
            }
        }
    }

    private static void set(KernelCall call, Size size, int value) {
        switch (size) {
            case M -> call.m = value;
            case N -> call.n = value;
            default -> call.k = value;
        }
    }

    /// An output that shares elements with another operand.
    @ParameterizedTest
    @MethodSource("kernels")
    void overlappingOutputsAreRefused(KernelCase kernel) {
        for (Provided<?> p : checking(kernel)) {
            for (int o = 0; o < kernel.operands.size(); o++) {
                for (int i = 0; i < kernel.operands.size(); i++) {
                    Operand output = kernel.operands.get(o);
                    Operand other = kernel.operands.get(i);
                    if (i == o
                            || output.role() == Role.IN
                            || !output.isArgument()
                            || !other.isArgument()
                            || kernel.packed.contains(other.name())) {
                        continue;
                    }
                    KernelCall call = small(kernel, p);
                    double[] ones = new double[200];
                    Arrays.fill(ones, 1);
                    Object shared = p.array(ones);
                    call.arrays[o] = shared;
                    call.arrays[i] = shared;
                    call.offsets[o] = 10;
                    call.offsets[i] = 11;
                    assertRefused(
                            kernel,
                            call,
                            p + " " + kernel + ", " + output.name() + " over " + other.name(),
                            "overlap",
                            output.name(),
                            other.name());
                }
            }
        }
    }

    /// The test of [Bounds] against the elements themselves: exact for one leading dimension and single rows, and never
    /// false where elements are shared.
    @Property(tries = 2000)
    void overlapIsASharedElement(
            @ForAll @IntRange(max = 4) int aRows,
            @ForAll @IntRange(max = 4) int aCols,
            @ForAll @IntRange(max = 4) int bRows,
            @ForAll @IntRange(max = 4) int bCols,
            @ForAll @IntRange(min = 4, max = 9) int lda,
            @ForAll @IntRange(max = 2) int more,
            @ForAll @IntRange(max = 30) int aOff,
            @ForAll @IntRange(max = 30) int bOff) {
        int ldb = lda + more;
        Set<Integer> elements = elements(aOff, aRows, aCols, lda);
        elements.retainAll(elements(bOff, bRows, bCols, ldb));
        boolean overlap = Bounds.overlap(aOff, aRows, aCols, lda, bOff, bRows, bCols, ldb);
        boolean exact = more == 0 || aRows == 1 && bCols <= ldb || bRows == 1 && aCols <= lda;
        if (!exact && elements.isEmpty()) {
            return;
        }
        assertEquals(!elements.isEmpty(), overlap);
    }

    /// The same of the items of two batches, among which only some pairs are looked at.
    @Property(tries = 2000)
    void itemsOverlapWhereElementsAreShared(
            @ForAll @IntRange(max = 5) int batch,
            @ForAll @IntRange(min = 1, max = 3) int outRows,
            @ForAll @IntRange(min = 1, max = 3) int outCols,
            @ForAll @IntRange(min = 1, max = 3) int inRows,
            @ForAll @IntRange(min = 1, max = 3) int inCols,
            @ForAll @IntRange(min = 3, max = 30) int ld,
            @ForAll @IntRange(min = 1, max = 12) int outStride,
            @ForAll @IntRange(max = 12) int inStride,
            @ForAll @IntRange(max = 60) int outOff,
            @ForAll @IntRange(max = 60) int inOff) {
        Object array = new Object();
        boolean overlap = false;
        for (int i = 0; i < batch; i++) {
            Set<Integer> written = elements(outOff + i * outStride, outRows, outCols, ld);
            for (int j = 0; j < batch; j++) {
                Set<Integer> read = elements(inOff + j * inStride, inRows, inCols, ld);
                Set<Integer> others = elements(outOff + j * outStride, outRows, outCols, ld);
                overlap |= read.stream().anyMatch(written::contains);
                overlap |= i != j && others.stream().anyMatch(written::contains);
            }
        }
        boolean refused = false;
        try {
            Bounds.disjointItems(
                    "kernel", batch, "c", array, outOff, outRows, outCols, ld, outStride, "a", array, inOff, inRows,
                    inCols, ld, inStride);
        } catch (IllegalArgumentException e) {
            refused = true;
        }
        assertEquals(overlap, refused);
    }

    private static Set<Integer> elements(int off, int rows, int cols, int ld) {
        Set<Integer> elements = new HashSet<>();
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                elements.add(off + r * ld + c);
            }
        }
        return elements;
    }
}
