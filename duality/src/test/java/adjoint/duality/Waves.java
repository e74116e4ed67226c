package adjoint.duality;

import adjoint.autodiff.Tensor;
import adjoint.nn.Module;
import adjoint.nn.Parameter;
import adjoint.nn.Parameters;

/// Values that any language can write down again: element i is `scale·sin(0.7·i + phase)`.
final class Waves {
    private Waves() {}

    static Tensor wave(double phase, double scale, int... shape) {
        int size = 1;
        for (int length : shape) {
            size *= length;
        }
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            values[i] = scale * Math.sin(0.7 * i + phase);
        }
        return Tensor.of(values, shape);
    }

    static void fill(Module module, String name, double phase, double scale) {
        fill(
                module,
                name,
                wave(phase, scale, Parameters.of(module).get(name).shape().dims()));
    }

    static void fill(Module module, String name, Tensor values) {
        Parameter parameter = Parameters.of(module).get(name);
        parameter.set(values.to(parameter.dtype()));
    }

    /// The values of a matrix, row by row.
    static double[][] rows(Tensor matrix) {
        double[][] rows = new double[matrix.dim(0)][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = matrix.select(0, i).toDoubles();
        }
        return rows;
    }
}
