package adjoint.testkit;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Arbitrary tensors, in every [Layout].
public final class Tensors {

    private Tensors() {}

    /// Tensors of draws from U[`low`, `high`).
    public static Arbitrary<Tensor> uniform(DType dtype, double low, double high, Arbitrary<Shape> shapes) {
        return Combinators.combine(shapes, seeds(), Arbitraries.of(Layout.class))
                .as((shape, seed, layout) ->
                        layout.place(Tensor.uniform(Rng.of(seed), low, high, dtype, shape.dims())));
    }

    /// Tensors of numbers of all magnitudes, with zeros of both signs, infinities, NaN and the numbers at the ends of
    /// the range among them.
    public static Arbitrary<Tensor> withSpecialValues(DType dtype, Arbitrary<Shape> shapes) {
        Arbitrary<double[]> values = special(dtype).array(double[].class).ofSize(32);
        return Combinators.combine(shapes, values, seeds(), Arbitraries.of(Layout.class))
                .as((shape, pool, seed, layout) -> layout.place(spread(shape, pool, Rng.of(seed), dtype)));
    }

    private static Arbitrary<Double> special(DType dtype) {
        boolean single = dtype == DType.F32;
        double smallest = single ? Float.MIN_VALUE : Double.MIN_VALUE;
        double normal = single ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        double largest = single ? Float.MAX_VALUE : Double.MAX_VALUE;
        Arbitrary<Double> corners = Arbitraries.of(
                0.0,
                -0.0,
                1.0,
                -1.0,
                smallest,
                -smallest,
                normal,
                largest,
                -largest,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                Double.NaN);
        Arbitrary<Double> usual = Arbitraries.doubles().between(-100, 100);
        return Arbitraries.oneOf(corners, usual);
    }

    private static Tensor spread(Shape shape, double[] pool, Rng key, DType dtype) {
        double[] values = new double[shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = pool[key.below(i, pool.length)];
        }
        return Tensor.wrap(values, 0, shape).to(dtype);
    }

    private static Arbitrary<Integer> seeds() {
        return Arbitraries.integers().greaterOrEqual(0);
    }
}
