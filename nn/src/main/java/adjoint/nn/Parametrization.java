package adjoint.nn;

import adjoint.autodiff.Activations;
import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Arrays;

/// Makes a tensor that a module uses of what is learned in its place, so that it is positive, bounded, orthogonal, of
/// low rank or of a certain norm whatever an optimiser does.
///
/// ```
/// Parametrization weight = Parametrization.orthogonal(start, Parametrization.Rotation.CAYLEY, key);
/// Layer layer = new Parametrized(weight, null, Tensor::linear);
/// ```
///
/// Parts are called as in PyTorch's `torch.nn.utils.parametrize`: `original`, or `original0` and `original1`; see
/// [Parametrized].
public interface Parametrization extends Module {
    /// The tensor that is used, recorded on the innermost tape.
    Tensor value(Pass pass);

    /// `ln(1 + eˣ)` of what is learned.
    ///
    /// @param start what the value is at first
    /// @throws IllegalArgumentException unless all of it is positive
    static Parametrization positive(Tensor start) {
        Parametrizations.requireInside("positive", start, 0, Double.POSITIVE_INFINITY);
        Tensor original = start.add(start.neg().expm1().neg().log());
        return new Parametrizations.Mapped(Parameter.of(original), Activations::softplus);
    }

    /// `eˣ` of what is learned: a step of an optimiser changes it by a factor.
    ///
    /// @param start what the value is at first
    /// @throws IllegalArgumentException unless all of it is positive
    static Parametrization exponential(Tensor start) {
        Parametrizations.requireInside("exponential", start, 0, Double.POSITIVE_INFINITY);
        return new Parametrizations.Mapped(Parameter.of(start.log()), Tensor::exp);
    }

    /// `low + (high − low)/(1 + e⁻ˣ)` of what is learned.
    ///
    /// @param start what the value is at first
    /// @throws IllegalArgumentException unless all of it is between the bounds, which are finite
    static Parametrization bounded(Tensor start, double low, double high) {
        Parametrizations.requireInside("bounded", start, low, high);
        double width = high - low;
        if (!Double.isFinite(width)) {
            throw new IllegalArgumentException("bounded needs finite bounds, got " + low + " and " + high);
        }
        Tensor above = start.sub(low);
        Tensor below = start.neg().add(high);
        return new Parametrizations.Mapped(
                Parameter.of(above.log().sub(below.log())),
                x -> x.sigmoid().mul(width).add(low));
    }

    /// A product of `original0` `[out, rank]` and `original1` `[rank, in]`. At first its elements have mean 0 and the
    /// variance of a [Linear]'s, 1/(3·in).
    static Parametrization lowRank(int out, int in, int rank, DType dtype, Rng key) {
        if (rank < 1 || rank > Math.min(out, in)) {
            throw new IllegalArgumentException(
                    "a matrix [" + out + ", " + in + "] has no rank of " + rank + " to be kept to");
        }
        return new Parametrizations.Pair(
                Parameter.uniform(key.child("original0"), Math.sqrt(3.0 / rank), dtype, out, rank),
                Parameter.uniform(key.child("original1"), 1 / Math.sqrt(in), dtype, rank, in),
                Tensor::matmul);
    }

    /// `original0·original1/‖original1‖`, with a length `original0` for each position of the first axis (Salimans,
    /// Kingma, 2016); NaN where the norm is 0. `original0` is `[out, 1, …]`, `original1` of the value's shape.
    ///
    /// @param start what the value is at first
    static Parametrization weightNorm(Tensor start) {
        Parametrizations.requireRows("weightNorm", start);
        int out = start.dim(0);
        int[] dims = start.shape().dims();
        int[] ones = dims.clone();
        Arrays.fill(ones, 1, ones.length, 1);
        Tensor length = start.reshape(out, -1).norm(2, -1).reshape(ones);
        return new Parametrizations.Pair(
                Parameter.of(length),
                Parameter.of(start),
                (g, v) -> v.reshape(out, -1).normalize(0).mul(g.reshape(out, 1)).reshape(dims));
    }

    /// `original/σ`, σ its largest singular value with the axes behind the first as one (Miyato, Kataoka, Koyama,
    /// Yoshida, 2018). σ is found by power iteration, which goes on from where the last training pass left it: buffers
    /// `0._u` and `0._v`. It starts with 15 iterations.
    ///
    /// @param iterations per training pass
    /// @param key determines where it starts
    static Parametrization spectralNorm(Tensor start, int iterations, Rng key) {
        Parametrizations.requireRows("spectralNorm", start);
        if (iterations < 1) {
            throw new IllegalArgumentException("spectralNorm needs at least one iteration, got " + iterations);
        }
        return new SpectralNorm(Parameter.of(start), iterations, key);
    }

    /// A matrix with orthonormal columns, or rows if it is wide: `base·Q(A)`, A being skew and learned, and `base` the
    /// buffer `0.base`. Computed by PyTorch's formulas, with its trivialisation (Lezcano-Casado, 2019).
    ///
    /// @param start what the value is at first, once its columns (rows) have been made orthonormal one after another
    /// @param key determines how a `base` that is not square is completed
    static Parametrization orthogonal(Tensor start, Rotation rotation, Rng key) {
        if (start.rank() != 2 || start.size() == 0) {
            throw new ShapeError("orthogonal needs a matrix, got " + start.shape());
        }
        return new OrthogonalMatrix(start, rotation, key);
    }

    /// From skew matrices to rotations.
    enum Rotation {
        /// eᴬ.
        EXPONENTIAL {
            @Override
            Tensor of(Tensor skew) {
                return Linalg.matrixExponential(skew);
            }
        },
        /// (1 − A/2)⁻¹·(1 + A/2).
        CAYLEY {
            @Override
            Tensor of(Tensor skew) {
                Tensor half = skew.mul(0.5);
                Tensor one = Tensor.eye(skew.dim(0), skew.dtype());
                return Linalg.solve(one.sub(half), one.add(half));
            }
        };

        abstract Tensor of(Tensor skew);
    }
}
