package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Distribution;
import adjoint.linalg.Rng;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiPredicate;

/// How a parameter starts. Those of PyTorch and JAX are there by name:
///
/// ```
/// Initializer.named("kaiming_normal").apply(model, (name, shape) -> shape.rank() > 1, Rng.of(0));
/// Tensor start = new Initializer.Orthogonal(1).values(Rng.of(0), DType.F32, 64, 32);
/// ```
///
/// A weight is laid out as in PyTorch, `[out, in, window…]`: its *fan in* is in·window, its *fan out* out·window.
@FunctionalInterface
public interface Initializer {
    /// @param key determines all draws
    /// @throws ShapeError if there is no such start of that shape
    Tensor values(Rng key, DType dtype, int... shape);

    /// The initialiser of a name, with the default settings of the library that has it:
    ///
    /// | name | draws |
    /// |---|---|
    /// | `zeros`, `ones` | |
    /// | `uniform` | U(0, 1) |
    /// | `normal` | N(0, 1) |
    /// | `truncated_normal`, `trunc_normal` | N(0, 1) within [−2, 2] |
    /// | `eye` | the identity matrix |
    /// | `dirac` | a convolution that changes nothing |
    /// | `orthogonal` | orthonormal rows or columns |
    /// | `xavier_uniform`, `xavier_normal`, `glorot_uniform` | variance 2/(fan in + fan out) (Glorot, Bengio, 2010) |
    /// | `kaiming_uniform`, `kaiming_normal`, `he_uniform` | variance 2/fan in (He, Zhang, Ren, Sun, 2015) |
    /// | `lecun_uniform` | variance 1/fan in (LeCun, Bottou, Orr, Müller, 1998) |
    /// | `glorot_normal`, `he_normal`, `lecun_normal` | the same variances, truncated at two deviations, as in JAX |
    ///
    /// @throws IllegalArgumentException if there is none; the message has all names
    static Initializer named(String name) {
        Initializer found = Initializers.BY_NAME.get(name);
        if (found == null) {
            throw new IllegalArgumentException(
                    "no initializer " + name + "; there are " + Initializers.BY_NAME.keySet());
        }
        return found;
    }

    /// All that [#named] knows.
    static SortedSet<String> names() {
        return new TreeSet<>(Initializers.BY_NAME.keySet());
    }

    /// Overwrites the parameters whose path and shape `which` takes, each with draws of its own, from `key`'s child of
    /// its path.
    ///
    /// @throws ShapeError naming the first that has a shape this is not for; nothing is changed then
    default void apply(Module module, BiPredicate<String, Shape> which, Rng key) {
        Parameters parameters = Parameters.of(module);
        Map<Parameter, Tensor> starts = new LinkedHashMap<>();
        for (String name : parameters.names()) {
            Parameter parameter = parameters.get(name);
            if (which.test(name, parameter.shape())) {
                try {
                    starts.put(
                            parameter,
                            values(
                                    key.child(name),
                                    parameter.dtype(),
                                    parameter.shape().dims()));
                } catch (ShapeError e) {
                    throw new ShapeError(name + ": " + e.getMessage());
                }
            }
        }
        starts.forEach(Parameter::set);
    }

    /// By how much a start must be larger so that an activation behind it keeps the size of signals: 1 for IDENTITY and
    /// SIGMOID, 5/3 for TANH, √2 for RELU, √(2/(1 + 0.01²)) for LEAKY_RELU, 3/4 for SELU, as PyTorch's
    /// `calculate_gain`.
    ///
    /// @throws IllegalArgumentException if none is known
    static double gain(Activation activation) {
        return switch (activation) {
            case IDENTITY, SIGMOID -> 1;
            case TANH -> 5.0 / 3;
            case RELU -> Math.sqrt(2);
            case LEAKY_RELU -> Math.sqrt(2 / (1 + 1e-4));
            case SELU -> 0.75;
            default -> throw new IllegalArgumentException("no gain is known for " + activation);
        };
    }

    /// One value everywhere.
    record Constant(double value) implements Initializer {
        @Override
        public Tensor values(Rng key, DType dtype, int... shape) {
            return Tensor.full(value, dtype, shape);
        }
    }

    /// Independent draws: of a [Distribution.Uniform], [Distribution.Normal], [Distribution.TruncatedNormal], ….
    record Draws(Distribution distribution) implements Initializer {
        @Override
        public Tensor values(Rng key, DType dtype, int... shape) {
            return Initializers.draws(distribution, key, dtype, shape);
        }
    }

    /// Which fan a variance is divided by.
    enum Fan {
        IN,
        OUT,
        /// The mean of both.
        AVERAGE
    }

    /// The form of draws around 0.
    enum Form {
        UNIFORM,
        NORMAL,
        /// A normal distribution cut at two of its deviations, widened to have the variance all the same.
        TRUNCATED_NORMAL
    }

    /// Independent draws with mean 0 and variance `scale`/fan. With a gain g, Xavier's are g² and AVERAGE, Kaiming's g²
    /// and IN or OUT.
    record VarianceScaling(double scale, Fan fan, Form form) implements Initializer {
        public VarianceScaling {
            if (!(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("VarianceScaling needs a positive finite scale, got " + scale);
            }
        }

        /// @throws ShapeError if there are fewer than two axes
        @Override
        public Tensor values(Rng key, DType dtype, int... shape) {
            double deviation = Math.sqrt(scale / Initializers.fan(fan, shape));
            return Initializers.draws(Initializers.around0(form, deviation), key, dtype, shape);
        }
    }

    /// `gain` times a matrix with orthonormal rows or, if it is tall, columns, uniformly distributed (Saxe, McClelland,
    /// Ganguli, 2014). All axes behind the first are one.
    record Orthogonal(double gain) implements Initializer {
        /// @throws ShapeError if there are fewer than two axes
        @Override
        public Tensor values(Rng key, DType dtype, int... shape) {
            return Initializers.orthogonal(gain, key, dtype, shape);
        }
    }

    /// 1 on the diagonal of a matrix, else 0.
    record Eye() implements Initializer {
        /// @throws ShapeError if it is no matrix
        @Override
        public Tensor values(Rng key, DType dtype, int... shape) {
            Initializers.requireRank("Eye", shape, 2, 2);
            return Tensor.eye(shape[0], shape[1], dtype);
        }
    }

    /// The filters of a convolution that, with padding, hands as many channels through as there are, in each group.
    record Dirac(int groups) implements Initializer {
        /// @throws ShapeError if it is no `[out, in/groups, window…]` with one to three axes of the window, or `out`
        /// does not
        ///     fall into the groups
        @Override
        public Tensor values(Rng key, DType dtype, int... shape) {
            return Initializers.dirac(groups, dtype, shape);
        }
    }

    /// A matrix of draws from N(0, deviation²), of which a share `sparsity` of each column, rounded up, is 0 (Martens,
    /// 2010).
    record Sparse(double sparsity, double deviation) implements Initializer {
        public Sparse {
            if (!(sparsity >= 0 && sparsity <= 1)) {
                throw new IllegalArgumentException("Sparse needs a sparsity in [0, 1], got " + sparsity);
            }
        }

        /// @throws ShapeError if it is no matrix
        @Override
        public Tensor values(Rng key, DType dtype, int... shape) {
            return Initializers.sparse(sparsity, deviation, key, dtype, shape);
        }
    }
}
