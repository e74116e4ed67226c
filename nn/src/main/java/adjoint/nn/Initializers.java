package adjoint.nn;

import static adjoint.nn.Initializer.Fan.AVERAGE;
import static adjoint.nn.Initializer.Fan.IN;
import static adjoint.nn.Initializer.Form.NORMAL;
import static adjoint.nn.Initializer.Form.TRUNCATED_NORMAL;
import static adjoint.nn.Initializer.Form.UNIFORM;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Distribution;
import adjoint.linalg.Kernels;
import adjoint.linalg.Qr;
import adjoint.linalg.Rng;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What [Initializer]s do.
final class Initializers {
    /// The deviation of a standard normal distribution that is cut at ±2.
    private static final double CUT = 0.87962566103423978;

    static final SortedMap<String, Initializer> BY_NAME = byName();

    private Initializers() {}

    private static SortedMap<String, Initializer> byName() {
        Initializer truncated = new Initializer.Draws(new Distribution.TruncatedNormal(0, 1, -2, 2));
        SortedMap<String, Initializer> all = new TreeMap<>(Map.of(
                "zeros", new Initializer.Constant(0),
                "ones", new Initializer.Constant(1),
                "uniform", new Initializer.Draws(new Distribution.Uniform(0, 1)),
                "normal", new Initializer.Draws(new Distribution.Normal(0, 1)),
                "truncated_normal", truncated,
                "trunc_normal", truncated,
                "eye", new Initializer.Eye(),
                "dirac", new Initializer.Dirac(1),
                "orthogonal", new Initializer.Orthogonal(1)));
        all.put("xavier_uniform", new Initializer.VarianceScaling(1, AVERAGE, UNIFORM));
        all.put("xavier_normal", new Initializer.VarianceScaling(1, AVERAGE, NORMAL));
        all.put("glorot_uniform", new Initializer.VarianceScaling(1, AVERAGE, UNIFORM));
        all.put("glorot_normal", new Initializer.VarianceScaling(1, AVERAGE, TRUNCATED_NORMAL));
        all.put("kaiming_uniform", new Initializer.VarianceScaling(2, IN, UNIFORM));
        all.put("kaiming_normal", new Initializer.VarianceScaling(2, IN, NORMAL));
        all.put("he_uniform", new Initializer.VarianceScaling(2, IN, UNIFORM));
        all.put("he_normal", new Initializer.VarianceScaling(2, IN, TRUNCATED_NORMAL));
        all.put("lecun_uniform", new Initializer.VarianceScaling(1, IN, UNIFORM));
        all.put("lecun_normal", new Initializer.VarianceScaling(1, IN, TRUNCATED_NORMAL));
        return Collections.unmodifiableSortedMap(all);
    }

    static Tensor draws(Distribution distribution, Rng key, DType dtype, int... shape) {
        Shape dims = Shape.of(shape);
        Object array = dtype.allocate(dims.size());
        key.fill(distribution, 0, array, 0, dims.size());
        return Tensor.wrap(array, 0, dims);
    }

    static Distribution around0(Initializer.Form form, double deviation) {
        return switch (form) {
            case UNIFORM -> new Distribution.Uniform(-Math.sqrt(3) * deviation, Math.sqrt(3) * deviation);
            case NORMAL -> new Distribution.Normal(0, deviation);
            case TRUNCATED_NORMAL ->
                new Distribution.TruncatedNormal(0, deviation / CUT, -2 * deviation / CUT, 2 * deviation / CUT);
        };
    }

    static double fan(Initializer.Fan fan, int... shape) {
        requireRank("VarianceScaling", shape, 2, Integer.MAX_VALUE);
        double window = 1;
        for (int axis = 2; axis < shape.length; axis++) {
            window *= shape[axis];
        }
        return switch (fan) {
            case IN -> shape[1] * window;
            case OUT -> shape[0] * window;
            case AVERAGE -> (shape[0] + (double) shape[1]) / 2 * window;
        };
    }

    /// Q of a normal matrix, with signs that make it uniform: R's diagonal is positive.
    static Tensor orthogonal(double gain, Rng key, DType dtype, int... shape) {
        requireRank("Orthogonal", shape, 2, Integer.MAX_VALUE);
        Shape dims = Shape.of(shape);
        int rows = shape[0];
        int cols = rows == 0 ? 0 : dims.size() / rows;
        int tall = Math.max(rows, cols);
        int thin = Math.min(rows, cols);
        Tensor q = Tensor.zeros(DType.F64, tall, thin);
        if (thin > 0) {
            double[] gaussian = new double[tall * thin];
            key.fillNormal(gaussian, 0, gaussian.length, 0, 1);
            q = Tensor.wrap(Qr.thin(Kernels.f64(), tall, thin, gaussian).q(), 0, Shape.of(tall, thin));
        }
        Tensor oriented = rows >= cols ? q : q.transpose(0, 1);
        return oriented.mul(gain).to(dtype).contiguous().reshape(shape);
    }

    static Tensor dirac(int groups, DType dtype, int... shape) {
        requireRank("Dirac", shape, 3, 5);
        if (groups < 1 || shape[0] % groups != 0) {
            throw new ShapeError(
                    "Dirac cannot cut " + shape[0] + " channels of " + Shape.of(shape) + " into " + groups + " groups");
        }
        double[] values = new double[Shape.of(shape).size()];
        int window = 1;
        int centre = 0;
        for (int axis = 2; axis < shape.length; axis++) {
            window *= shape[axis];
            centre = centre * shape[axis] + shape[axis] / 2;
        }
        int each = shape[0] / groups;
        for (int group = 0; group < groups; group++) {
            for (int channel = 0; channel < Math.min(each, shape[1]); channel++) {
                values[((group * each + channel) * shape[1] + channel) * window + centre] = 1;
            }
        }
        return Tensor.of(values, shape).to(dtype);
    }

    static Tensor sparse(double sparsity, double deviation, Rng key, DType dtype, int... shape) {
        requireRank("Sparse", shape, 2, 2);
        int zeros = (int) Math.ceil(sparsity * shape[0]);
        double[] values = new double[Shape.of(shape).size()];
        key.fillNormal(values, 0, values.length, 0, deviation);
        for (int col = 0; col < shape[1]; col++) {
            int[] order = key.child(col).permutation(shape[0]);
            for (int i = 0; i < zeros; i++) {
                values[order[i] * shape[1] + col] = 0;
            }
        }
        return Tensor.of(values, shape).to(dtype);
    }

    static void requireRank(String name, int[] shape, int least, int most) {
        if (shape.length < least || shape.length > most) {
            String axes = least == most ? "" + least : most > 5 ? "at least " + least : least + " to " + most;
            throw new ShapeError(name + " needs a shape of " + axes + " axes, got " + Shape.of(shape));
        }
    }
}
