package adjoint.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds of every optimiser.
class OptimizerLaws {
    private static final int STEPS = 30;
    private static final List<Shape> SHAPES = List.of(
            Shape.of(4200),
            Shape.of(20, 23),
            Shape.of(3, 7),
            Shape.of(5),
            Shape.of(),
            Shape.of(2, 3, 2),
            Shape.of(0, 4));

    static List<Optimizer> optimizers() {
        return Optimizers.all();
    }

    private static List<Shape> shapes(Optimizer optimizer) {
        return Optimizers.matrices().contains(optimizer)
                ? SHAPES.stream().filter(shape -> shape.rank() > 1).toList()
                : SHAPES;
    }

    private static List<String> names(List<Shape> shapes) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            names.add("p" + i);
        }
        return names;
    }

    private static FlatParameters flat(Optimizer optimizer, DType dtype, int summands) {
        List<Shape> shapes = shapes(optimizer);
        FlatParameters flat = new FlatParameters(
                dtype, names(shapes), shapes, ParameterGroup.all(optimizer), Clipping.none(), summands);
        for (int i = 0; i < shapes.size(); i++) {
            start(shapes.get(i), i, dtype).copyTo(flat.values(), flat.offset(i));
        }
        return flat;
    }

    private static Tensor start(Shape shape, int i, DType dtype) {
        return Tensor.uniform(Rng.of(1).child(i), -1, 1, dtype, shape.dims());
    }

    private static Tensor gradient(Shape shape, int step, int summand, int i, DType dtype) {
        return Tensor.normal(Rng.of(2).child(step).child(summand).child(i), 0, 1, dtype, shape.dims());
    }

    private static Object[] gradients(FlatParameters flat, List<Shape> shapes, int step, int summands) {
        Object[] gradients = new Object[summands];
        for (int s = 0; s < summands; s++) {
            gradients[s] = flat.buffer();
            for (int i = 0; i < shapes.size(); i++) {
                gradient(shapes.get(i), step, s, i, flat.dtype()).copyTo(gradients[s], flat.offset(i));
            }
        }
        return gradients;
    }

    private static double factor(int step) {
        return 1 / (1 + 0.05 * step);
    }

    /// Against plain loops, over many steps with several gradients to be summed, a scale and a schedule.
    @ParameterizedTest
    @MethodSource("optimizers")
    void fusedEqualsTheDefinition(Optimizer optimizer) {
        List<Shape> shapes = shapes(optimizer);
        boolean joined = optimizer instanceof DualPreconditionedSgd;
        for (int summands : new int[] {1, 3}) {
            FlatParameters flat = flat(optimizer, DType.F64, summands);
            List<ReferenceStep> references = new ArrayList<>();
            if (joined) {
                references.add(new ReferenceStep(optimizer, concatenated(flat, flat.values(), shapes), Shape.SCALAR));
            } else {
                for (int i = 0; i < shapes.size(); i++) {
                    double[] start = start(shapes.get(i), i, DType.F64).toDoubles();
                    references.add(new ReferenceStep(optimizer, start, shapes.get(i)));
                }
            }
            for (int t = 1; t <= STEPS; t++) {
                Object[] gradients = gradients(flat, shapes, t, summands);
                double[] sum = new double[concatenated(flat, flat.values(), shapes).length];
                for (Object gradient : gradients) {
                    double[] values = concatenated(flat, gradient, shapes);
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] += 0.3 * values[i];
                    }
                }
                flat.step(gradients, 0.3, flat.norm(gradients), t, factor(t));
                int from = 0;
                for (ReferenceStep reference : references) {
                    int to = from + reference.p.length;
                    reference.step(t, factor(t), Arrays.copyOfRange(sum, from, to));
                    from = to;
                }
            }
            double[] expected = references.stream()
                    .flatMapToDouble(reference -> Arrays.stream(reference.p))
                    .toArray();
            assertArrayEquals(expected, concatenated(flat, flat.values(), shapes), tolerance(optimizer));
        }
    }

    /// Rounding errors of a step are multiples of 1e-16. Where a step is a sign or a division by √v it passes them on
    /// as they are; the iteration for singular vectors amplifies them by its slope at 0, 3.4445⁵ or 1.5³⁰ at worst on
    /// the smallest singular values.
    private static double tolerance(Optimizer optimizer) {
        return optimizer instanceof MatrixOptimizer o && o.ball() == MatrixOptimizer.Ball.SPECTRAL ? 1e-9 : 1e-11;
    }

    private static double[] concatenated(FlatParameters flat, Object array, List<Shape> shapes) {
        List<Tensor> parts = new ArrayList<>();
        for (int i = 0; i < shapes.size(); i++) {
            parts.add(flat.view(array, i).reshape(shapes.get(i).size()));
        }
        return Tensor.concat(0, parts.toArray(Tensor[]::new)).toDoubles();
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void resumesBitForBit(Optimizer optimizer) {
        for (DType dtype : List.of(DType.F32, DType.F64)) {
            List<Shape> shapes = shapes(optimizer);
            FlatParameters straight = flat(optimizer, dtype, 2);
            FlatParameters first = flat(optimizer, dtype, 2);
            run(straight, shapes, 1, 15);
            run(first, shapes, 1, 7);
            FlatParameters second = flat(optimizer, dtype, 2);
            for (int i = 0; i < shapes.size(); i++) {
                first.view(first.values(), i).copyTo(second.values(), second.offset(i));
            }
            SortedMap<String, Tensor> written = new TreeMap<>();
            first.state().forEach((name, tensor) -> written.put(name, tensor.add(0)));
            second.restore(written);
            run(second, shapes, 8, 15);
            assertArrayEquals(
                    concatenated(straight, straight.values(), shapes), concatenated(second, second.values(), shapes));
            assertEquals(straight.state().keySet(), second.state().keySet());
        }
    }

    private static void run(FlatParameters flat, List<Shape> shapes, int from, int to) {
        for (int t = from; t <= to; t++) {
            flat.step(gradients(flat, shapes, t, 2), 1, 1, t, factor(t));
        }
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void theNumberOfThreadsShowsInNoBit(Optimizer optimizer) {
        float[] expected = trajectory(optimizer, 1);
        for (int threads : new int[] {2, 5}) {
            assertArrayEquals(expected, trajectory(optimizer, threads));
        }
    }

    private static float[] trajectory(Optimizer optimizer, int threads) {
        List<Shape> shapes = List.of(Shape.of(90, 1700), Shape.of(20, 30));
        FlatParameters flat = new FlatParameters(
                DType.F32, names(shapes), shapes, ParameterGroup.all(optimizer), new Clipping.Norm(0.5), 2);
        Rng.of(3).fillNormal(flat.values(), 0, 153_000, 0, 1);
        Object[] gradients = {flat.buffer(), flat.buffer()};
        try (var _ = Parallel.with(threads)) {
            for (int t = 1; t <= 3; t++) {
                Rng.of(t).fillNormal(gradients[0], 0, 153_000, 0, 1);
                Rng.of(-t).fillNormal(gradients[1], 0, 153_000, 0, 1);
                flat.step(gradients, 1, flat.norm(gradients), t, 1);
            }
        }
        return flat.view(flat.values(), 0).toFloats();
    }

    /// Padding stays zero: it is in every norm.
    @ParameterizedTest
    @MethodSource("optimizers")
    void paddingStaysZero(Optimizer optimizer) {
        List<Shape> shapes = shapes(optimizer);
        FlatParameters flat = flat(optimizer, DType.F64, 1);
        steps(flat, shapes);
        double[] values = ((double[]) flat.values()).clone();
        for (int i = 0; i < shapes.size(); i++) {
            Arrays.fill(values, flat.offset(i), flat.offset(i) + shapes.get(i).size(), 0);
        }
        assertArrayEquals(new double[values.length], values);
    }

    private static void steps(FlatParameters flat, List<Shape> shapes) {
        for (int t = 1; t <= 5; t++) {
            flat.step(gradients(flat, shapes, t, 1), 1, 1, t, 1);
        }
    }

    /// A parameter whose gradient is always 0 stays finite.
    @ParameterizedTest
    @MethodSource("optimizers")
    void withoutAGradientNothingBecomesNaN(Optimizer optimizer) {
        List<Shape> shapes = shapes(optimizer);
        FlatParameters flat = flat(optimizer, DType.F32, 1);
        Object[] none = {flat.buffer()};
        for (int t = 1; t <= 10; t++) {
            flat.step(none, 1, flat.norm(none), t, 1);
        }
        assertTrue(Arrays.stream(concatenated(flat, flat.values(), shapes)).allMatch(Double::isFinite));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void aStepAllocatesNothing(Optimizer optimizer) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<Shape> shapes = shapes(optimizer);
        FlatParameters flat = flat(optimizer, DType.F32, 2);
        Object[] gradients = gradients(flat, shapes, 1, 2);
        try (var _ = Parallel.with(1)) {
            long least = Long.MAX_VALUE;
            // Until C2 has compiled the chains, vectors are objects: as many rounds as that takes.
            for (int round = 0; round < 20_000 && least > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int t = 1; t <= 20; t++) {
                    flat.step(gradients, 1, flat.norm(gradients), t, 1);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least);
        }
    }
}
