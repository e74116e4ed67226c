package adjoint.duality.machine;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.kernel.Kernel;
import adjoint.linalg.Cholesky;
import adjoint.linalg.GolubKahan;
import adjoint.linalg.Kernels;
import adjoint.linalg.LinearOperator;
import adjoint.linalg.PivotException;
import adjoint.linalg.Rng;
import adjoint.linalg.Svd;

/// What the machines share.
final class Matrices {
    /// The residual of an iterative decomposition, beside the largest value.
    static final double TOLERANCE = 1e-12;

    private Matrices() {}

    /// Whether an iterative decomposition is the cheaper one.
    static boolean few(int rank, int most) {
        return most > 256 && rank <= most / 8;
    }

    /// A matrix of rows in double precision, without history; tokens stay as they are.
    static Tensor rows(String name, Tensor x) {
        if (x.rank() != 2 || x.dim(0) == 0) {
            throw new ShapeError("the " + name + " must be a matrix of at least one row, not " + x.shape());
        }
        return x.dtype().isFloating() ? x.detach().to(DType.F64) : x;
    }

    /// A finite Gram matrix.
    ///
    /// @throws IllegalArgumentException naming kernel, place and value of the first element that is not finite
    static Tensor gram(Kernel kernel, Tensor x, Tensor y) {
        Tensor gram = kernel.gram(x, y).detach().to(DType.F64).contiguous();
        double[] values = gram.toDoubles();
        int bad = Kernels.f64().firstNonFinite(values, 0, values.length);
        if (bad >= 0) {
            throw new IllegalArgumentException(kernel + " of row " + bad / gram.dim(1) + " of x and row "
                    + bad % gram.dim(1) + " of y is " + values[bad] + ": scale the rows, or choose a larger length");
        }
        return gram;
    }

    /// The leading triplets of a matrix.
    record Triplets(Tensor left, Tensor values, Tensor right) {}

    /// The leading `rank` singular triplets: of all of them where that is a large part, else by Golub–Kahan.
    ///
    /// @throws IllegalArgumentException if the matrix carries fewer
    static Triplets leading(Tensor matrix, int rank) {
        int n = matrix.dim(0);
        int m = matrix.dim(1);
        int most = Math.min(n, m);
        requireRank("kernel matrix", rank, most);
        Kernels<double[]> kernels = Kernels.f64();
        double[] values = matrix.toDoubles();
        Svd<double[]> svd = few(rank, most)
                ? GolubKahan.largest(
                                kernels, LinearOperator.of(kernels, n, m, values), rank, TOLERANCE, most, Rng.of(0))
                        .svd()
                : Svd.thin(kernels, n, m, values);
        double[] s = svd.s();
        int carried = 0;
        while (carried < s.length && s[carried] > s[0] * most * Math.ulp(1.0)) {
            carried++;
        }
        requireRank("kernel matrix", rank, carried);
        return new Triplets(
                Tensor.of(svd.u(), n, s.length).slice(1, 0, rank).contiguous(),
                Tensor.of(s, s.length).slice(0, 0, rank).contiguous(),
                Tensor.of(svd.vt(), s.length, m)
                        .slice(0, 0, rank)
                        .transpose(0, 1)
                        .contiguous());
    }

    static void requireRank(String matrix, int rank, int carried) {
        if (rank < 1 || rank > carried) {
            throw new IllegalArgumentException("rank " + rank + " asked for, but the " + matrix + " carries " + carried
                    + (carried == 0 ? ": it is 0" : ": choose a rank from 1 to " + carried));
        }
    }

    /// The decomposition of a symmetric matrix with `shift` added to its diagonal.
    ///
    /// @throws IllegalArgumentException naming kernel and pivot if it is not positive definite
    static Cholesky<double[]> definite(String name, Kernel kernel, Tensor matrix, double shift, String other) {
        int n = matrix.dim(0);
        Tensor shifted = matrix.add(Tensor.eye(n, DType.F64).mul(shift));
        try {
            return Cholesky.of(Kernels.f64(), n, shifted.toDoubles());
        } catch (PivotException e) {
            throw new IllegalArgumentException(
                    name + " + " + shift + "·I of " + kernel + " must be positive definite, but pivot " + e.index()
                            + " is " + e.value() + ": the kernel has to be positive semidefinite" + other,
                    e);
        }
    }

    static void requirePositive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " must be positive and finite, not " + value);
        }
    }

    static double norm(Tensor x) {
        return Math.sqrt(x.square().sum().item());
    }

    /// `slack/scale`; 0 where nothing is left of nothing.
    static double relative(double slack, double scale) {
        return slack == 0 ? 0 : slack / scale;
    }

    /// Targets as a matrix in double precision, one row per row of x.
    static Tensor targets(Tensor y, int rows) {
        Tensor matrix = y.rank() == 1 ? y.unsqueeze(1) : y;
        if (matrix.rank() != 2 || matrix.dim(0) != rows) {
            throw new ShapeError(
                    "targets must be [" + rows + "] or [" + rows + ", c], one row for each row of x, not " + y.shape());
        }
        return matrix.detach().to(DType.F64);
    }

    /// +1 in the column of a row's class, −1 elsewhere.
    static Tensor signs(Tensor labels, int classes) {
        return labels.oneHot(classes, DType.F64).mul(2).sub(1);
    }
}
