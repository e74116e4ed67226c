package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.autodiff.Case.Memory;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// Reductions over any axes, and scans along any, against loops over positions.
class ReductionLaws {

    /// A reduction and what it does to the numbers it meets.
    enum Fold {
        PROD((x, axes) -> x.prod(true, axes), v -> Arrays.stream(v).reduce(1, (a, b) -> a * b)),
        MAX((x, axes) -> x.max(true, axes), v -> Arrays.stream(v).max().orElseThrow()),
        MIN((x, axes) -> x.min(true, axes), v -> Arrays.stream(v).min().orElseThrow()),
        VAR((x, axes) -> x.var(1, true, axes), v -> variance(v, 1)),
        STD((x, axes) -> x.std(0, true, axes), v -> Math.sqrt(variance(v, 0))),
        NORM(
                (x, axes) -> x.norm(3, true, axes),
                v -> Math.cbrt(Arrays.stream(v).map(a -> Math.abs(a * a * a)).sum())),
        LOG_SUM_EXP(
                (x, axes) -> x.logSumExp(true, axes),
                v -> Math.log(Arrays.stream(v).map(Math::exp).sum()));

        private final Reducer op;
        private final ToDoubleFunction<double[]> of;

        Fold(Reducer op, ToDoubleFunction<double[]> of) {
            this.op = op;
            this.of = of;
        }

        private interface Reducer {
            Tensor apply(Tensor x, int[] axes);
        }
    }

    private static double variance(double[] v, int correction) {
        double mean = Arrays.stream(v).average().orElse(Double.NaN);
        double sum = Arrays.stream(v).map(a -> (a - mean) * (a - mean)).sum();
        return sum / (v.length - correction);
    }

    @Provide
    Arbitrary<Shape> shapes() {
        return ShapeArbitraries.shapes(5, 4);
    }

    @Property(tries = 400)
    void reductionsAreThoseOfTheNumbersTheyMeet(
            @ForAll("shapes") Shape shape,
            @ForAll Fold fold,
            @ForAll @IntRange(max = 31) int mask,
            @ForAll boolean negative,
            @ForAll Memory memory) {
        Assume.that(shape.size() > 0);
        int[] axes = IntStream.range(0, shape.rank())
                .filter(d -> (mask >>> d & 1) == 1)
                .toArray();
        Assume.that(axes.length > 0);
        Tensor x = ShapeArbitraries.tensor(shape, mask, memory);
        int[] named = negative ? Arrays.stream(axes).map(d -> d - shape.rank()).toArray() : axes;
        Tensor result = fold.op.apply(x, named);
        int[] kept = shape.dims();
        for (int d : axes) {
            kept[d] = 1;
        }
        assertEquals(Shape.of(kept), result.shape());
        DoubleStream.Builder[] met = new DoubleStream.Builder[result.size()];
        Arrays.setAll(met, i -> DoubleStream.builder());
        double[] values = x.toDoubles();
        for (int i = 0; i < values.length; i++) {
            met[target(i, shape, result.shape())].add(values[i]);
        }
        double[] expected = Arrays.stream(met)
                .mapToDouble(m -> fold.of.applyAsDouble(m.build().toArray()))
                .toArray();
        Close.assertClose(
                fold + " over " + Arrays.toString(named), Tensor.wrap(expected, 0, result.shape()), result, 1e-12);
    }

    /// Where in the smaller shape element `i` of the larger one is reduced to.
    private static int target(int i, Shape shape, Shape kept) {
        int at = 0;
        int stride = 1;
        for (int d = shape.rank() - 1; d >= 0; d--) {
            int position = i % shape.at(d);
            i /= shape.at(d);
            at += kept.at(d) == 1 ? 0 : position * stride;
            stride *= kept.at(d);
        }
        return at;
    }

    @Property(tries = 200)
    void scansAreReductionsOfBeginnings(
            @ForAll("shapes") Shape shape, @ForAll @IntRange(max = 4) int axis, @ForAll Memory memory) {
        Assume.that(axis < shape.rank() && shape.size() > 0);
        Tensor x = ShapeArbitraries.tensor(shape, axis, memory);
        Tensor sums = x.cumsum(axis);
        Tensor products = x.cumprod(axis - shape.rank());
        for (int i = 0; i < shape.at(axis); i++) {
            Tensor beginning = x.slice(axis, 0, i + 1);
            Close.assertClose("cumsum", beginning.sum(axis), sums.select(axis, i), 1e-13);
            Close.assertClose("cumprod", beginning.prod(axis), products.select(axis, i), 1e-13);
        }
    }
}
