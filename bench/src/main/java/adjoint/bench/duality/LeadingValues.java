package adjoint.bench.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.Rbf;
import adjoint.linalg.Precision;
import adjoint.linalg.Rng;
import java.util.Arrays;

/// The leading 20 singular triplets of the `n × n` matrix of an asymmetric, smooth kernel: from 200 landmarks on either
/// side, beside the decomposition of the whole matrix, which is formed. The results are the logarithms of the singular
/// values, whose differences are their relative errors.
public record LeadingValues(int n) implements Operation {
    static final int LANDMARKS = 200;
    static final int RANK = 20;
    private static final int WIDTH = 3;

    @Override
    public String kernel() {
        return "leading values";
    }

    @Override
    public String shape() {
        return n + "×" + n;
    }

    @Override
    public Precision precision() {
        return Precision.F64;
    }

    @Override
    public Unit unit() {
        return Unit.SECONDS;
    }

    @Override
    public double work() {
        return 1;
    }

    @Override
    public double tolerance() {
        return 0.01;
    }

    @Override
    public double allowed(double largest) {
        return tolerance();
    }

    @Override
    public double[] sketch(Object result) {
        return Arrays.stream((double[]) result).map(Math::log).toArray();
    }

    /// A Gaussian of rows on which queries and keys have different maps.
    static Kernel kernelOf() {
        Tensor map = Tensor.normal(Rng.of(62), 0, 1 / Math.sqrt(WIDTH), DType.F64, WIDTH, WIDTH);
        return new Rbf(2).compose(x -> x, x -> x.matmul(map));
    }

    /// The rows of both sides.
    Tensor x() {
        return Tensor.normal(Rng.of(61), 0, 1, DType.F64, n, WIDTH);
    }
}
