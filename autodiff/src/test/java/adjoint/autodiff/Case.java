package adjoint.autodiff;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// One line of the gradient table: an operation, a function whose record must hold it, and the shapes to try it on.
record Case(String name, Op<?> op, Domain domain, Function<List<Tensor>, Tensor> f, List<Shape[]> shapes) {

    /// Where the inputs are drawn from.
    enum Domain {
        /// [0.5, 2).
        POSITIVE,
        /// ±[0.2, 2): away from kinks at 0.
        SIGNED,
        /// The same, for functions of the elements' order: no repeated ones.
        DISTINCT
    }

    /// How the inputs lie in memory.
    enum Memory {
        DENSE,
        /// First and last axis are swapped in memory.
        TRANSPOSED,
        /// A part of a larger tensor, with gaps between rows.
        OFFSET,
        /// One position of the first axis, for all.
        REPEATED;

        Tensor place(Tensor dense) {
            return switch (this) {
                case DENSE -> dense;
                case TRANSPOSED ->
                    dense.rank() < 2
                            ? dense
                            : dense.transpose(0, -1).contiguous().transpose(0, -1);
                case OFFSET -> partOfLarger(dense);
                case REPEATED ->
                    dense.rank() == 0 || dense.dim(0) == 0
                            ? dense
                            : dense.slice(0, 0, 1).expand(dense.shape().dims());
            };
        }

        private static Tensor partOfLarger(Tensor dense) {
            if (dense.rank() == 0) {
                Tensor vector = Tensor.zeros(dense.dtype(), 5);
                dense.copyTo(vector.array(), 3);
                return vector.select(0, 3);
            }
            int[] dims = dense.shape().dims();
            for (int d = 0; d < dims.length; d++) {
                dims[d] += 3;
            }
            Tensor larger = Tensor.full(Double.NaN, dense.dtype(), dims);
            Tensor part = larger;
            for (int d = 0; d < dims.length; d++) {
                part = part.slice(d, 2, dims[d] - 1);
            }
            Engine.copy(dense, larger.array(), part.offset, Layout.dense(larger.shape()));
            return part;
        }
    }

    /// The inputs of one set of shapes; the same for the same arguments. Up to 64 elements differ by more than 10⁻³
    /// from each other and from those of the next input, so that the larger one stays the larger one under
    /// differences.
    List<Tensor> inputs(Shape[] of, Memory memory, DType dtype) {
        List<Tensor> inputs = new ArrayList<>();
        for (int i = 0; i < of.length; i++) {
            Rng key = Rng.of(11).child(name).child(i);
            double[] values = new double[of[i].size()];
            for (int k = 0; k < values.length; k++) {
                double share = ((37 * k & 63) + 0.5 * i + 0.2 * key.uniform(k)) / 64;
                double size = domain == Domain.POSITIVE ? 0.5 + 1.5 * share : 0.2 + 1.8 * share;
                boolean negative =
                        domain != Domain.POSITIVE && key.child("sign").uniform(k) < 0.5;
                values[k] = negative ? -size : size;
            }
            inputs.add(memory.place(Tensor.wrap(values, 0, of[i]).to(dtype)));
        }
        return inputs;
    }

    @Override
    public String toString() {
        return name;
    }
}
