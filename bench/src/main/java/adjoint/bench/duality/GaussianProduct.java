package adjoint.bench.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;
import adjoint.linalg.Rng;
import java.util.Arrays;

/// `out_i = Σ_j e^(−‖x_i − x_j‖²/2ℓ²)·v_j` for N rows of d components, all N² terms.
///
/// Per pair it takes `2d` operations for the scores, 2 for what does not depend on the other row, [#EXPONENTIAL] for
/// the exponential, and 2 for the sum: a fused multiply–add counts as 2, what is done to an exponent's bits as none.
///
/// @param n N
/// @param d the components
public record GaussianProduct(Precision precision, Aspect aspect, int n, int d) implements Operation {
    /// ℓ.
    static final double LENGTH = 2;
    /// Of eˣ: to `x/ln 2` and back 7, the polynomial of degree 4 or 9, and its ends 4.
    private static final int[] EXPONENTIAL = {7 + 2 * 4 + 4, 7 + 2 * 9 + 4};

    /// What is measured of it.
    public enum Aspect {
        /// Operations in a second.
        SPEED(Unit.GIGAFLOPS),
        /// The time.
        TIME(Unit.MILLISECONDS),
        /// The bytes that a call allocates.
        MEMORY(Unit.MEGABYTES);

        private final Unit unit;

        Aspect(Unit unit) {
            this.unit = unit;
        }
    }

    @Override
    public String kernel() {
        return "Gaussian product" + (aspect == Aspect.MEMORY ? ", memory" : "");
    }

    @Override
    public String shape() {
        return n + "×" + d;
    }

    @Override
    public Unit unit() {
        return aspect.unit;
    }

    @Override
    public double work() {
        return (double) n * n * (2 * d + 4 + EXPONENTIAL[precision == Precision.F32 ? 0 : 1]);
    }

    /// A sum of N positive terms in single precision keeps four digits or more.
    @Override
    public double tolerance() {
        return precision == Precision.F32 ? 1e-4 : 1e-11;
    }

    @Override
    public double[] sketch(Object result) {
        return aspect == Aspect.MEMORY ? new double[0] : Operation.samples(result);
    }

    Tensor x() {
        return Tensor.normal(Rng.of(51), 0, 1, dtype(), n, d);
    }

    /// Positive, so that no digits are lost in the sum.
    Tensor v() {
        return Tensor.uniform(Rng.of(52), 0.5, 1.5, dtype(), n);
    }

    DType dtype() {
        return precision == Precision.F32 ? DType.F32 : DType.F64;
    }

    /// Some of the sums, those that [Operation#samples] takes of all, by their definition in double precision.
    double[] expected() {
        double[] x = x().toDoubles();
        double[] v = v().toDoubles();
        int count = Math.min(n, SAMPLES);
        double[] sums = new double[count];
        Arrays.setAll(sums, s -> {
            int i = count < 2 ? 0 : (int) ((long) s * (n - 1) / (count - 1));
            double sum = 0;
            for (int j = 0; j < n; j++) {
                double square = 0;
                for (int c = 0; c < d; c++) {
                    double difference = x[i * d + c] - x[j * d + c];
                    square += difference * difference;
                }
                sum += Math.exp(-square / (2 * LENGTH * LENGTH)) * v[j];
            }
            return sum;
        });
        return sums;
    }
}
